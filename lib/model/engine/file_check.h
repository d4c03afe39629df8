// Whether the files of a model were all there while it computed.
#pragma once

#include "arch/tensor_set.h"
#include "arch/weights.h"
#include "hug/result.h"

namespace hug::engine {

/// Errors: kCorrupt when a file became shorter.
inline Result<void> check_files(const arch::Model& model) {
  if (!model.store || !model.store->is_damaged()) return {};
  return Error(Code::kCorrupt,
               "'" + model.store->name + "' became shorter while it was read")
      .hint("leave the file alone while the model runs");
}

}  // namespace hug::engine
