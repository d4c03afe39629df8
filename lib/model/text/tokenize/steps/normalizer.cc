#include "text/tokenize/steps/normalizer.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <utility>

#include "data/base64.h"
#include "data/json.h"
#include "text/tokenize/byte_alphabet.h"
#include "text/tokenize/steps/char_normalizers.h"
#include "text/tokenize/steps/charsmap.h"
#include "text/tokenize/unicode/unicode.h"

namespace hug::text {

namespace {

std::string text_member(const nlohmann::json& object, std::string_view key) {
  return data::find_string(object, key).value_or("");
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

NormalizerPtr read_bert(const nlohmann::json& spec) {
  BertOptions o;
  o.clean_text = data::find_bool(spec, "clean_text", true);
  o.chinese = data::find_bool(spec, "handle_chinese_chars", true);
  o.lowercase = data::find_bool(spec, "lowercase", true);
  o.strip_accents = data::find_bool(spec, "strip_accents", o.lowercase);
  return make_bert(o);
}

Result<NormalizerPtr> read_precompiled(const nlohmann::json& spec) {
  const auto blob =
      data::from_base64(text_member(spec, "precompiled_charsmap"));
  if (!blob) {
    return Error(Code::kCorrupt,
                 "tokenizer.json: precompiled_charsmap is not base64");
  }
  auto map = HUG_TRY(CharsMap::parse(
      {reinterpret_cast<const char*>(blob->data()), blob->size()}));
  return make_precompiled(std::move(map));
}

}  // namespace

Result<NormalizerPtr> make_normalizer(const nlohmann::json& spec) {
  if (spec.is_null()) return NormalizerPtr();
  const std::string type = text_member(spec, "type");
  if (type == "Sequence") return make_sequence(spec);
  if (const auto form = find_normal_form(type)) return make_unicode_form(*form);
  if (type == "Lowercase") return make_lowercase();
  if (type == "StripAccents") return make_strip_accents();
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
  if (type == "Nmt") return make_nmt();
  if (type == "ByteLevel") {
    return NormalizerPtr(std::make_unique<ByteLevelText>());
  }
  if (type == "BertNormalizer") return read_bert(spec);
  if (type == "Precompiled") return read_precompiled(spec);
  return Error(Code::kUnsupported,
               "tokenizer.json: unknown normalizer '" + type + "'");
}

}  // namespace hug::text
