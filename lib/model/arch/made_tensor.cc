#include "arch/made_tensor.h"

#include <algorithm>
#include <atomic>
#include <mutex>
#include <optional>

#include "base/checked.h"

namespace hug::arch {

Result<std::span<const std::byte>> make_tensor(const MadeTensor& tensor,
                                               TensorStore& store,
                                               nn::Team& team) {
  const auto bytes = base::checked_mul(tensor.n_rows, tensor.row_bytes);
  if (!bytes) return Error(Code::kLimit, "a tensor is too large");
  const auto out = HUG_TRY(store.take(*bytes));
  const std::uint64_t n_blocks =
      (tensor.n_rows + tensor.block_rows - 1) / tensor.block_rows;
  std::mutex mutex;
  std::optional<Error> error;
  std::atomic<bool> failed = false;
  team.run(static_cast<std::size_t>(n_blocks), 1,
           [&](std::size_t begin, std::size_t end) {
             GatherBuffers buffers;
             for (std::size_t i = begin;
                  i < end && !failed && !team.is_stopped(); ++i) {
               const std::uint64_t first = i * tensor.block_rows;
               const std::uint64_t n =
                   std::min(tensor.block_rows, tensor.n_rows - first);
               auto made = tensor.make(
                   first, n,
                   out.subspan(first * tensor.row_bytes, n * tensor.row_bytes),
                   buffers);
               if (made) continue;
               const std::lock_guard lock(mutex);
               if (!error) error = std::move(made).error();
               failed = true;
             }
           });
  if (error) return *std::move(error);
  HUG_TRY(team.check_stop());
  return std::span<const std::byte>(out);
}

}  // namespace hug::arch
