#include "format/json_cursor.h"

#include <charconv>

#include "base/base.h"

namespace hug::format {
namespace {

constexpr unsigned kDeepest = 64;

bool is_digit(char c) noexcept {
  return c >= '0' && c <= '9';
}

}  // namespace

Error JsonCursor::wrong(std::string_view what) const {
  return Error(Code::kCorrupt, std::string(what) + " at byte " +
                                   std::to_string(at_) + " of the JSON");
}

char JsonCursor::peek() noexcept {
  while (at_ < text_.size() && (text_[at_] == ' ' || text_[at_] == '\n' ||
                                text_[at_] == '\r' || text_[at_] == '\t'))
    ++at_;
  return at_ < text_.size() ? text_[at_] : '\0';
}

bool JsonCursor::accept(char c) noexcept {
  if (peek() != c || at_ == text_.size()) return false;
  ++at_;
  return true;
}

Result<void> JsonCursor::expect(char c) {
  if (accept(c)) return {};
  return wrong("expected '" + std::string(1, c) + "'");
}

Result<void> JsonCursor::end() {
  (void)peek();
  if (at_ != text_.size()) return wrong("unexpected text");
  return {};
}

Result<std::uint32_t> JsonCursor::hex4() {
  if (text_.size() - at_ < 4) return wrong("a cut-off escape");
  std::uint32_t value = 0;
  for (int i = 0; i < 4; ++i) {
    const char c = text_[at_];
    std::uint32_t digit = 16;
    if (is_digit(c)) digit = static_cast<std::uint32_t>(c - '0');
    if (c >= 'a' && c <= 'f') digit = static_cast<std::uint32_t>(c - 'a' + 10);
    if (c >= 'A' && c <= 'F') digit = static_cast<std::uint32_t>(c - 'A' + 10);
    if (digit == 16) return wrong("a bad escape");
    value = value * 16 + digit;
    ++at_;
  }
  return value;
}

// at_ is behind the backslash.
Result<void> JsonCursor::escape(std::string& out) {
  if (at_ == text_.size()) return wrong("a cut-off string");
  const char c = text_[at_++];
  constexpr std::string_view kFrom = "\"\\/bfnrt";
  constexpr std::string_view kTo = "\"\\/\b\f\n\r\t";
  if (const auto i = kFrom.find(c); i != std::string_view::npos) {
    out.push_back(kTo[i]);
    return {};
  }
  if (c != 'u') return wrong("a bad escape");
  std::uint32_t code = HUG_TRY(hex4());
  if (code >= 0xd800 && code < 0xdc00) {
    if (text_.substr(at_, 2) != "\\u") return wrong("half a surrogate pair");
    at_ += 2;
    const std::uint32_t low = HUG_TRY(hex4());
    if (low < 0xdc00 || low > 0xdfff) return wrong("half a surrogate pair");
    code = 0x10000 + ((code - 0xd800) << 10) + (low - 0xdc00);
  } else if (code >= 0xdc00 && code <= 0xdfff) {
    return wrong("half a surrogate pair");
  }
  base::append_code_point(out, static_cast<char32_t>(code));
  return {};
}

Result<std::string> JsonCursor::string() {
  if (!accept('"')) return wrong("expected a string");
  std::string out;
  for (;;) {
    const std::size_t begin = at_;
    while (at_ < text_.size() && text_[at_] != '"' && text_[at_] != '\\' &&
           static_cast<unsigned char>(text_[at_]) >= 0x20)
      ++at_;
    const std::string_view plain = text_.substr(begin, at_ - begin);
    if (!base::is_valid_utf8(plain)) return wrong("invalid UTF-8");
    out.append(plain);
    if (at_ == text_.size()) return wrong("a cut-off string");
    const char c = text_[at_];
    if (c != '"' && c != '\\') return wrong("a control character");
    ++at_;
    if (c == '"') return out;
    HUG_TRY(escape(out));
  }
}

Result<std::uint64_t> JsonCursor::unsigned_number() {
  (void)peek();
  const std::size_t begin = at_;
  while (at_ < text_.size() && is_digit(text_[at_]))
    ++at_;
  const std::string_view digits = text_.substr(begin, at_ - begin);
  const bool more =
      at_ < text_.size() &&
      (text_[at_] == '.' || text_[at_] == 'e' || text_[at_] == 'E');
  const auto value = base::parse_unsigned(digits);
  if (!value || more || (digits.size() > 1 && digits[0] == '0')) {
    at_ = begin;
    return wrong("expected an unsigned number");
  }
  return *value;
}

Result<void> JsonCursor::skip_word(std::string_view word) {
  if (text_.substr(at_, word.size()) != word) return wrong("unexpected text");
  at_ += word.size();
  return {};
}

Result<void> JsonCursor::skip_number() {
  const auto digits = [this] {
    const std::size_t begin = at_;
    while (at_ < text_.size() && is_digit(text_[at_]))
      ++at_;
    return at_ - begin;
  };
  const std::size_t begin = at_;
  if (text_[at_] == '-') ++at_;
  const bool zero = at_ < text_.size() && text_[at_] == '0';
  const std::size_t n = digits();
  if (n == 0 || (zero && n > 1)) return wrong("a bad number");
  if (at_ < text_.size() && text_[at_] == '.') {
    ++at_;
    if (digits() == 0) return wrong("a bad number");
  }
  if (at_ < text_.size() && (text_[at_] == 'e' || text_[at_] == 'E')) {
    ++at_;
    if (at_ < text_.size() && (text_[at_] == '+' || text_[at_] == '-')) ++at_;
    if (digits() == 0) return wrong("a bad number");
  }
  double value = 0;
  if (std::from_chars(text_.data() + begin, text_.data() + at_, value).ec !=
      std::errc())
    return wrong("a number out of range");
  return {};
}

Result<void> JsonCursor::skip_inner(unsigned depth) {
  if (depth == 0) return wrong("more than 64 levels of nesting");
  const auto inner = [&] { return skip_inner(depth - 1); };
  switch (peek()) {
    case '{':
      return object([&](const std::string&) { return inner(); });
    case '[':
      return array(inner);
    case '"':
      return string().and_then([](auto&&) { return Result<void>(); });
    case 't':
      return skip_word("true");
    case 'f':
      return skip_word("false");
    case 'n':
      return skip_word("null");
    case '\0':
      return wrong("expected a value");
    default:
      return skip_number();
  }
}

Result<std::string_view> JsonCursor::skip_value() {
  (void)peek();
  const std::size_t begin = at_;
  HUG_TRY(skip_inner(kDeepest));
  return text_.substr(begin, at_ - begin);
}

}  // namespace hug::format
