#include "engine/local_model.h"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <random>

#include "engine/sampler.h"
#include "engine/text_stream.h"
#include "format/gguf.h"
#include "hug/mapped_files.h"
#include "sys/thread_pool.h"

namespace hug {

LocalModel::LocalModel(std::shared_ptr<Parts> parts)
    : parts_(std::move(parts)) {}

Result<LocalModel> LocalModel::load(ByteSourcePtr source,
                                    const ModelOptions& options) {
  const auto gguf = HUG_TRY(format::read_gguf(*source));
  auto tokenizer = HUG_TRY(Tokenizer::from_gguf(*source));
  auto model =
      HUG_TRY_WITH(arch::load_model(gguf, source), "loading " + source->name());
  const unsigned threads = options.threads != 0
                               ? options.threads
                               : static_cast<unsigned>(sys::cpu_count());
  return LocalModel(
      std::make_shared<Parts>(std::move(model), std::move(tokenizer), threads));
}

const Tokenizer& LocalModel::tokenizer() const {
  return parts_->tokenizer;
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
  return parts_->model->hparams.causal;
}

namespace {

// A forward pass whose weights were all there to the end.
Result<std::vector<float>> checked_forward(LocalModel::Parts& parts,
                                           arch::Sequence& sequence,
                                           std::span<const TokenId> ids,
                                           arch::Want want) {
  const arch::Model& model = *parts.model;
  auto out = HUG_TRY(arch::forward(model, parts.team, sequence, ids, {}, want));
  if (is_mapped_file_damaged(model.source->mapped())) {
    return Error(Code::kCorrupt, "'" + model.source->name() +
                                     "' became shorter while it was read")
        .hint("Leave the file alone while the model runs.");
  }
  return out;
}

}  // namespace

Result<std::vector<float>> LocalModel::logits(std::span<const TokenId> ids,
                                              bool hidden) const {
  arch::Sequence sequence;
  return checked_forward(*parts_, sequence, ids,
                         hidden ? arch::Want::kHidden : arch::Want::kAllLogits);
}

namespace {

using Clock = std::chrono::steady_clock;

double since(Clock::time_point start) {
  return std::chrono::duration<double>(Clock::now() - start).count();
}

std::uint64_t chosen_seed(const SamplingOptions& o) {
  if (o.seed) return *o.seed;
  std::random_device device;
  return (std::uint64_t{device()} << 32) | device();
}

Error too_long(std::uint64_t tokens, std::uint64_t context) {
  return Error(Code::kUsage, "the prompt has " + std::to_string(tokens) +
                                 " tokens and the context only " +
                                 std::to_string(context))
      .hint("Shorten the prompt.");
}

}  // namespace

Result<Generation> LocalModel::generate(
    std::span<const TokenId> prompt, const GenerateOptions& options,
    const std::function<bool(std::string_view)>& on_text) const {
  const auto start = Clock::now();
  const auto& special = parts_->tokenizer.special_tokens();
  const std::uint64_t context =
      context_length() == 0 ? UINT64_MAX : context_length();
  if (!generates()) {
    return Error(Code::kUnsupported,
                 "cannot write with an encoder (" + architecture() + ")");
  }
  if (prompt.size() >= context) return too_long(prompt.size(), context);
  engine::Sampler sampler(options.sampling, chosen_seed(options.sampling));
  for (const TokenId id : prompt)
    sampler.accept(id);
  Generation out;
  out.prompt_tokens = prompt.size();
  arch::Sequence sequence;
  std::vector<float> logits = HUG_TRY(
      checked_forward(*parts_, sequence, prompt, arch::Want::kLastLogits));
  out.prompt_seconds = since(start);
  engine::TextStream stream(options.stop, on_text);
  out.reason = FinishReason::kLength;
  while (options.max_tokens == 0 || out.tokens.size() < options.max_tokens) {
    const TokenId id = HUG_TRY(sampler.choose(logits));
    if (out.tokens.empty()) out.first_token_seconds = since(start);
    const bool ends = std::binary_search(special.end_of_generation.begin(),
                                         special.end_of_generation.end(), id);
    if (ends && !options.ignore_eos) {
      out.reason = FinishReason::kStop;
      break;
    }
    out.tokens.push_back(id);
    sampler.accept(id);
    if (!stream.put(parts_->tokenizer.token_bytes(id))) {
      out.reason = FinishReason::kStop;
      break;
    }
    if (options.cancel.stop_requested()) {
      out.reason = FinishReason::kCancelled;
      break;
    }
    if (sequence.n_token + 1 > context) break;
    logits = HUG_TRY(
        checked_forward(*parts_, sequence, {&id, 1}, arch::Want::kLastLogits));
  }
  out.text = stream.finish();
  out.generate_seconds = since(start) - out.prompt_seconds;
  return out;
}

}  // namespace hug
