#include "engine/local_model.h"

#include "engine/file_check.h"

namespace hug {

LocalModel::LocalModel(std::shared_ptr<Parts> parts)
    : parts_(std::move(parts)) {}

const Tokenizer& LocalModel::tokenizer() const {
  return parts_->tokenizer;
}

const ModelText& LocalModel::text() const {
  return parts_->text;
}

const std::vector<std::string>& LocalModel::warnings() const {
  return parts_->warnings;
}

const std::string& LocalModel::architecture() const {
  return parts_->model->hparams.arch;
}

std::uint64_t LocalModel::context_length() const {
  return parts_->model->hparams.n_ctx_train;
}

std::uint64_t LocalModel::vocabulary_size() const {
  return parts_->model->embeddings.n_out;
}

bool LocalModel::generates() const {
  return parts_->model->hparams.causal && !parts_->model->traits->encoder;
}

unsigned LocalModel::threads() const {
  return parts_->team.size();
}

std::uint64_t LocalModel::file_bytes() const {
  std::uint64_t out = 0;
  for (const auto& file : parts_->model->store->files)
    out += file->size();
  return out;
}

namespace {

// A forward pass whose weights were all there to the end.
Result<std::span<const float>> checked_forward(LocalModel::Parts& parts,
                                               arch::Sequence& sequence,
                                               std::span<const TokenId> ids,
                                               arch::Want want) {
  const auto out = HUG_TRY(arch::forward(parts.team, sequence, ids, want));
  HUG_TRY(engine::check_files(*parts.model));
  return out;
}

}  // namespace

Result<std::vector<float>> LocalModel::logits(std::span<const TokenId> ids,
                                              bool hidden) const {
  if (parts_->model->traits->encoder) {
    HeadInput input;
    input.ids.assign(ids.begin(), ids.end());
    input.hidden = hidden;
    return HUG_TRY(head_outputs(input)).values;
  }
  arch::SequenceOptions options;
  options.cache = nn::CacheType::kF32;
  arch::Sequence sequence(*parts_->model, options);
  const auto rows = HUG_TRY(
      checked_forward(*parts_, sequence, ids,
                      hidden ? arch::Want::kHidden : arch::Want::kAllLogits));
  return std::vector<float>(rows.begin(), rows.end());
}

}  // namespace hug
