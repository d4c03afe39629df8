#include "text/tokenize/text_buffer.h"

namespace hug::text {

TextBuffer::TextBuffer(std::string_view text, std::size_t offset, bool track)
    : bytes(text), tracked(track), at_start(offset == 0) {
  if (!track) return;
  origins.resize(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto at = static_cast<std::uint32_t>(offset + i);
    origins[i] = {at, at + 1};
  }
}

TextBuffer TextBuffer::like(const TextBuffer& source) {
  TextBuffer out;
  out.tracked = source.tracked;
  out.at_start = source.at_start;
  out.bytes.reserve(source.bytes.size());
  return out;
}

void TextBuffer::append(std::string_view text, const TextBuffer& source,
                        std::size_t begin, std::size_t end) {
  bytes += text;
  if (tracked) {
    // A copy keeps the origin of each byte; a change has that of the whole.
    if (text.size() == end - begin &&
        std::string_view(source.bytes).substr(begin, end - begin) == text) {
      origins.insert(
          origins.end(),
          source.origins.begin() + static_cast<std::ptrdiff_t>(begin),
          source.origins.begin() + static_cast<std::ptrdiff_t>(end));
    } else {
      origins.resize(bytes.size(), source.origin_of(begin, end));
    }
  }
}

Origin TextBuffer::origin_of(std::size_t begin, std::size_t end) const {
  if (origins.empty()) return {};
  if (begin >= end) {
    // Text out of nothing lies before the byte it is put in front of.
    if (begin < origins.size()) {
      return {origins[begin].begin, origins[begin].begin};
    }
    return {origins.back().end, origins.back().end};
  }
  return {origins[begin].begin, origins[end - 1].end};
}

}  // namespace hug::text
