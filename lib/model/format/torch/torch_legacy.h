// PyTorch files from before 1.6: no zip, but pickles one behind the other (a
// magic number, a protocol version, facts of the machine, the state dict, the
// keys of the storages), then each storage: i64 count of elements, elements.
#pragma once

#include "format/torch/torch.h"

namespace hug::format {

/// Errors: as read_torch.
Result<TorchCheckpoint> read_torch_legacy(const ByteSourcePtr& source);

}  // namespace hug::format
