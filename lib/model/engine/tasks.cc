// What encoders and encoder-decoders do: labels, masked words, translation.
#include <algorithm>
#include <cmath>

#include "arch/encoder.h"
#include "arch/encoder_decoder.h"
#include "arch/head.h"
#include "engine/answer.h"
#include "engine/candidates.h"
#include "engine/file_check.h"
#include "engine/local_model.h"

namespace hug {

namespace {

const std::vector<std::string> kNoLabels = {};

Error not_made_for(const LocalModel& model, const char* task) {
  return Error(Code::kUnsupported,
               "this " + model.architecture() + " model has no head to " + task)
      .hint("take a model that was trained for it");
}

arch::HeadKind head_of(const arch::Model& m) {
  return m.head ? m.head->kind : arch::HeadKind::kNone;
}

// In place of logits their probabilities.
void to_probabilities(std::span<float> x, bool independent) {
  if (independent) {
    for (float& v : x)
      v = 1.0F / (1.0F + std::exp(-v));
    return;
  }
  nn::softmax(x);
}

// Models that know one segment only read a pair as one.
std::span<const std::int32_t> known_types(
    const arch::Model& m, const std::vector<std::int32_t>& types) {
  const bool known = std::all_of(types.begin(), types.end(), [&](auto t) {
    return t >= 0 && static_cast<std::size_t>(t) < m.token_types.n_out;
  });
  return known ? std::span<const std::int32_t>(types)
               : std::span<const std::int32_t>();
}

}  // namespace

ModelTask LocalModel::task() const {
  const arch::Model& m = *parts_->model;
  if (m.decoder != nullptr) return ModelTask::kTranslate;
  if (head_of(m) == arch::HeadKind::kMask) return ModelTask::kFillMask;
  if (head_of(m) == arch::HeadKind::kLabels) return ModelTask::kClassify;
  const bool embeds = m.traits->encoder || !m.hparams.causal ||
                      m.hparams.pooling != arch::Pooling::kNone;
  return embeds ? ModelTask::kEmbed : ModelTask::kGenerate;
}

const std::vector<std::string>& LocalModel::labels() const {
  const auto& head = parts_->model->head;
  return head ? head->labels : kNoLabels;
}

std::uint64_t LocalModel::embedding_length() const {
  return parts_->model->embeddings.n_in;
}

Result<std::vector<LabelScore>> LocalModel::classify(
    std::string_view text, std::optional<std::string_view> second) const {
  const arch::Model& m = *parts_->model;
  if (head_of(m) != arch::HeadKind::kLabels)
    return not_made_for(*this, "classify");
  EncodeOptions encode;
  encode.parse_special = false;
  const Encoding in =
      second ? HUG_TRY(tokenizer().encode_pair(text, *second, encode))
             : HUG_TRY(tokenizer().encode(text, encode));
  HeadInput input;
  input.ids = in.ids;
  const std::vector<std::int32_t> types(in.types.begin(), in.types.end());
  const auto known = known_types(m, types);
  input.types.assign(known.begin(), known.end());
  const auto logits = HUG_TRY(head_outputs(input)).values;
  std::vector<float> scores = logits;
  to_probabilities(scores, m.head->independent);
  std::vector<LabelScore> out;
  for (std::size_t i = 0; i < scores.size(); ++i)
    out.push_back({labels()[i], scores[i], logits[i]});
  return out;
}

Result<std::vector<MaskAnswer>> LocalModel::fill_mask(std::string_view text,
                                                      std::size_t count) const {
  const auto mask = tokenizer().special_tokens().mask;
  if (head_of(*parts_->model) != arch::HeadKind::kMask || !mask)
    return not_made_for(*this, "fill masks");
  HeadInput input;
  input.ids = HUG_TRY(tokenizer().encode(text)).ids;
  if (std::find(input.ids.begin(), input.ids.end(), *mask) == input.ids.end())
    return Error(Code::kUsage, "the text has no mask")
        .hint("write " + std::string(tokenizer().token_text(*mask)) +
              " where a word is missing");
  auto output = HUG_TRY(head_outputs(input));
  std::vector<MaskAnswer> out;
  for (std::size_t at = 0; at < input.ids.size(); ++at) {
    if (input.ids[at] != *mask) continue;
    const auto row =
        std::span(output.values).subspan(at * output.width, output.width);
    to_probabilities(row, false);
    MaskAnswer answer;
    answer.position = at;
    for (const auto& best : engine::take_top(row, count)) {
      answer.choices.push_back(
          {best.id, HUG_TRY(tokenizer().decode({&best.id, 1})), best.logit});
    }
    out.push_back(std::move(answer));
  }
  return out;
}

namespace {

// A decoder beside an encoded text, as the writer of answers sees it.
class TranslatorContext : public engine::ModelContext {
 public:
  TranslatorContext(LocalModel::Parts& parts, arch::DecoderState state)
      : parts_(parts), state_(std::move(state)) {}

  Result<std::span<const float>> append(std::span<const TokenId> ids) override {
    logits_ = HUG_TRY(state_.decode(parts_.team, ids, arch::Want::kLastLogits));
    HUG_TRY(engine::check_files(*parts_.model));
    return std::span<const float>(logits_);
  }

  bool truncate(std::size_t n) override { return state_.truncate(n); }

  std::size_t size() const override { return state_.n_token(); }

 private:
  LocalModel::Parts& parts_;
  arch::DecoderState state_;
  std::vector<float> logits_ = {};
};

}  // namespace

Result<Generation> LocalModel::translate(
    std::string_view text, const GenerateOptions& options,
    const std::function<bool(std::string_view)>& on_text) const {
  const arch::Model& m = *parts_->model;
  if (m.decoder == nullptr) return not_made_for(*this, "translate");
  EncodeOptions encode;
  encode.parse_special = false;
  const auto ids = HUG_TRY(tokenizer().encode(text, encode)).ids;
  const nn::StopScope scope(parts_->team, options.cancel);
  nn::Workspace work;
  const auto rows = HUG_TRY(arch::encode(m, parts_->team, work, {ids, {}, {}}));
  HUG_TRY(engine::check_files(*parts_->model));
  TranslatorContext context(
      *parts_, HUG_TRY(arch::DecoderState::begin(m, parts_->team, work, rows)));
  const auto start = static_cast<TokenId>(m.hparams.decoder_start_token);
  // Positions are relative and end nowhere, but an answer has to.
  const std::uint64_t usual =
      m.hparams.n_ctx_train == 0 ? 512 : m.hparams.n_ctx_train;
  const std::uint64_t room = options.max_tokens == 0 ? usual : UINT64_MAX;
  auto out = HUG_TRY(engine::write_answer(context, tokenizer(), {&start, 1},
                                          room, options, on_text));
  out.prompt_tokens = ids.size();
  return out;
}

Result<HeadOutput> LocalModel::head_outputs(const HeadInput& input) const {
  const arch::Model& m = *parts_->model;
  HeadOutput out;
  const auto finish = [&](std::vector<float> values, std::size_t width) {
    out.rows = values.size() / width;
    out.width = width;
    out.values = std::move(values);
    return out;
  };
  const std::size_t d = m.embeddings.n_in;
  if (!m.traits->encoder) {
    if (!input.types.empty() || !input.decoder_ids.empty())
      return Error(Code::kUsage, "a decoder takes tokens alone");
    auto values = HUG_TRY(logits(input.ids, input.hidden));
    return finish(std::move(values), input.hidden ? d : m.output.w.n_out);
  }
  nn::Workspace work;
  auto rows = HUG_TRY(
      arch::encode(m, parts_->team, work, {input.ids, input.types, {}}));
  if (m.decoder != nullptr) {
    auto state =
        HUG_TRY(arch::DecoderState::begin(m, parts_->team, work, rows));
    std::vector<TokenId> ids = input.decoder_ids;
    if (ids.empty())
      ids.push_back(static_cast<TokenId>(m.hparams.decoder_start_token));
    rows = HUG_TRY(state.decode(
        parts_->team, ids,
        input.hidden ? arch::Want::kHidden : arch::Want::kAllLogits));
    HUG_TRY(engine::check_files(*parts_->model));
    return finish(std::move(rows), input.hidden ? d : m.output.w.n_out);
  }
  if (!input.decoder_ids.empty())
    return Error(Code::kUsage, "the model has no decoder");
  HUG_TRY(engine::check_files(*parts_->model));
  const auto kind = head_of(m);
  if (kind == arch::HeadKind::kNone || input.hidden)
    return finish(std::move(rows), d);
  const auto in = kind == arch::HeadKind::kLabels
                      ? std::span<const float>(rows).first(d)
                      : std::span<const float>(rows);
  return finish(arch::run_head(m, parts_->team, work, in),
                m.head->output.w.n_out);
}

}  // namespace hug
