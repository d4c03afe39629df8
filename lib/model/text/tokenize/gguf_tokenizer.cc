// The tokenizer of a gguf file, as llama.cpp does it: special tokens are cut
// out first, then each stretch between them goes through the vocabulary's
// model.
#include "text/gguf_tokenizer.h"

#include <algorithm>
#include <utility>

#include "base/strings.h"
#include "format/gguf.h"
#include "text/tokenize/byte_alphabet.h"
#include "text/tokenize/models/gguf_models.h"
#include "text/tokenize/models/gguf_vocabulary.h"
#include "text/tokenize/unicode/unicode.h"

namespace hug {

namespace text {

namespace {

constexpr std::string_view kMark = "\xe2\x96\x81";

// A token that is looked for in raw text.
struct Special {
  TokenId id;
  TokenKind kind;
  bool lstrip;
  bool rstrip;
};

class GgufTokenizer final : public Tokenizer::Impl {
 public:
  static Result<std::shared_ptr<const Impl>> load(
      const format::GgufMetadata& metadata);

  Result<Encoding> encode(std::span<const TextSegment> segments,
                          const std::string_view* pair, bool add_special,
                          bool offsets) const override;
  Result<std::string> decode(std::span<const TokenId> ids,
                             bool skip_special) const override;
  std::string token_bytes(TokenId id) const override;

  std::size_t size() const override { return v_.size(); }

  std::string_view token_text(TokenId id) const override {
    return v_.text(static_cast<std::size_t>(id));
  }

  TokenId find(std::string_view text) const override {
    return v_.ids.find(text);
  }

  bool is_special(TokenId id) const override {
    if (id < 0 || static_cast<std::size_t>(id) >= size()) return false;
    const TokenKind k = v_.kind(id);
    return k == TokenKind::kControl || k == TokenKind::kUnknown;
  }

  std::string_view kind() const override {
    return v_.model == "llama"  ? "spm"
           : v_.model == "bert" ? "wpm"
           : v_.model == "t5"   ? "ugm"
                                : "bpe";
  }

 private:
  struct Stretch {
    std::size_t begin;
    std::size_t end;
    TokenId id;  // -1: plain text
  };

  void collect_specials();
  std::vector<Stretch> split(std::string_view text, bool parse_special) const;
  Result<void> encode_text(std::string_view text, bool parse_special,
                           bool& after_special,
                           std::vector<TokenId>& out) const;
  std::string text_of(TokenId id, bool with_special) const;

  GgufVocabulary v_;
  GgufModelPtr model_;
  std::vector<Special> specials_;  // longest text first
};

Result<std::shared_ptr<const Tokenizer::Impl>> GgufTokenizer::load(
    const format::GgufMetadata& metadata) {
  auto out = std::make_shared<GgufTokenizer>();
  out->v_ = HUG_TRY(read_gguf_vocabulary(metadata));
  const std::string& m = out->v_.model;
  const format::StringArray& merges = merges_of(metadata);
  out->model_ = HUG_TRY(m == "llama"  ? make_spm(out->v_)
                        : m == "bert" ? make_wpm(out->v_)
                        : m == "t5"   ? make_ugm(out->v_)
                                      : make_gguf_bpe(out->v_, merges));
  out->special = out->v_.special;
  const auto named = out->v_.special.end_of_generation;
  auto found = find_end_of_generation(*out);
  found.insert(found.end(), named.begin(), named.end());
  std::sort(found.begin(), found.end());
  found.erase(std::unique(found.begin(), found.end()), found.end());
  out->special.end_of_generation = std::move(found);
  out->collect_specials();
  return std::shared_ptr<const Impl>(std::move(out));
}

void GgufTokenizer::collect_specials() {
  for (std::size_t i = 0; i < v_.size(); ++i) {
    const TokenKind k = v_.kinds[i];
    if (k != TokenKind::kControl && k != TokenKind::kUserDefined &&
        k != TokenKind::kUnknown) {
      continue;
    }
    const std::string_view t = v_.text(i);
    if (t.empty()) continue;
    const auto id = static_cast<TokenId>(i);
    const auto [left, right] = v_.strips(id);
    specials_.push_back({id, k, left, right});
  }
  std::stable_sort(specials_.begin(), specials_.end(),
                   [this](const Special& a, const Special& b) {
                     return token_text(a.id).size() > token_text(b.id).size();
                   });
}

// Each token in turn, longest first, is searched in what is still plain.
std::vector<GgufTokenizer::Stretch> GgufTokenizer::split(
    std::string_view text, bool parse_special) const {
  std::vector<Stretch> parts;
  if (!text.empty()) parts.push_back({0, text.size(), -1});
  for (const Special& s : specials_) {
    if (!parse_special && s.kind != TokenKind::kUserDefined) continue;
    const std::string_view wanted = token_text(s.id);
    if (text.find(wanted) == text.npos) continue;
    std::vector<Stretch> next;
    for (const Stretch& part : parts) {
      if (part.id >= 0) {
        next.push_back(part);
        continue;
      }
      std::size_t begin = part.begin;
      while (true) {
        const std::size_t at = text.substr(0, part.end).find(wanted, begin);
        if (at == text.npos) break;
        std::size_t left = at;
        std::size_t right = at + wanted.size();
        while (s.lstrip && left > begin &&
               is_space(static_cast<unsigned char>(text[left - 1]))) {
          --left;
        }
        while (s.rstrip && right < part.end &&
               is_space(static_cast<unsigned char>(text[right]))) {
          ++right;
        }
        if (left > begin) next.push_back({begin, left, -1});
        next.push_back({at, at + wanted.size(), s.id});
        begin = right;
      }
      if (begin < part.end) next.push_back({begin, part.end, -1});
    }
    parts = std::move(next);
  }
  return parts;
}

Result<void> GgufTokenizer::encode_text(std::string_view text,
                                        bool parse_special, bool& after_special,
                                        std::vector<TokenId>& out) const {
  for (const Stretch& part : split(text, parse_special)) {
    if (part.id >= 0) {
      out.push_back(part.id);
      after_special = true;
      continue;
    }
    const auto plain = text.substr(part.begin, part.end - part.begin);
    const auto form = find_normal_form(v_.normalizer);
    HUG_TRY(form ? model_->encode(normalize(plain, *form), {after_special}, out)
                 : model_->encode(plain, {after_special}, out));
    after_special = false;
  }
  return {};
}

Result<Encoding> GgufTokenizer::encode(std::span<const TextSegment> segments,
                                       const std::string_view* pair,
                                       bool add_special, bool offsets) const {
  Encoding out;
  const auto add = [&](TokenId id, std::uint8_t type) {
    if (!add_special) return;
    out.ids.push_back(id);
    out.types.resize(out.ids.size(), type);
    out.is_added.resize(out.ids.size(), 0);
    out.is_added.back() = 1;
  };
  bool after_special = true;
  if (v_.add_bos && v_.special.bos) add(*v_.special.bos, 0);
  for (const TextSegment& s : segments) {
    HUG_TRY(encode_text(s.text, s.parse_special, after_special, out.ids));
  }
  out.types.resize(out.ids.size(), 0);
  out.is_added.resize(out.ids.size(), 0);
  if (pair != nullptr) {
    auto between = v_.between();
    if (between.empty() && v_.special.eos) between = {*v_.special.eos};
    for (const TokenId id : between)
      add(id, 0);
    HUG_TRY(encode_text(*pair, false, after_special, out.ids));
    out.types.resize(out.ids.size(), 1);
    out.is_added.resize(out.ids.size(), 0);
  }
  const std::uint8_t last = pair != nullptr ? 1 : 0;
  for (const TokenId id : v_.ending())
    add(id, last);
  if (offsets) {
    // gguf tokenizers change the text in ways that are not tracked: offsets
    // come from the lengths of what the tokens stand for.
    std::uint64_t at = 0;
    std::uint64_t size = 0;
    for (const TextSegment& s : segments)
      size += s.text.size();
    for (std::size_t i = 0; i < out.ids.size(); ++i) {
      const std::uint64_t n =
          out.is_added[i] != 0 ? 0 : text_of(out.ids[i], true).size();
      const std::uint64_t end = std::min(at + n, size);
      out.offsets.push_back({at, end});
      at = end;
    }
  }
  return out;
}

std::string GgufTokenizer::text_of(TokenId id, bool with_special) const {
  const std::string t(token_text(id));
  const TokenKind k = v_.kind(id);
  if (is_special(id)) return with_special ? t : std::string();
  if (k == TokenKind::kUserDefined) return t;
  const bool bpe = v_.model == "gpt2";
  if (bpe) return byte_alphabet().decode(t).value_or(t);
  if (t.size() == 6 && t.starts_with("<0x") && t[5] == '>') {
    const auto digit = [](char c) {
      return c >= '0' && c <= '9' ? c - '0' : (c | 32) - 'a' + 10;
    };
    return std::string(1, static_cast<char>(digit(t[3]) * 16 + digit(t[4])));
  }
  return base::replace_all(t, kMark, " ");
}

std::string GgufTokenizer::token_bytes(TokenId id) const {
  if (id < 0 || static_cast<std::size_t>(id) >= size()) return {};
  return text_of(id, false);
}

// What a tokenizer put before punctuation goes again.
std::string clean_spaces(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool goes = text[i] == ' ' && i + 1 < text.size() &&
                      (text[i + 1] == '?' || text[i + 1] == '!' ||
                       text[i + 1] == '.' || text[i + 1] == ',');
    if (!goes) out += text[i];
  }
  out = base::replace_all(out, " ' ", "'");
  for (const std::string_view tail : {"'s", "'m", "'re", "'ve"}) {
    out = base::replace_all(out, " " + std::string(tail), tail);
  }
  return out;
}

Result<std::string> GgufTokenizer::decode(std::span<const TokenId> ids,
                                          bool skip_special) const {
  std::string bytes;
  bool first = true;
  for (const TokenId id : ids) {
    std::string text = text_of(id, !skip_special);
    // The space that was put in front of the text.
    if (first && v_.add_space_prefix && !is_special(id) &&
        text.starts_with(' ')) {
      text.erase(0, 1);
    }
    first = first && is_special(id);
    bytes += text;
  }
  std::string out = decode_lossy(bytes);
  return v_.clean_spaces ? clean_spaces(out) : out;
}

}  // namespace

Result<Tokenizer> make_tokenizer(const format::GgufMetadata& metadata,
                                 std::string_view name) {
  return Tokenizer(
      HUG_TRY_WITH(GgufTokenizer::load(metadata),
                   "reading the tokenizer of " + std::string(name)));
}

}  // namespace text

Result<Tokenizer> Tokenizer::from_gguf(const ByteSource& source) {
  format::GgufReadOptions options;
  options.require_data = false;
  const auto gguf = HUG_TRY(format::read_gguf(source, options));
  return text::make_tokenizer(gguf.metadata, source.name());
}

Result<Tokenizer> Tokenizer::open(const ByteSource& source) {
  if (format::looks_like_gguf(source)) return from_gguf(source);
  if (source.size() > (std::uint64_t{256} << 20)) {
    return Error(Code::kLimit, "cannot read '" + source.name() +
                                   "' as a tokenizer: it is over 256 MiB");
  }
  std::string text(static_cast<std::size_t>(source.size()), '\0');
  HUG_TRY(source.read_at(0, std::as_writable_bytes(std::span(text))));
  return from_json(text, source.name());
}

}  // namespace hug
