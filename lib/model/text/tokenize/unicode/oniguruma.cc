// Oniguruma's Ruby syntax in PCRE2's words: what the two read differently is
// spelled out (character classes with set operations, \s, \w, \h, \u).
#include <algorithm>
#include <vector>

#include "text/tokenize/unicode/regex.h"
#include "text/tokenize/unicode/unicode.h"

namespace hug::text {

namespace {

// White_Space; PCRE2's own \s has U+180E in addition.
constexpr std::string_view kSpace =
    "\\t-\\r\\x20\\x{85}\\x{A0}\\x{1680}\\x{2000}-\\x{200A}\\x{2028}\\x{2029}"
    "\\x{202F}\\x{205F}\\x{3000}";
constexpr std::string_view kNotSpace =
    "\\x00-\\x08\\x0E-\\x1F\\x21-\\x{84}\\x{86}-\\x{9F}\\x{A1}-\\x{167F}"
    "\\x{1681}-\\x{1FFF}\\x{200B}-\\x{2027}\\x{202A}-\\x{202E}"
    "\\x{2030}-\\x{205E}\\x{2060}-\\x{2FFF}\\x{3001}-\\x{D7FF}"
    "\\x{E000}-\\x{10FFFF}";
constexpr std::string_view kWord = "\\p{L}\\p{M}\\p{Nd}\\p{Nl}\\p{Pc}";
constexpr std::string_view kHexDigit = "0-9A-Fa-f";

class Translator {
 public:
  explicit Translator(std::string_view pattern) : in_(pattern) {}

  Result<std::string> run() {
    std::string out;
    while (at_ < in_.size()) {
      if (in_[at_] == '\\') {
        out += HUG_TRY(escape(false));
      } else if (in_[at_] == '[') {
        out += HUG_TRY(character_class(0));
      } else {
        out += in_[at_++];
      }
    }
    return out;
  }

 private:
  // A class as parts that are or-ed: plain items and whole sub-classes.
  struct Set {
    bool negated = false;
    std::string items;
    std::vector<std::string> others;  // complete expressions of one character
  };

  Error bad(std::string_view what) const {
    return Error(Code::kUnsupported, "cannot read the tokenizer's pattern '" +
                                         std::string(in_) +
                                         "': " + std::string(what));
  }

  // Consumes one escape; inside a class it yields items, outside an atom.
  Result<std::string> escape(bool in_class) {
    if (at_ + 1 >= in_.size()) return bad("it ends in a backslash");
    const char c = in_[at_ + 1];
    const auto set = [&](std::string_view items, bool negated) {
      at_ += 2;
      if (in_class && !negated) return std::string(items);
      return std::string(negated ? "[^" : "[") + std::string(items) + "]";
    };
    switch (c) {
      case 's':
        return set(kSpace, false);
      case 'S':
        return in_class ? set(kNotSpace, false) : set(kSpace, true);
      case 'w':
        return set(kWord, false);
      case 'h':
        return set(kHexDigit, false);
      case 'W':
      case 'H':
        if (in_class) return bad("a negated class in a class");
        return set(c == 'W' ? kWord : kHexDigit, true);
      case 'u': {
        if (at_ + 6 > in_.size()) return bad("a short \\u");
        std::string out = "\\x{" + std::string(in_.substr(at_ + 2, 4)) + "}";
        at_ += 6;
        return out;
      }
      case 'p':
      case 'P':
      case 'x':
        return braced();
      default: {
        const std::size_t size = 1 + char_size(c);
        std::string out(in_.substr(at_, size));
        at_ += size;
        return out;
      }
    }
  }

  // \p{..}, \P{..}, \x{..} or \xHH, as they stand.
  Result<std::string> braced() {
    std::size_t end = at_ + 2;
    if (end < in_.size() && in_[end] == '{') {
      end = in_.find('}', end);
      if (end == in_.npos) return bad("an open brace");
      ++end;
    } else if (in_[at_ + 1] == 'x') {
      end = std::min(at_ + 4, in_.size());
    } else {
      end = std::min(at_ + 3, in_.size());
    }
    std::string out(in_.substr(at_, end - at_));
    at_ = end;
    if (out == "\\p{Alpha}") return std::string("\\p{L}\\p{M}\\p{Nl}");
    if (out == "\\p{Punct}") return std::string("\\p{P}");
    if (out == "\\p{Digit}") return std::string("\\p{Nd}");
    if (out == "\\p{Space}") return std::string(kSpace);
    return out;
  }

  Result<std::string> character_class(int depth) {
    if (depth > 16) return bad("classes nested too deeply");
    ++at_;  // '['
    Set set;
    if (at_ < in_.size() && in_[at_] == '^') {
      set.negated = true;
      ++at_;
    }
    if (at_ < in_.size() && in_[at_] == ']') {
      set.items += "\\]";
      ++at_;
    }
    std::vector<std::string> operands;  // of &&
    while (true) {
      if (at_ >= in_.size()) return bad("an open class");
      const char c = in_[at_];
      if (c == ']') break;
      if (in_.substr(at_, 2) == "&&") {
        at_ += 2;
        operands.push_back(written(set, false));
        set.items.clear();
        set.others.clear();
      } else if (in_.substr(at_, 2) == "[:") {
        const std::size_t end = in_.find(":]", at_);
        if (end == in_.npos) return bad("an open [: :]");
        set.items += in_.substr(at_, end + 2 - at_);
        at_ = end + 2;
      } else if (c == '[') {
        set.others.push_back(HUG_TRY(character_class(depth + 1)));
      } else if (c == '\\') {
        set.items += HUG_TRY(escape(true));
      } else {
        set.items += c;
        ++at_;
      }
    }
    ++at_;
    if (operands.empty()) return written(set, set.negated);
    // The last operand consumes; the others look ahead at the same character.
    std::string out = "(?:";
    if (set.negated) out += "(?!";
    for (const std::string& o : operands)
      out += "(?=" + o + ")";
    out += written(set, false);
    if (set.negated) out += ")(?s:.)";
    return out + ")";
  }

  static std::string written(const Set& set, bool negated) {
    if (set.others.empty()) {
      return (negated ? "[^" : "[") + set.items + "]";
    }
    if (set.items.empty() && set.others.size() == 1 && !negated) {
      return set.others[0];
    }
    std::string any = "(?:";
    if (!set.items.empty()) any += "[" + set.items + "]|";
    for (const std::string& o : set.others)
      any += o + "|";
    any.back() = ')';
    if (!negated) return any;
    return "(?:(?!" + any + ")(?s:.))";
  }

  std::string_view in_;
  std::size_t at_ = 0;
};

}  // namespace

Result<std::string> translate_oniguruma(std::string_view pattern) {
  return Translator(pattern).run();
}

}  // namespace hug::text
