#include "arch/checkpoint/stored/scaled_source.h"

#include <algorithm>

#include "arch/checkpoint/stored/expanded_source.h"
#include "tensor/codec.h"

namespace hug::arch {

using format::CheckpointTensor;
using tensor::DType;

namespace {

Error misfit(const CheckpointTensor& part, const CheckpointTensor& weight) {
  return Error(
      Code::kCorrupt,
      "'" + part.name + "' does not fit the shape of '" + weight.name + "'");
}

Result<void> read_floats(const CheckpointTensor& tensor, std::uint64_t first,
                         std::span<float> out, std::vector<std::byte>& raw) {
  const std::uint64_t bytes = tensor::info(tensor.type).bytes;
  raw.resize(out.size() * bytes);
  HUG_TRY(tensor.source->read_at(first * bytes, raw));
  return tensor::decode_rows(tensor.type, raw, out);
}

// A matrix of scales (or zero points) and what of the weights each stands for.
struct Grid {
  const CheckpointTensor* tensor = nullptr;
  std::uint64_t n_rows = 1;      // of the matrix that the blocks lie in
  std::uint64_t block_rows = 1;  // that share a scale
  std::uint64_t block_columns = 1;
  std::uint64_t scale_rows = 1;
  std::uint64_t scale_columns = 1;
  bool one_matrix = true;  // of several that share the scales, too

  /// The scale row of a row of all matrices together.
  std::uint64_t row_of(std::uint64_t row) const {
    const std::uint64_t matrix = one_matrix ? 0 : row / n_rows;
    return matrix * scale_rows + row % n_rows / block_rows;
  }
};

// How many of `size` share one of `n` scales; 0 when nobody tells.
std::uint64_t block_of(std::uint64_t size, std::uint64_t n,
                       std::uint64_t told) {
  if (n == 1) return std::max<std::uint64_t>(size, 1);
  if (n == size) return 1;
  return told != 0 && (size + told - 1) / told == n ? told : 0;
}

Result<Grid> grid_of(const Storage& storage, const CheckpointTensor& weight,
                     const CheckpointTensor& scale) {
  const auto& shape = weight.shape;
  const std::uint64_t columns = shape.empty() ? 1 : shape.back();
  Grid out;
  out.tensor = &scale;
  out.n_rows = shape.size() > 1 ? shape[shape.size() - 2] : 1;
  std::uint64_t matrices = 1;
  for (std::size_t i = 0; i + 2 < shape.size(); ++i)
    matrices *= shape[i];  // checked when the header was read
  std::vector<std::uint64_t> s = scale.shape;
  const std::uint64_t n = HUG_TRY(tensor::element_count(s));
  if (n == 0) return misfit(scale, weight);
  out.one_matrix = n == 1 || matrices == 1;
  if (!out.one_matrix) {
    if (s.empty() || s.front() != matrices) return misfit(scale, weight);
    s.erase(s.begin());
  }
  if (n != 1 && s.size() > 2) return misfit(scale, weight);
  // A vector is one of rows; one number is for all.
  out.scale_rows = n == 1 || s.empty() ? 1 : s[0];
  out.scale_columns = n == 1 || s.size() < 2 ? 1 : s[1];
  out.block_rows = block_of(out.n_rows, out.scale_rows, storage.block_rows);
  out.block_columns =
      block_of(columns, out.scale_columns, storage.block_columns);
  // Groups along a row are equal ones.
  if (out.block_columns == 0 && columns % out.scale_columns == 0)
    out.block_columns = columns / out.scale_columns;
  if (out.block_rows == 0 || out.block_columns == 0)
    return misfit(scale, weight);
  return out;
}

class ScaledSource final : public ExpandedSource {
 public:
  ScaledSource(const CheckpointTensor& weight, Grid scale, Grid zero,
               std::string name, std::uint64_t n_rows, std::uint64_t n_columns)
      : ExpandedSource(std::move(name), n_rows, n_columns),
        weight_(weight),
        scale_tensor_(*scale.tensor),
        zero_tensor_(zero.tensor != nullptr ? *zero.tensor
                                            : CheckpointTensor()),
        scale_(scale),
        zero_(zero) {
    scale_.tensor = &scale_tensor_;
    if (zero_.tensor != nullptr) zero_.tensor = &zero_tensor_;
  }

 private:
  Result<void> compute(const Window& w, std::span<float> out) const override;
  Result<void> read_weights(const Window& w, std::span<float> out) const;
  Result<void> apply(const Grid& grid, const Window& w, bool subtract,
                     std::span<float> out) const;

  CheckpointTensor weight_;
  CheckpointTensor scale_tensor_;
  CheckpointTensor zero_tensor_;
  Grid scale_;
  Grid zero_;
};

Result<void> ScaledSource::read_weights(const Window& w,
                                        std::span<float> out) const {
  std::vector<std::byte> raw;
  const bool whole = w.n_columns == n_columns();
  const std::uint64_t runs = whole ? 1 : w.n_rows;
  const std::uint64_t length = whole ? out.size() : w.n_columns;
  for (std::uint64_t i = 0; i < runs; ++i) {
    const std::uint64_t first = (w.row + i) * n_columns() + w.column;
    HUG_TRY(read_floats(weight_, first, out.subspan(i * length, length), raw));
    weight_.source->release(first, length);
  }
  return {};
}

Result<void> ScaledSource::apply(const Grid& grid, const Window& w,
                                 bool subtract, std::span<float> out) const {
  std::vector<float> row(grid.scale_columns);
  std::vector<std::byte> raw;
  std::uint64_t loaded = ~std::uint64_t{0};
  for (std::uint64_t r = 0; r < w.n_rows; ++r) {
    const std::uint64_t wanted = grid.row_of(w.row + r);
    if (wanted != loaded)
      HUG_TRY(read_floats(*grid.tensor, wanted * grid.scale_columns, row, raw));
    loaded = wanted;
    float* to = out.data() + r * w.n_columns;
    for (std::uint64_t c = 0; c < w.n_columns;) {
      const std::uint64_t column = w.column + c;
      const std::uint64_t block = column / grid.block_columns;
      const std::uint64_t end =
          std::min(w.n_columns, (block + 1) * grid.block_columns - w.column);
      const float value = row[block];
      for (; c < end; ++c)
        to[c] = subtract ? to[c] - value : to[c] * value;
    }
  }
  return {};
}

Result<void> ScaledSource::compute(const Window& w,
                                   std::span<float> out) const {
  HUG_TRY(read_weights(w, out));
  if (zero_.tensor != nullptr) HUG_TRY(apply(zero_, w, true, out));
  return apply(scale_, w, false, out);
}

}  // namespace

Result<ByteSourcePtr> make_scaled_source(const Storage& storage,
                                         const ScaledParts& parts,
                                         std::string name) {
  const CheckpointTensor& weight = *parts.weight;
  const Grid scale = HUG_TRY(grid_of(storage, weight, *parts.scale));
  Grid zero;
  if (parts.zero != nullptr)
    zero = HUG_TRY(grid_of(storage, weight, *parts.zero));
  const std::uint64_t n = HUG_TRY(tensor::element_count(weight.shape));
  const std::uint64_t columns = weight.shape.empty() ? 1 : weight.shape.back();
  const std::uint64_t rows = columns != 0 ? n / columns : 0;
  return ByteSourcePtr(std::make_shared<ScaledSource>(
      weight, scale, zero, std::move(name), rows, columns));
}

}  // namespace hug::arch
