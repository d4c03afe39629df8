#include "engine/residence.h"

#include <cstring>
#include <functional>
#include <map>

#include "sys/residence.h"

namespace hug::engine {

namespace {

std::vector<std::span<const std::byte>> mapped_files(
    const arch::TensorStore& store) {
  std::vector<std::span<const std::byte>> out;
  for (const ByteSourcePtr& file : store.files)
    if (!file->mapped().empty()) out.push_back(file->mapped());
  return out;
}

bool lies_in(std::span<const std::byte> part, std::span<const std::byte> all) {
  const std::less_equal<const std::byte*> before;
  return before(all.data(), part.data()) &&
         before(part.data() + part.size(), all.data() + all.size());
}

// One file's tensors, in the order in which they lie there, to memory; the
// file's pages are given back on the way, so that nothing is held twice.
Result<void> copy_from(const ByteSource& file, arch::TensorSet& tensors) {
  const auto mapped = file.mapped();
  std::multimap<const std::byte*, arch::StoredTensor*> order;
  for (auto& [name, tensor] : tensors.tensors)
    if (!tensor.bytes.empty() && lies_in(tensor.bytes, mapped))
      order.emplace(tensor.bytes.data(), &tensor);
  for (auto& [data, tensor] : order) {
    const auto to = HUG_TRY(tensors.store->take(tensor->bytes.size()));
    std::memcpy(to.data(), data, to.size());
    file.release(static_cast<std::uint64_t>(data - mapped.data()), to.size());
    tensor->bytes = to;
  }
  return {};
}

}  // namespace

Result<void> settle(arch::TensorSet& tensors, WeightMemory how) {
  arch::TensorStore& store = *tensors.store;
  switch (how) {
    case WeightMemory::kAuto:
    case WeightMemory::kMapped:
      store.keeper = std::make_shared<sys::ReadAhead>(mapped_files(store));
      return {};
    case WeightMemory::kLocked:
      for (const auto bytes : mapped_files(store))
        HUG_TRY(sys::lock_in_memory(bytes, store.name));
      return {};
    case WeightMemory::kLargePages:
      for (const ByteSourcePtr& file : store.files)
        HUG_TRY(copy_from(*file, tensors));
      return {};
  }
  return {};
}

}  // namespace hug::engine
