#include "text/tokenize/steps/char_normalizers.h"

#include "base/utf8.h"

namespace hug::text {

namespace {

// One character becomes what `f` appends, or stays when it returns false.
template <class F>
void map_chars(TextBuffer& text, F f) {
  TextBuffer out = TextBuffer::like(text);
  std::string written;
  for (std::size_t i = 0; i < text.size();) {
    const std::size_t begin = i;
    const char32_t c = next_char(text.bytes, i);
    written.clear();
    if (f(c, written)) {
      out.append(written, text, begin, i);
    } else {
      out.append(std::string_view(text.bytes).substr(begin, i - begin), text,
                 begin, i);
    }
  }
  text = std::move(out);
}

class UnicodeForm final : public Normalizer {
 public:
  explicit UnicodeForm(NormalForm form) : form_(form) {}

  Result<void> apply(TextBuffer& text) const override {
    apply_form(text, form_);
    return {};
  }

  static void apply_form(TextBuffer& text, NormalForm form) {
    if (is_ascii(text.bytes)) return;
    if (!text.tracked) {
      text.bytes = normalize(text.bytes, form);
      return;
    }
    TextBuffer out = TextBuffer::like(text);
    std::size_t begin = 0;
    for (std::size_t i = 0; i < text.size();) {
      next_char(text.bytes, i);
      std::size_t peek = i;
      while (peek < text.size()) {
        const std::size_t here = peek;
        if (is_normalization_boundary(next_char(text.bytes, peek))) {
          peek = here;
          break;
        }
      }
      i = peek;
      const auto part = std::string_view(text.bytes).substr(begin, i - begin);
      out.append(normalize(part, form), text, begin, i);
      begin = i;
    }
    text = std::move(out);
  }

 private:
  NormalForm form_;
};

class Lowercase final : public Normalizer {
 public:
  Result<void> apply(TextBuffer& text) const override {
    map_chars(text, [](char32_t c, std::string& out) {
      append_lower(out, c);
      return true;
    });
    return {};
  }
};

class StripAccents final : public Normalizer {
 public:
  Result<void> apply(TextBuffer& text) const override {
    map_chars(text, [](char32_t c, std::string&) { return is_mark(c); });
    return {};
  }
};

class Nmt final : public Normalizer {
 public:
  Result<void> apply(TextBuffer& text) const override {
    map_chars(text, [](char32_t c, std::string& out) {
      const bool dropped = (c >= 1 && c <= 8) || c == 0xb ||
                           (c >= 0xe && c <= 0x1f) || c == 0x7f || c == 0x8f ||
                           c == 0x9f;
      if (dropped) return true;
      const bool space = c == 9 || c == 10 || c == 12 || c == 13 ||
                         c == 0x1680 || (c >= 0x200b && c <= 0x200f) ||
                         c == 0x2028 || c == 0x2029 || c == 0x2581 ||
                         c == 0xfeff || c == 0xfffd;
      if (space) out += ' ';
      return space;
    });
    return {};
  }
};

class Bert final : public Normalizer {
 public:
  explicit Bert(BertOptions options) : o_(options) {}

  Result<void> apply(TextBuffer& text) const override {
    if (o_.clean_text) {
      map_chars(text, [](char32_t c, std::string& out) {
        if (c == '\t' || c == '\n' || c == '\r') {
          out += ' ';
          return true;
        }
        if (c == 0 || c == 0xfffd || is_other(c)) return true;
        if (is_space(c)) out += ' ';
        return is_space(c);
      });
    }
    if (o_.chinese) {
      map_chars(text, [](char32_t c, std::string& out) {
        if (!is_cjk(c)) return false;
        out += ' ';
        base::append_code_point(out, c);
        out += ' ';
        return true;
      });
    }
    if (o_.strip_accents) {
      UnicodeForm::apply_form(text, NormalForm::kNfd);
      map_chars(text,
                [](char32_t c, std::string&) { return is_nonspacing_mark(c); });
    }
    if (o_.lowercase) HUG_TRY(Lowercase().apply(text));
    return {};
  }

 private:
  BertOptions o_;
};

}  // namespace

NormalizerPtr make_unicode_form(NormalForm form) {
  return std::make_unique<UnicodeForm>(form);
}

NormalizerPtr make_lowercase() {
  return std::make_unique<Lowercase>();
}

NormalizerPtr make_strip_accents() {
  return std::make_unique<StripAccents>();
}

NormalizerPtr make_nmt() {
  return std::make_unique<Nmt>();
}

NormalizerPtr make_bert(BertOptions options) {
  return std::make_unique<Bert>(options);
}

}  // namespace hug::text
