#include "quantize/transcode.h"

#include <algorithm>
#include <cstdint>

#include "tensor/codec.h"

namespace hug::quantize {
namespace {

using tensor::DType;

/// Elements of a piece: 192 KiB of f32, to stay in a level-2 cache with both
/// encoded forms.
constexpr std::uint64_t kPiece = 48 << 10;

}  // namespace

Result<std::span<const float>> Transcoder::floats(const Transcoding& what,
                                                  std::span<const std::byte> in,
                                                  std::size_t n) {
  const auto address = reinterpret_cast<std::uintptr_t>(in.data());
  if (what.from == DType::kF32 && address % alignof(float) == 0)
    return std::span(reinterpret_cast<const float*>(in.data()), n);
  rows_.resize(std::max(rows_.size(), n));
  const auto out = std::span(rows_).first(n);
  HUG_TRY(tensor::decode_rows(what.from, in, out, isa_));
  return std::span<const float>(out);
}

Result<void> Transcoder::run(const Transcoding& what,
                             std::span<const std::byte> in,
                             std::span<const float> importance,
                             std::span<std::byte> out) {
  HUG_TRY_WITH(tensor::validate_rows(what.from, in), "checking the source");
  if (what.from == what.to) {
    std::ranges::copy(in, out.begin());
    return {};
  }
  const std::uint64_t row_in =
      HUG_TRY(tensor::row_bytes(what.from, what.n_per_row));
  const std::uint64_t row_out =
      HUG_TRY(tensor::row_bytes(what.to, what.n_per_row));
  if (row_in == 0 || row_out == 0) return {};
  const std::uint64_t n_row = in.size() / row_in;
  if (in.size() % row_in != 0 || out.size() != n_row * row_out)
    return Error(Code::kUsage, "rows to transcode have the wrong size");
  const std::uint64_t step =
      std::max<std::uint64_t>(1, kPiece / what.n_per_row);
  for (std::uint64_t row = 0; row < n_row; row += step) {
    const std::uint64_t n = std::min(step, n_row - row);
    const auto rows = HUG_TRY(
        floats(what, in.subspan(row * row_in, n * row_in), n * what.n_per_row));
    HUG_TRY(tensor::encode_rows(what.to, rows, what.n_per_row, importance,
                                out.subspan(row * row_out, n * row_out), isa_));
  }
  return tensor::validate_rows(what.to, out).with("checking the result");
}

}  // namespace hug::quantize
