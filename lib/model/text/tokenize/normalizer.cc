#include "text/tokenize/normalizer.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <utility>

#include "base/utf8.h"
#include "data/base64.h"
#include "data/json.h"
#include "text/tokenize/byte_alphabet.h"
#include "text/tokenize/unicode.h"

namespace hug::text {

namespace {

std::string text_member(const nlohmann::json& object, std::string_view key) {
  return data::find_string(object, key).value_or("");
}

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

class Sequence final : public Normalizer {
 public:
  explicit Sequence(std::vector<NormalizerPtr> parts)
      : parts_(std::move(parts)) {}

  Result<void> apply(TextBuffer& text) const override {
    for (const auto& part : parts_)
      HUG_TRY(part->apply(text));
    return {};
  }

 private:
  std::vector<NormalizerPtr> parts_;
};

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

class Strip final : public Normalizer {
 public:
  Strip(bool left, bool right) : left_(left), right_(right) {}

  Result<void> apply(TextBuffer& text) const override {
    std::size_t begin = text.size();
    std::size_t end = 0;
    for (std::size_t i = 0; i < text.size();) {
      const std::size_t here = i;
      if (is_space(next_char(text.bytes, i))) continue;
      begin = std::min(begin, here);
      end = i;
    }
    if (begin > end) begin = end;  // nothing but space
    if (!left_) begin = 0;
    if (!right_) end = text.size();
    TextBuffer out = TextBuffer::like(text);
    if (begin < end) {
      out.append(std::string_view(text.bytes).substr(begin, end - begin), text,
                 begin, end);
    }
    text = std::move(out);
    return {};
  }

 private:
  bool left_;
  bool right_;
};

class Prepend final : public Normalizer {
 public:
  explicit Prepend(std::string prefix) : prefix_(std::move(prefix)) {}

  Result<void> apply(TextBuffer& text) const override {
    if (text.bytes.empty()) return {};
    TextBuffer out = TextBuffer::like(text);
    // The prefix belongs to the first character.
    out.append(prefix_, text, 0, char_size(text.bytes[0]));
    out.append(text.bytes, text, 0, text.size());
    text = std::move(out);
    return {};
  }

 private:
  std::string prefix_;
};

class ReplaceText final : public Normalizer {
 public:
  ReplaceText(std::string from, std::string to)
      : from_(std::move(from)), to_(std::move(to)) {}

  Result<void> apply(TextBuffer& text) const override {
    std::size_t at = text.bytes.find(from_);
    if (from_.empty() || at == std::string::npos) return {};
    TextBuffer out = TextBuffer::like(text);
    std::size_t copied = 0;
    const std::string_view all = text.bytes;
    while (at != std::string::npos) {
      out.append(all.substr(copied, at - copied), text, copied, at);
      copied = at + from_.size();
      out.append(to_, text, at, copied);
      at = all.find(from_, copied);
    }
    out.append(all.substr(copied), text, copied, text.size());
    text = std::move(out);
    return {};
  }

 private:
  std::string from_;
  std::string to_;
};

class ReplaceMatches final : public Normalizer {
 public:
  ReplaceMatches(Regex regex, std::string to)
      : regex_(std::move(regex)), to_(std::move(to)) {}

  Result<void> apply(TextBuffer& text) const override {
    TextBuffer out = TextBuffer::like(text);
    Matcher matcher(regex_);
    const std::string_view all = text.bytes;
    std::size_t copied = 0;
    for (std::size_t from = 0; from <= all.size();) {
      const auto m = HUG_TRY(matcher.find(all, from));
      if (!m) break;
      out.append(all.substr(copied, m->begin - copied), text, copied, m->begin);
      out.append(to_, text, m->begin, m->end);
      copied = m->end;
      from = m->end;
      if (m->begin == m->end) {
        from += from < all.size() ? char_size(all[from]) : 1;
      }
    }
    out.append(all.substr(copied), text, copied, text.size());
    text = std::move(out);
    return {};
  }

 private:
  Regex regex_;
  std::string to_;
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

class ByteLevelText final : public Normalizer {
 public:
  Result<void> apply(TextBuffer& text) const override {
    TextBuffer out = TextBuffer::like(text);
    for (std::size_t i = 0; i < text.size(); ++i) {
      out.append(byte_alphabet().text(text.bytes[i]), text, i, i + 1);
    }
    text = std::move(out);
    return {};
  }
};

class Bert final : public Normalizer {
 public:
  struct Options {
    bool clean_text = true;
    bool chinese = true;
    bool strip_accents = true;
    bool lowercase = true;
  };

  explicit Bert(Options options) : o_(options) {}

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
  Options o_;
};

class Precompiled final : public Normalizer {
 public:
  explicit Precompiled(CharsMap map) : map_(std::move(map)) {}

  Result<void> apply(TextBuffer& text) const override {
    TextBuffer out = TextBuffer::like(text);
    const std::string_view all = text.bytes;
    std::size_t begin = 0;
    for (const std::size_t end : grapheme_ends(all)) {
      apply_cluster(text, begin, end, out);
      begin = end;
    }
    text = std::move(out);
    return {};
  }

 private:
  // A short cluster whose beginning has a rule becomes that rule's text as a
  // whole; otherwise each character is looked up.
  void apply_cluster(const TextBuffer& text, std::size_t begin, std::size_t end,
                     TextBuffer& out) const {
    const std::string_view all = text.bytes;
    if (end - begin < 6) {
      const auto m = map_.shortest(all.substr(begin, end - begin));
      if (m.size > 0) {
        out.append(m.replacement, text, begin, end);
        return;
      }
    }
    while (begin < end) {
      const std::size_t next = begin + char_size(all[begin]);
      const auto one = all.substr(begin, next - begin);
      const auto m = map_.shortest(one);
      out.append(m.size > 0 ? m.replacement : one, text, begin, next);
      begin = next;
    }
  }

  CharsMap map_;
};

Result<NormalizerPtr> make_replace(const nlohmann::json& spec) {
  const std::string to = text_member(spec, "content");
  const auto pattern = spec.find("pattern");
  if (pattern == spec.end() || !pattern->is_object()) {
    return Error(Code::kCorrupt, "normalizer Replace: no pattern");
  }
  if (pattern->contains("Regex")) {
    auto regex = HUG_TRY(Regex::compile(text_member(*pattern, "Regex")));
    return NormalizerPtr(
        std::make_unique<ReplaceMatches>(std::move(regex), to));
  }
  return NormalizerPtr(
      std::make_unique<ReplaceText>(text_member(*pattern, "String"), to));
}

Result<NormalizerPtr> make_sequence(const nlohmann::json& spec) {
  std::vector<NormalizerPtr> parts;
  const auto list = spec.find("normalizers");
  if (list == spec.end() || !list->is_array() || list->size() > 64) {
    return Error(Code::kCorrupt, "normalizer Sequence: no list of normalizers");
  }
  for (const auto& one : *list) {
    auto part = HUG_TRY(make_normalizer(one));
    if (part) parts.push_back(std::move(part));
  }
  return NormalizerPtr(std::make_unique<Sequence>(std::move(parts)));
}

Result<NormalizerPtr> make_bert(const nlohmann::json& spec) {
  Bert::Options o;
  o.clean_text = data::find_bool(spec, "clean_text", true);
  o.chinese = data::find_bool(spec, "handle_chinese_chars", true);
  o.lowercase = data::find_bool(spec, "lowercase", true);
  o.strip_accents = data::find_bool(spec, "strip_accents", o.lowercase);
  return NormalizerPtr(std::make_unique<Bert>(o));
}

}  // namespace

Result<NormalizerPtr> make_normalizer(const nlohmann::json& spec) {
  if (spec.is_null()) return NormalizerPtr();
  const std::string type = text_member(spec, "type");
  const auto form = [](NormalForm f) {
    return NormalizerPtr(std::make_unique<UnicodeForm>(f));
  };
  if (type == "Sequence") return make_sequence(spec);
  if (type == "NFC") return form(NormalForm::kNfc);
  if (type == "NFD") return form(NormalForm::kNfd);
  if (type == "NFKC") return form(NormalForm::kNfkc);
  if (type == "NFKD") return form(NormalForm::kNfkd);
  if (type == "Lowercase") return NormalizerPtr(std::make_unique<Lowercase>());
  if (type == "StripAccents") {
    return NormalizerPtr(std::make_unique<StripAccents>());
  }
  if (type == "Strip") {
    return NormalizerPtr(
        std::make_unique<Strip>(data::find_bool(spec, "strip_left", true),
                                data::find_bool(spec, "strip_right", true)));
  }
  if (type == "Prepend") {
    return NormalizerPtr(
        std::make_unique<Prepend>(text_member(spec, "prepend")));
  }
  if (type == "Replace") return make_replace(spec);
  if (type == "Nmt") return NormalizerPtr(std::make_unique<Nmt>());
  if (type == "ByteLevel") {
    return NormalizerPtr(std::make_unique<ByteLevelText>());
  }
  if (type == "BertNormalizer") return make_bert(spec);
  if (type == "Precompiled") {
    const auto blob =
        data::from_base64(text_member(spec, "precompiled_charsmap"));
    if (!blob) {
      return Error(Code::kCorrupt,
                   "tokenizer.json: precompiled_charsmap is not base64");
    }
    auto map = HUG_TRY(CharsMap::parse(
        {reinterpret_cast<const char*>(blob->data()), blob->size()}));
    return NormalizerPtr(std::make_unique<Precompiled>(std::move(map)));
  }
  return Error(Code::kUnsupported,
               "tokenizer.json: unknown normalizer '" + type + "'");
}

}  // namespace hug::text
