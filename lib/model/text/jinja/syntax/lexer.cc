#include "text/jinja/syntax/lexer.h"

#include <algorithm>
#include <array>
#include <charconv>

#include "base/utf8.h"

namespace hug::text::jinja {

Error error_at(Position at, std::string message) {
  return Error(Code::kUsage, std::move(message))
      .with("at line " + std::to_string(at.line) + ", column " +
            std::to_string(at.column) + " of the template");
}

Error locate(Error error, Position at) {
  if (!error.chain().empty()) return error;
  return error_at(at, error.message()).code(error.code());
}

namespace {

constexpr std::string_view kSpace = " \t\n\r\f\v";

bool is_name_start(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' ||
         static_cast<unsigned char>(c) >= 0x80;
}

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

bool is_name_part(char c) {
  return is_name_start(c) || is_digit(c);
}

class Lexer {
 public:
  explicit Lexer(std::string_view source) : s_(source) {
    // keep_trailing_newline is off: one final newline does not count.
    if (s_.ends_with("\r\n")) {
      s_.remove_suffix(2);
    } else if (s_.ends_with('\n')) {
      s_.remove_suffix(1);
    }
  }

  Result<std::vector<Token>> run() {
    while (i_ < s_.size())
      HUG_TRY(text_then_tag());
    emit(Token::Kind::kEnd, "");
    return std::move(tokens_);
  }

 private:
  void emit(Token::Kind kind, std::string text) {
    tokens_.push_back({kind, std::move(text), at_});
  }

  void advance(std::size_t n) {
    for (; n > 0; --n, ++i_) {
      if (s_[i_] == '\n') {
        ++at_.line;
        at_.column = 1;
      } else {
        ++at_.column;
      }
    }
  }

  bool here(std::string_view what) const {
    return s_.substr(i_).starts_with(what);
  }

  std::size_t next_tag() const {
    for (std::size_t i = i_; i + 1 < s_.size(); ++i) {
      if (s_[i] != '{') continue;
      const char c = s_[i + 1];
      if (c == '{' || c == '%' || c == '#') return i;
    }
    return s_.size();
  }

  // Text up to the next tag, trimmed on its left by the tag before it and on
  // its right by the tag that follows.
  Result<void> text_then_tag() {
    if (strip_left_) {
      const auto n = s_.find_first_not_of(kSpace, i_);
      advance((n == s_.npos ? s_.size() : n) - i_);
    } else if (trim_newline_) {
      if (here("\r\n")) {
        advance(2);
      } else if (here("\n")) {
        advance(1);
      }
    }
    strip_left_ = trim_newline_ = false;
    const std::size_t tag = next_tag();
    std::string_view text = s_.substr(i_, tag - i_);
    if (tag < s_.size()) text = trim_before_tag(text, tag);
    if (!text.empty()) emit(Token::Kind::kText, std::string(text));
    advance(tag - i_);
    if (i_ >= s_.size()) return {};
    const char kind = s_[i_ + 1];
    if (kind == '#') return comment();
    return tag_body(kind == '%');
  }

  std::string_view trim_before_tag(std::string_view text,
                                   std::size_t tag) const {
    const char mark = tag + 2 < s_.size() ? s_[tag + 2] : '\0';
    if (mark == '-') {
      const auto n = text.find_last_not_of(kSpace);
      return text.substr(0, n == text.npos ? 0 : n + 1);
    }
    if (s_[tag + 1] == '{' || mark == '+') return text;
    // lstrip_blocks: blanks between the line's start and the tag go.
    const auto n = text.find_last_not_of(" \t\f\v");
    const std::size_t keep = n == text.npos ? 0 : n + 1;
    const bool at_line_start =
        keep > 0 ? text[keep - 1] == '\n' : at_.column == 1;
    return at_line_start ? text.substr(0, keep) : text;
  }

  void close_tag(bool block, char mark) {
    strip_left_ = mark == '-';
    trim_newline_ = block && mark != '+';
  }

  Result<void> comment() {
    const auto end = s_.find("#}", i_ + 2);
    if (end == s_.npos) return error_at(at_, "comment is never closed");
    const char mark = end > i_ + 2 ? s_[end - 1] : '\0';
    advance(end + 2 - i_);
    close_tag(true, mark);
    return {};
  }

  Result<void> tag_body(bool block) {
    using Kind = Token::Kind;
    const Position begin = at_;
    emit(block ? Kind::kBlockBegin : Kind::kPrintBegin, "");
    advance(2);
    if (here("-") || here("+")) advance(1);
    const std::string_view close = block ? "%}" : "}}";
    std::vector<char> open;
    while (true) {
      const auto n = s_.find_first_not_of(kSpace, i_);
      if (n == s_.npos) return error_at(begin, "tag is never closed");
      advance(n - i_);
      if (open.empty()) {
        char mark = '\0';
        if ((here("-") || here("+")) && s_.substr(i_ + 1).starts_with(close)) {
          mark = s_[i_];
          advance(1);
        }
        if (here(close)) {
          emit(block ? Kind::kBlockEnd : Kind::kPrintEnd, "");
          advance(2);
          close_tag(block, mark);
          return block ? raw_block() : Result<void>();
        }
      }
      HUG_TRY(token(open));
    }
  }

  // After `{% raw %}` everything up to `{% endraw %}` is text.
  Result<void> raw_block() {
    const std::size_t n = tokens_.size();
    if (n < 3 || tokens_[n - 2].text != "raw" ||
        tokens_[n - 3].kind != Token::Kind::kBlockBegin) {
      return {};
    }
    tokens_.resize(n - 3);
    std::size_t at = i_;
    while (true) {
      const auto begin = s_.find("{%", at);
      if (begin == s_.npos) return error_at(at_, "raw block is never closed");
      auto p = s_.find_first_not_of(" \t\r\n-+", begin + 2);
      if (p != s_.npos && s_.substr(p).starts_with("endraw")) {
        const auto end = s_.find("%}", p);
        if (end == s_.npos) return error_at(at_, "tag is never closed");
        std::string_view text = s_.substr(i_, begin - i_);
        if (strip_left_) {
          const auto first = text.find_first_not_of(kSpace);
          text.remove_prefix(first == text.npos ? text.size() : first);
        }
        text = trim_before_tag(text, begin);
        if (!text.empty()) emit(Token::Kind::kText, std::string(text));
        const char mark = s_[end - 1];
        advance(end + 2 - i_);
        close_tag(true, mark);
        return {};
      }
      at = begin + 2;
    }
  }

  Result<void> token(std::vector<char>& open) {
    const char c = s_[i_];
    if (is_name_start(c)) return name();
    if (is_digit(c)) return number();
    if (c == '"' || c == '\'') return string(c);
    static constexpr std::array<std::string_view, 8> kLong = {
        "==", "!=", "<=", ">=", "//", "**", "<>", "->"};
    for (const auto op : kLong) {
      if (!here(op)) continue;
      emit(Token::Kind::kOperator, std::string(op));
      advance(2);
      return {};
    }
    if (std::string_view("+-*/%~|.,:=()[]{}<>").find(c) ==
        std::string_view::npos) {
      return error_at(at_, std::string("unexpected character '") + c + "'");
    }
    if (c == '(' || c == '[' || c == '{') open.push_back(c);
    if (c == ')' || c == ']' || c == '}') {
      if (open.empty()) return error_at(at_, "unbalanced bracket");
      open.pop_back();
    }
    emit(Token::Kind::kOperator, std::string(1, c));
    advance(1);
    return {};
  }

  Result<void> name() {
    std::size_t n = i_;
    while (n < s_.size() && is_name_part(s_[n]))
      ++n;
    emit(Token::Kind::kName, std::string(s_.substr(i_, n - i_)));
    advance(n - i_);
    return {};
  }

  Result<void> number() {
    std::string digits;
    std::size_t n = i_;
    bool real = false;
    for (; n < s_.size(); ++n) {
      const char c = s_[n];
      const char next = n + 1 < s_.size() ? s_[n + 1] : '\0';
      if (is_digit(c)) {
        digits += c;
      } else if (c == '.' && !real && is_digit(next)) {
        digits += c;
        real = true;
      } else if ((c == 'e' || c == 'E') &&
                 (is_digit(next) ||
                  ((next == '-' || next == '+') && n + 2 < s_.size() &&
                   is_digit(s_[n + 2])))) {
        digits += c;
        digits += next;
        ++n;
        real = true;
      } else if (c != '_') {
        break;
      }
    }
    emit(real ? Token::Kind::kReal : Token::Kind::kInteger, digits);
    advance(n - i_);
    return {};
  }

  Result<void> string(char quote) {
    const Position begin = at_;
    std::string out;
    std::size_t n = i_ + 1;
    while (true) {
      if (n >= s_.size()) return error_at(begin, "string is never closed");
      if (s_[n] == quote) break;
      if (s_[n] == '\\' && n + 1 < s_.size()) {
        n = escape(n + 1, out);
      } else {
        out += s_[n++];
      }
    }
    emit(Token::Kind::kString, std::move(out));
    advance(n + 1 - i_);
    return {};
  }

  // Python's escapes; `n` is behind the backslash. Returns what follows.
  std::size_t escape(std::size_t n, std::string& out) const {
    const char c = s_[n];
    static constexpr std::string_view kFrom = "\\'\"abfnrtv\n";
    static constexpr std::string_view kTo = "\\'\"\a\b\f\n\r\t\v";
    if (const auto k = kFrom.find(c); k != kFrom.npos) {
      if (c != '\n') out += kTo[k];
      return n + 1;
    }
    const std::size_t digits = c == 'x' ? 2 : c == 'u' ? 4 : c == 'U' ? 8 : 0;
    std::uint32_t value = 0;
    if (digits > 0 && n + digits < s_.size()) {
      const char* first = s_.data() + n + 1;
      const auto [end, ec] = std::from_chars(first, first + digits, value, 16);
      if (ec == std::errc() && end == first + digits && value <= 0x10ffff) {
        base::append_code_point(out, value);
        return n + 1 + digits;
      }
    }
    if (c >= '0' && c <= '7') {
      std::size_t k = n;
      while (k < n + 3 && k < s_.size() && s_[k] >= '0' && s_[k] <= '7') {
        value = value * 8 + static_cast<std::uint32_t>(s_[k++] - '0');
      }
      base::append_code_point(out, value);
      return k;
    }
    out += '\\';
    out += c;
    return n + 1;
  }

  std::string_view s_;
  std::size_t i_ = 0;
  Position at_;
  bool strip_left_ = false;
  bool trim_newline_ = false;
  std::vector<Token> tokens_;
};

}  // namespace

Result<std::vector<Token>> lex(std::string_view source) {
  return Lexer(source).run();
}

}  // namespace hug::text::jinja
