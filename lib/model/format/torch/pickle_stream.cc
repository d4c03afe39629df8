#include "format/torch/pickle_stream.h"

#include <algorithm>

#include "base/base.h"

namespace hug::format {
namespace {

constexpr std::uint64_t kWindow = 64 << 10;
constexpr std::size_t kLongestLine = 64 << 10;

std::optional<std::uint32_t> hex_value(std::string_view digits) {
  std::uint32_t value = 0;
  for (const char c : digits) {
    std::uint32_t d = 0;
    if (c >= '0' && c <= '9')
      d = static_cast<std::uint32_t>(c - '0');
    else if (c >= 'a' && c <= 'f')
      d = static_cast<std::uint32_t>(c - 'a' + 10);
    else if (c >= 'A' && c <= 'F')
      d = static_cast<std::uint32_t>(c - 'A' + 10);
    else
      return std::nullopt;
    value = value * 16 + d;
  }
  return value;
}

// One escape of a Python 2 string; `at` is behind the backslash.
bool unescape(std::string_view text, std::size_t& at, std::string& out) {
  constexpr std::string_view kFrom = "\\'\"abfnrtv";
  constexpr std::string_view kTo = "\\'\"\a\b\f\n\r\t\v";
  const char c = text[at++];
  if (const auto i = kFrom.find(c); i != std::string_view::npos) {
    out.push_back(kTo[i]);
    return true;
  }
  if (c == 'x') {
    const auto value = hex_value(text.substr(at, 2));
    if (!value || text.size() - at < 2) return false;
    at += 2;
    out.push_back(static_cast<char>(*value));
    return true;
  }
  if (c >= '0' && c <= '7') {
    unsigned value = static_cast<unsigned>(c - '0');
    for (int i = 0; i < 2 && at < text.size(); ++i, ++at) {
      if (text[at] < '0' || text[at] > '7') break;
      value = value * 8 + static_cast<unsigned>(text[at] - '0');
    }
    out.push_back(static_cast<char>(value & 0xffU));
    return true;
  }
  out.push_back('\\');
  out.push_back(c);
  return true;
}

}  // namespace

PickleStream::PickleStream(const ByteSource& source, std::uint64_t offset,
                           std::uint64_t longest_text)
    : window_(source, UINT64_MAX, kWindow, offset),
      longest_text_(longest_text) {}

Result<std::uint64_t> PickleStream::number(unsigned bytes) {
  const auto raw = HUG_TRY(window_.take(bytes));
  std::uint64_t value = 0;
  for (unsigned i = bytes; i-- > 0;)
    value = (value << 8) | std::to_integer<std::uint64_t>(raw[i]);
  return value;
}

Result<std::optional<std::string>> PickleStream::sized(std::uint64_t n) {
  if (n > longest_text_) {
    HUG_TRY(window_.skip(n));
    return std::optional<std::string>();
  }
  const auto raw = HUG_TRY(window_.take(n));
  return std::optional(
      std::string(reinterpret_cast<const char*>(raw.data()), raw.size()));
}

Result<std::string> PickleStream::line() {
  std::string out;
  for (;;) {
    const auto raw = HUG_TRY(window_.take(1));
    const char c = static_cast<char>(raw[0]);
    if (c == '\n') return out;
    if (out.size() == kLongestLine)
      return Error(Code::kLimit, "a line of more than 65536 bytes");
    out.push_back(c);
  }
}

Result<PickleStep> PickleStream::next() {
  PickleStep step;
  step.position = window_.position();
  step.op = std::to_integer<std::uint8_t>(HUG_TRY(window_.take(1))[0]);
  switch (kPickleOpcodes[step.op].arg) {
    case PickleArg::kBad:
      return Error(Code::kCorrupt, "byte " + std::to_string(step.op) + " at " +
                                       std::to_string(step.position) +
                                       " is no opcode");
    case PickleArg::kNone:
      break;
    case PickleArg::kU1:
      step.number = HUG_TRY(number(1));
      break;
    case PickleArg::kU2:
      step.number = HUG_TRY(number(2));
      break;
    case PickleArg::kU4:
    case PickleArg::kI4:
      step.number = HUG_TRY(number(4));
      break;
    case PickleArg::kU8:
    case PickleArg::kF8:
      step.number = HUG_TRY(number(8));
      break;
    case PickleArg::kLine:
      step.text = HUG_TRY(line());
      break;
    case PickleArg::kTwoLines:
      step.text = HUG_TRY(line());
      step.second_line = HUG_TRY(line());
      break;
    case PickleArg::kSized1:
      step.text = HUG_TRY(sized(HUG_TRY(number(1))));
      break;
    case PickleArg::kSized4:
      step.text = HUG_TRY(sized(HUG_TRY(number(4))));
      break;
    case PickleArg::kSized8:
      step.text = HUG_TRY(sized(HUG_TRY(number(8))));
      break;
  }
  return step;
}

std::optional<std::string> unquote_pickle_string(std::string_view text) {
  text = base::trim(text);
  if (text.size() < 2 || text.front() != text.back() ||
      (text.front() != '\'' && text.front() != '"'))
    return std::nullopt;
  text = text.substr(1, text.size() - 2);
  std::string out;
  for (std::size_t at = 0; at < text.size();) {
    const char c = text[at++];
    if (c != '\\') {
      out.push_back(c);
      continue;
    }
    if (at == text.size() || !unescape(text, at, out)) return std::nullopt;
  }
  return out;
}

std::optional<std::string> decode_raw_unicode(std::string_view text) {
  std::string out;
  for (std::size_t at = 0; at < text.size();) {
    const char c = text[at++];
    const char kind = at < text.size() ? text[at] : '\0';
    if (c != '\\' || (kind != 'u' && kind != 'U')) {
      base::append_code_point(
          out, static_cast<char32_t>(static_cast<unsigned char>(c)));
      continue;
    }
    const std::size_t n = kind == 'u' ? 4 : 8;
    const auto value = hex_value(text.substr(at + 1, n));
    if (!value || text.size() - at - 1 < n || *value > 0x10ffff)
      return std::nullopt;
    base::append_code_point(out, static_cast<char32_t>(*value));
    at += 1 + n;
  }
  return out;
}

}  // namespace hug::format
