#include "http/sse.h"

#include <algorithm>

#include "base/strings.h"

namespace hug::http {

void SseParser::take_line(std::string_view line, std::vector<SseEvent>& out) {
  if (line.empty()) {
    if (has_data_) {
      if (data_.ends_with('\n')) data_.pop_back();
      out.push_back({event_.empty() ? "message" : event_, data_, id_});
    }
    event_.clear();
    data_.clear();
    has_data_ = false;
    return;
  }
  const auto colon = line.find(':');
  const auto field = line.substr(0, colon);
  auto value = colon == line.npos ? std::string_view() : line.substr(colon + 1);
  if (value.starts_with(' ')) value.remove_prefix(1);
  if (field == "data") {
    data_.append(value);
    data_ += '\n';
    has_data_ = true;
  } else if (field == "event") {
    event_ = value;
  } else if (field == "id") {
    if (value.find('\0') == value.npos) id_ = value;
  } else if (field == "retry") {
    const auto number = base::parse_unsigned(value);
    if (number && *number <= 86'400'000) {
      retry_ = static_cast<unsigned>(*number);
    }
  }
}

Result<std::vector<SseEvent>> SseParser::feed(std::string_view bytes) {
  std::vector<SseEvent> out;
  while (!bytes.empty()) {
    if (skip_lf_ && bytes.front() == '\n') bytes.remove_prefix(1);
    skip_lf_ = false;
    const auto end = std::min(bytes.find_first_of("\r\n"), bytes.size());
    line_.append(bytes.substr(0, end));
    if (line_.size() + data_.size() > max_event_) {
      return Error(Code::kLimit, "an event of the stream is larger than " +
                                     base::format_bytes(max_event_));
    }
    if (end == bytes.size()) break;
    skip_lf_ = bytes[end] == '\r';
    bytes.remove_prefix(end + 1);
    std::string_view line = line_;
    if (!started_ && line.starts_with("\xEF\xBB\xBF")) line.remove_prefix(3);
    started_ = true;
    take_line(line, out);
    line_.clear();
  }
  return out;
}

std::string format_sse(const SseEvent& event) {
  std::string out;
  if (event.event != "message" && !event.event.empty()) {
    out += "event: " + event.event + "\n";
  }
  if (!event.id.empty()) out += "id: " + event.id + "\n";
  for (const auto line : base::split(event.data, '\n')) {
    out += "data: ";
    out += line;
    out += '\n';
  }
  return out + "\n";
}

}  // namespace hug::http
