#include "format/inspect/values.h"

#include <algorithm>
#include <optional>

#include "sys/sys.h"
#include "tensor/codec.h"

namespace hug::format {
namespace {

constexpr std::uint64_t kPiece = 8 << 20;

// Null: all values are fine.
Result<std::optional<ModelProblem>> check(const CheckedTensor& t) {
  // Whole blocks at a time.
  const std::uint64_t block = tensor::info(t.type).bytes;
  const std::uint64_t step = kPiece / block * block;
  std::vector<std::byte> piece;
  for (std::uint64_t at = 0; at < t.source->size(); at += step) {
    const auto n = std::min(step, t.source->size() - at);
    std::span<const std::byte> bytes = t.source->mapped();
    if (!bytes.empty()) {
      bytes = bytes.subspan(static_cast<std::size_t>(at),
                            static_cast<std::size_t>(n));
    } else {
      piece.resize(static_cast<std::size_t>(n));
      HUG_TRY(t.source->read_at(at, piece));
      bytes = piece;
    }
    if (const auto good = tensor::validate_rows(t.type, bytes); !good)
      return std::optional(ModelProblem{
          .where = t.name,
          .text =
              good.error().message() +
              (at == 0 ? "" : " (behind byte " + std::to_string(at) + ")")});
    t.source->release(at, n);
  }
  return std::optional<ModelProblem>();
}

}  // namespace

Result<std::vector<ModelProblem>> check_values(
    const std::vector<CheckedTensor>& tensors, unsigned threads) {
  std::vector<std::optional<Result<std::optional<ModelProblem>>>> answers(
      tensors.size());
  {
    sys::ThreadPool pool(threads);
    for (std::size_t i = 0; i < tensors.size(); ++i)
      pool.submit([&, i] { answers[i] = check(tensors[i]); });
    pool.wait();
  }
  std::vector<ModelProblem> out;
  for (auto& answer : answers)
    if (auto problem = HUG_TRY(std::move(*answer)))
      out.push_back(std::move(*problem));
  return out;
}

}  // namespace hug::format
