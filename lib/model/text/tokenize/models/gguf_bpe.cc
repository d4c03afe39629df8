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

Result<std::pair<std::string_view, std::string_view>> read_merge(
    std::string_view text) {
  // The first part may itself begin with a space's escape, never a space.
  const auto blank = text.find(' ', 1);
  if (blank == text.npos) {
    return Error(Code::kCorrupt,
                 "gguf: '" + std::string(text) + "' is no merge");
  }
  return std::pair(text.substr(0, blank), text.substr(blank + 1));
}

}  // namespace

Result<GgufModelPtr> make_gguf_bpe(const GgufVocabulary& v,
                                   const format::StringArray& merges) {
  const bool plain_gemma = v.model == "gemma4";
  const PreName* pre = find_pre_name(plain_gemma ? "gemma4" : v.pre);
  if (pre == nullptr) {
    return Error(Code::kUnsupported,
                 "gguf: unknown pre-tokenizer '" + v.pre + "'");
  }
  Bpe::Options o;
  o.ignore_merges = pre->ignore_merges;
  o.byte_fallback = !pre->by_bytes;
  o.lenient = true;
  // Of equal tokens the last one is merged.
  TextMap ids = v.ids.is_unique() ? v.ids : TextMap(v.tokens);
  auto model = HUG_TRY(Bpe::make(
      v.tokens, std::move(ids),
      {merges.size(), [&](std::size_t i) { return read_merge(merges[i]); }},
      std::move(o)));
  auto splitters = HUG_TRY(make_pre_splitters(*pre));
  return GgufModelPtr(std::make_unique<GgufBpe>(
      std::move(splitters), std::move(model), pre->by_bytes));
}

}  // namespace hug::text
