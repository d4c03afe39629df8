// What a loaded model does with a few tokens, whatever its kind. Answers and
// errors are both fine.
#pragma once

#include <cstdint>
#include <span>

#include "arch/encoder.h"
#include "arch/encoder_decoder.h"
#include "arch/forward.h"
#include "arch/head.h"
#include "check.h"

namespace hug::fuzz {

inline void run_decoder(const arch::Model& model, nn::Team& team,
                        std::span<const std::int32_t> ids, arch::Want want) {
  arch::Sequence sequence(model);
  const auto rows = arch::forward(team, sequence, ids, want);
  if (!rows) return;
  FUZZ_CHECK(!rows->empty() && sequence.n_token() == ids.size());
  (void)arch::forward(team, sequence, ids.first(1), want);
}

inline void run_encoder(const arch::Model& model, nn::Team& team,
                        std::span<const std::int32_t> ids) {
  nn::Workspace work;
  const std::size_t lengths[] = {1, ids.size() - 1};
  const auto rows = arch::encode(model, team, work, {ids, {}, lengths});
  if (!rows) return;
  const std::size_t d = model.embeddings.n_in;
  FUZZ_CHECK(rows->size() == ids.size() * d);
  const std::span<const float> all(*rows);
  (void)arch::run_pooler(model, team, work, all.first(d));
  if (model.head && model.head->kind != arch::HeadKind::kNone)
    FUZZ_CHECK(!arch::run_head(model, team, work, all.first(d)).empty());
  auto state = arch::DecoderState::begin(model, team, work, all);
  FUZZ_CHECK(state || !state.error().message().empty());
  if (!state) return;
  if (!state->decode(team, ids, arch::Want::kAllLogits)) return;
  (void)state->decode(team, ids.first(1), arch::Want::kLastLogits);
}

inline void run_model(const arch::Model& model, nn::Team& team,
                      arch::Want want) {
  constexpr std::int32_t kIds[] = {1, 2, 3};
  run_decoder(model, team, kIds, want);
  run_encoder(model, team, kIds);
}

}  // namespace hug::fuzz
