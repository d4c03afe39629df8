// BPE of gguf: the pre-tokenizer's patterns, then merges by rank.
#include <utility>

#include "base/strings.h"
#include "text/tokenize/models/bpe.h"
#include "text/tokenize/models/gguf_models.h"
#include "text/tokenize/steps/pre_names.h"

namespace hug::text {

namespace {

constexpr std::string_view kMark = "\xe2\x96\x81";

class GgufBpe final : public GgufModel {
 public:
  GgufBpe(std::vector<PreTokenizerPtr> splitters, TokenModelPtr model,
          bool by_bytes)
      : splitters_(std::move(splitters)),
        model_(std::move(model)),
        by_bytes_(by_bytes) {}

  Result<void> encode(std::string_view text, StretchPlace,
                      std::vector<TokenId>& out) const override {
    Pieces pieces;
    pieces.text.bytes =
        by_bytes_ ? std::string(text) : base::replace_all(text, " ", kMark);
    if (pieces.text.bytes.empty()) return {};
    pieces.ranges = {{0, pieces.text.size()}};
    for (const auto& s : splitters_)
      HUG_TRY(s->apply(pieces));
    const auto work = pool_.take([this] {
      return std::make_unique<Work>(Work{model_->make_scratch(), {}});
    });
    for (const ByteRange& r : pieces.ranges) {
      (*work).tokens.clear();
      const auto view = pieces.view(r);
      HUG_TRY(by_bytes_
                  ? model_->encode_bytes(view, *(*work).scratch, (*work).tokens)
                  : model_->encode(view, *(*work).scratch, (*work).tokens));
      for (const Token& t : (*work).tokens) {
        if (t.id >= 0) out.push_back(t.id);  // bytes without a token vanish
      }
    }
    return {};
  }

 private:
  struct Work {
    std::unique_ptr<ModelScratch> scratch;
    std::vector<Token> tokens;
  };

  std::vector<PreTokenizerPtr> splitters_;
  TokenModelPtr model_;
  bool by_bytes_;
  Pool<Work> pool_;
};

}  // namespace

Result<GgufModelPtr> make_gguf_bpe(const GgufVocabulary& v) {
  const bool plain_gemma = v.model == "gemma4";
  const PreName* pre = find_pre_name(plain_gemma ? "gemma4" : v.pre);
  if (pre == nullptr) {
    return Error(Code::kUnsupported,
                 "gguf: unknown pre-tokenizer '" + v.pre + "'");
  }
  std::vector<std::pair<std::string_view, std::string_view>> merges;
  merges.reserve(v.merges.size());
  for (const std::string_view m : v.merges) {
    // The first part may itself begin with a space's escape, never a space.
    const auto blank = m.find(' ', 1);
    if (blank == m.npos) {
      return Error(Code::kCorrupt,
                   "gguf: '" + std::string(m) + "' is no merge");
    }
    merges.emplace_back(m.substr(0, blank), m.substr(blank + 1));
  }
  Bpe::Options o;
  o.ignore_merges = pre->ignore_merges;
  o.byte_fallback = !pre->by_bytes;
  o.lenient = true;
  auto model = HUG_TRY(Bpe::make(v.tokens, merges, std::move(o)));
  auto splitters = HUG_TRY(make_pre_splitters(*pre));
  return GgufModelPtr(std::make_unique<GgufBpe>(
      std::move(splitters), std::move(model), pre->by_bytes));
}

}  // namespace hug::text
