// What the small files of a checkpoint say of the model, as gguf keys: one
// way for the converter, which writes them, and the engine, which obeys them.
#pragma once

#include "arch/checkpoint/plan.h"
#include "arch/checkpoint/repository.h"
#include "arch/family.h"
#include "format/gguf_value.h"
#include "hug/result.h"

namespace hug::arch {

struct CheckpointConfig {
  const Family* family = nullptr;
  Config config;  // settled
};

/// Reads config.json and finds the family. Errors: kNotFound without the file;
/// kUnsupported for a class nobody knows, or weights that are stored in few
/// bits.
Result<CheckpointConfig> read_checkpoint_config(const Repository& files);
/// The keys of the architecture, in the reference's order, behind those that
/// `writer` made. Errors: kCorrupt for what does not fit, kUnsupported.
Result<void> write_model_keys(Repository& files, const CheckpointConfig& model,
                              KeyWriter& writer);
/// What the reference format loses (hug_keys.h), kept tensors included.
void write_hug_keys(const CheckpointConfig& model, const TensorPlan& plan,
                    KeyWriter& writer);

}  // namespace hug::arch
