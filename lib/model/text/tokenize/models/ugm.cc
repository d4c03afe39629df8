// SentencePiece's Unigram as llama.cpp does it.
#include <algorithm>
#include <utility>

#include "text/tokenize/models/gguf_models.h"
#include "text/tokenize/models/unigram.h"
#include "text/tokenize/steps/charsmap.h"
#include "text/tokenize/unicode/unicode.h"

namespace hug::text {

namespace {

constexpr std::string_view kMark = "\xe2\x96\x81";

class Ugm final : public GgufModel {
 public:
  Ugm(const GgufVocabulary& v, CharsMap map, TokenModelPtr model, Trie defined)
      : v_(v),
        map_(std::move(map)),
        model_(std::move(model)),
        defined_(std::move(defined)) {}

  Result<void> encode(std::string_view text, StretchPlace,
                      std::vector<TokenId>& out) const override {
    const auto work = pool_.take([this] {
      return std::make_unique<Work>(Work{model_->make_scratch(), {}});
    });
    (*work).tokens.clear();
    HUG_TRY(model_->encode(normalized(text), *(*work).scratch, (*work).tokens));
    for (const Token& t : (*work).tokens)
      out.push_back(t.id);
    return {};
  }

 private:
  struct Work {
    std::unique_ptr<ModelScratch> scratch;
    std::vector<Token> tokens;
  };

  // What the text at `at` becomes; moves behind it.
  std::string_view next_part(std::string_view text, std::size_t& at) const {
    const auto rest = text.substr(at);
    std::size_t defined = 0;
    defined_.each_prefix(rest,
                         [&](std::size_t n, std::int32_t) { defined = n; });
    if (defined > 0) {
      at += defined;
      return rest.substr(0, defined);
    }
    const auto m = map_.longest(rest);
    const std::size_t size = m.size > 0 ? m.size : char_size(rest[0]);
    at += size;
    return m.size > 0 ? m.replacement : rest.substr(0, size);
  }

  std::string normalized(std::string_view text) const {
    std::string out;
    bool prefixed = false;
    bool in_word = false;
    for (std::size_t i = 0; i < text.size();) {
      for (const char c : next_part(text, i)) {
        if (c == ' ') {
          in_word = false;
          if (!v_.remove_extra_whitespace) out += kMark;
          continue;
        }
        if (!in_word) {
          in_word = true;
          if ((v_.add_space_prefix && !prefixed) ||
              v_.remove_extra_whitespace) {
            out += kMark;
            prefixed = true;
          }
        }
        out += c;
      }
    }
    return out;
  }

  const GgufVocabulary& v_;
  CharsMap map_;
  TokenModelPtr model_;
  Trie defined_;
  Pool<Work> pool_;
};

}  // namespace

Result<GgufModelPtr> make_ugm(const GgufVocabulary& v) {
  auto map = HUG_TRY(CharsMap::parse(v.charsmap));
  auto tokens = std::make_shared<format::StringArray>();
  tokens->reserve(v.size(), v.tokens->text_bytes());
  std::vector<double> scores(v.scores.begin(), v.scores.end());
  Trie defined;
  for (std::size_t i = 0; i < v.size(); ++i) {
    const TokenKind k = v.kinds[i];
    const bool is_found = k == TokenKind::kUserDefined ||
                          k == TokenKind::kNormal || k == TokenKind::kUnused;
    tokens->push_back(is_found ? v.text(i) : "");
    if (k == TokenKind::kNormal || k == TokenKind::kUnused) continue;
    scores[i] = 0;
    if (is_found) defined.put(v.text(i), static_cast<std::int32_t>(i));
  }
  defined.seal();
  Unigram::Options o;
  o.unknown_id = v.special.unknown.value_or(-1);
  auto model = HUG_TRY(Unigram::make(std::move(tokens), std::move(scores), o));
  return GgufModelPtr(std::make_unique<Ugm>(v, std::move(map), std::move(model),
                                            std::move(defined)));
}

}  // namespace hug::text
