// From a pickle to the tensors of its state dict.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "format/torch/pickle.h"
#include "format/torch/torch.h"

namespace hug::format {

/// The storage that a persistent id speaks of.
struct StorageId {
  std::string key = {};
  std::optional<tensor::DType> type = {};  // unset: bytes
  std::uint64_t numel = 0;                 // elements, or bytes
};

/// Refuses a pickle that is broken, names anything beyond the allow-list or
/// uses opcodes that no checkpoint needs.
/// Errors: kDenied, listing every name that is not allowed; kCorrupt.
Result<void> check_allowed(const Pickle& pickle);

/// Errors: kCorrupt when it is no storage; kUnsupported for its type.
Result<StorageId> read_storage_id(const Pickle& pickle, PickleRef persistent);

/// Finds a storage by id: its index in `storages`, opening it at first sight.
using FindStorage = std::function<Result<std::size_t>(const StorageId& id)>;

/// The tensors beneath the root, also those in a dict under "state_dict",
/// "model" or "module" where the root has none; a prefix "module." that all
/// names have is dropped. Errors: kCorrupt, kUnsupported, kLimit, those of
/// `find`.
Result<std::vector<TorchTensor>> read_state(const Pickle& pickle,
                                            const FindStorage& find);

/// Every element of the tensor lies within its storage.
/// Errors: kCorrupt; kLimit for a tensor much larger than what is stored.
Result<void> check_bounds(const TorchTensor& tensor,
                          const TorchStorage& storage);

}  // namespace hug::format
