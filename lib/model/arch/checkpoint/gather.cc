#include "arch/checkpoint/gather.h"

#include <algorithm>
#include <cmath>
#include <cstring>

#include "tensor/codec.h"
#include "tensor/scalar.h"

namespace hug::arch {

using tensor::DType;

namespace {

constexpr std::uint64_t kBlockElements = 1 << 20;

}  // namespace

Gather::Gather(const PlannedTensor& tensor, const Geometry& geometry)
    : tensor_(tensor), geometry_(geometry) {
  row_length_ = tensor.row_length();
  const std::uint64_t n = tensor.n_elements();
  n_rows_ = row_length_ != 0 ? n / row_length_ : 0;
  const auto& info = tensor::info(tensor.type);
  row_bytes_ = row_length_ / info.block * info.bytes;
  slice_length_ = row_length_;
  if (!tensor.parts.empty()) {
    const auto& part = *tensor.parts[0];
    element_bytes_ = tensor::info(part.type).bytes;
    const auto& shape = part.shape;
    switch (tensor.op) {
      case Op::kPermuteQ:
      case Op::kPermuteK:
      case Op::kNormalToNeoxQ:
      case Op::kNormalToNeoxK:
      case Op::kGroupedQkv:
      case Op::kHeadwiseQkv:
        slice_length_ = shape[0] != 0 ? n / shape[0] : 0;
        break;
      case Op::kEvenLast:
      case Op::kOddLast:
        slice_length_ = 1;
        break;
      default:
        break;
    }
  }
  slice_bytes_ = slice_length_ * element_bytes_;
  if (slice_length_ > row_length_ && row_length_ != 0)
    unit_ = slice_length_ / row_length_;
  const std::uint64_t rows =
      row_length_ != 0
          ? std::max<std::uint64_t>(1, kBlockElements / row_length_)
          : 1;
  block_rows_ = std::max(rows / unit_, std::uint64_t{1}) * unit_;
}

bool Gather::transposes() const noexcept {
  return tensor_.op == Op::kTranspose || tensor_.op == Op::kKeyOfKvB ||
         tensor_.op == Op::kEvenTransposed || tensor_.op == Op::kOddTransposed;
}

bool Gather::computes() const noexcept {
  return tensor_.op == Op::kAddOne || tensor_.op == Op::kNegExp;
}

// Groups of (queries of the group, key, value) -> all queries, keys, values.
std::uint64_t Gather::grouped_source(std::uint64_t row) const noexcept {
  const std::uint64_t groups =
      tensor_.op == Op::kHeadwiseQkv ? geometry_.n_head : geometry_.n_head_kv;
  const std::uint64_t queries =
      tensor_.op == Op::kHeadwiseQkv ? 1 : geometry_.n_head / groups;
  const std::uint64_t height =
      tensor_.parts[0]->shape[0] / (groups * (queries + 2));
  const std::uint64_t in_group = (queries + 2) * height;
  const std::uint64_t q_rows = groups * queries * height;
  if (row < q_rows) {
    const std::uint64_t per_group = queries * height;
    return row / per_group * in_group + row % per_group;
  }
  row -= q_rows;
  const std::uint64_t kv_rows = groups * height;
  const std::uint64_t which = row / kv_rows;  // 0 key, 1 value
  row %= kv_rows;
  return row / height * in_group + (queries + which) * height + row % height;
}

Gather::Source Gather::source_of(std::uint64_t i) const noexcept {
  const Geometry& g = geometry_;
  switch (tensor_.op) {
    case Op::kPermuteQ:
    case Op::kPermuteK: {
      const std::uint64_t heads =
          tensor_.op == Op::kPermuteQ ? g.n_head : g.n_head_kv;
      const std::uint64_t d = tensor_.parts[0]->shape[0] / heads;
      const std::uint64_t j = i % d;
      return {0, i / d * d + (j % 2) * (d / 2) + j / 2};
    }
    case Op::kNormalToNeoxQ:
    case Op::kNormalToNeoxK: {
      if (g.n_rot == 0) return {0, i};
      const std::uint64_t d = g.head_dim;
      const std::uint64_t j = i % d;
      if (j >= g.n_rot) return {0, i};
      const std::uint64_t half = g.n_rot / 2;
      return {0, i / d * d + (j < half ? 2 * j : 2 * (j - half) + 1)};
    }
    case Op::kGroupedQkv:
    case Op::kHeadwiseQkv:
      return {0, grouped_source(i)};
    case Op::kEvenLast:
      return {0, 2 * i};
    case Op::kOddLast:
      return {0, 2 * i + 1};
    case Op::kStack: {
      const std::uint64_t rows = n_rows_ / tensor_.parts.size();
      return {static_cast<std::size_t>(i / rows), i % rows};
    }
    case Op::kValueOfKvB: {
      const std::uint64_t height = g.nope_dim + g.value_dim;
      return {0, i / g.value_dim * height + g.nope_dim + i % g.value_dim};
    }
    case Op::kFirstHalf:
    case Op::kSecondHalf: {
      const std::uint64_t f = tensor_.shape[tensor_.shape.size() - 2];
      const std::uint64_t off = tensor_.op == Op::kSecondHalf ? f : 0;
      return {0, i / f * 2 * f + off + i % f};
    }
    case Op::kSkipPositions:
      return {0, i + g.position_offset};
    default:
      return {0, i};
  }
}

// Slices in order. Where they lie close together they are read at once.
Result<void> Gather::read_slices(std::uint64_t first, std::uint64_t n,
                                 std::span<std::byte> out,
                                 GatherBuffers& buffers) const {
  std::uint64_t i = 0;
  while (i < n) {
    // A run of neighbours is read straight to its place.
    const Source from = source_of(first + i);
    std::uint64_t run = 1;
    while (i + run < n) {
      const Source next = source_of(first + i + run);
      if (next.part != from.part || next.slice != from.slice + run) break;
      ++run;
    }
    const auto& part = *tensor_.parts[from.part];
    if (run > 1 || n == 1) {
      HUG_TRY(part.source->read_at(
          from.slice * slice_bytes_,
          out.subspan(i * slice_bytes_, run * slice_bytes_)));
      part.source->release(from.slice * slice_bytes_, run * slice_bytes_);
      i += run;
      continue;
    }
    // Else a stretch of slices of one part, read as a whole when it is dense.
    std::uint64_t low = from.slice;
    std::uint64_t high = from.slice;
    std::uint64_t count = 1;
    while (i + count < n) {
      const Source next = source_of(first + i + count);
      if (next.part != from.part) break;
      const std::uint64_t new_low = std::min(low, next.slice);
      const std::uint64_t new_high = std::max(high, next.slice);
      if ((new_high - new_low + 1) > 4 * (count + 1) + 256) break;
      low = new_low;
      high = new_high;
      ++count;
    }
    const std::uint64_t bytes = (high - low + 1) * slice_bytes_;
    buffers.raw.resize(bytes);
    HUG_TRY(part.source->read_at(low * slice_bytes_, buffers.raw));
    part.source->release(low * slice_bytes_, bytes);
    for (std::uint64_t k = 0; k < count; ++k) {
      const std::uint64_t slice = source_of(first + i + k).slice;
      std::memcpy(out.data() + (i + k) * slice_bytes_,
                  buffers.raw.data() + (slice - low) * slice_bytes_,
                  slice_bytes_);
    }
    i += count;
  }
  return {};
}

namespace {

// out (n, rows) <- columns first, first + step, ... of in (rows, n_columns)
template <class T>
void transpose(const T* in, T* out, std::uint64_t rows, std::uint64_t n_columns,
               std::uint64_t first, std::uint64_t step, std::uint64_t n) {
  constexpr std::uint64_t kTile = 32;
  for (std::uint64_t c0 = 0; c0 < n; c0 += kTile)
    for (std::uint64_t r0 = 0; r0 < rows; r0 += kTile)
      for (std::uint64_t c = c0; c < std::min(n, c0 + kTile); ++c)
        for (std::uint64_t r = r0; r < std::min(rows, r0 + kTile); ++r)
          out[c * rows + r] = in[r * n_columns + first + c * step];
}

}  // namespace

// Rows of the result are columns of a matrix, or of a part of its rows.
Result<void> Gather::read_transposed(std::uint64_t first, std::uint64_t n,
                                     std::span<std::byte> out,
                                     GatherBuffers& buffers) const {
  const auto& part = *tensor_.parts[0];
  const auto& shape = part.shape;
  const std::uint64_t columns = shape.back();
  const bool half =
      tensor_.op == Op::kEvenTransposed || tensor_.op == Op::kOddTransposed;
  const std::uint64_t step = half ? 2 : 1;
  const std::uint64_t offset = tensor_.op == Op::kOddTransposed ? 1 : 0;
  const std::uint64_t rows_a_matrix = columns / step;
  const std::uint64_t height = tensor_.op == Op::kKeyOfKvB
                                   ? geometry_.nope_dim + geometry_.value_dim
                                   : row_length_;
  while (n > 0) {
    const std::uint64_t matrix = first / rows_a_matrix;
    const std::uint64_t column = first % rows_a_matrix;
    const std::uint64_t take = std::min(n, rows_a_matrix - column);
    const std::uint64_t begin = column * step;
    const std::uint64_t width = (take - 1) * step + offset + 1;
    buffers.raw.resize(row_length_ * width * element_bytes_);
    const std::uint64_t base = matrix * height * columns;
    if (width == columns) {
      HUG_TRY(part.source->read_at(base * element_bytes_, buffers.raw));
      part.source->release(base * element_bytes_, buffers.raw.size());
    } else {
      for (std::uint64_t r = 0; r < row_length_; ++r)
        HUG_TRY(part.source->read_at(
            (base + r * columns + begin) * element_bytes_,
            std::span(buffers.raw)
                .subspan(r * width * element_bytes_, width * element_bytes_)));
    }
    const auto move = [&](auto type) {
      using T = decltype(type);
      transpose(reinterpret_cast<const T*>(buffers.raw.data()),
                reinterpret_cast<T*>(out.data()), row_length_, width, offset,
                step, take);
    };
    if (element_bytes_ == 1) move(std::uint8_t{});
    if (element_bytes_ == 2) move(std::uint16_t{});
    if (element_bytes_ == 4) move(std::uint32_t{});
    if (element_bytes_ == 8) move(std::uint64_t{});
    out = out.subspan(take * row_length_ * element_bytes_);
    first += take;
    n -= take;
  }
  return {};
}

// Sixteen bytes of neighbouring pairs become sixteen of (i, i + 16).
Result<void> Gather::make_mxfp4(std::uint64_t first, std::uint64_t n,
                                std::span<std::byte> out,
                                GatherBuffers& buffers) const {
  const auto& blocks = *tensor_.parts[0];
  const auto& scales = *tensor_.parts[1];
  const std::uint64_t n_blocks = row_length_ / 32;
  const std::uint64_t step = tensor_.op == Op::kMxfp4 ? 1 : 2;
  const std::uint64_t offset = tensor_.op == Op::kMxfp4Odd ? 1 : 0;
  const std::uint64_t rows = (n - 1) * step + 1;
  const std::uint64_t begin = first * step + offset;
  buffers.raw.resize(rows * n_blocks * 16);
  buffers.ordered.resize(rows * n_blocks);
  HUG_TRY(blocks.source->read_at(begin * n_blocks * 16, buffers.raw));
  HUG_TRY(scales.source->read_at(begin * n_blocks, buffers.ordered));
  blocks.source->release(begin * n_blocks * 16, buffers.raw.size());
  std::byte* to = out.data();
  for (std::uint64_t r = 0; r < n; ++r) {
    const std::byte* in = buffers.raw.data() + r * step * n_blocks * 16;
    const std::byte* scale = buffers.ordered.data() + r * step * n_blocks;
    for (std::uint64_t b = 0; b < n_blocks; ++b, in += 16, to += 17) {
      to[0] = scale[b];
      const auto code = [&](unsigned i) {
        const auto pair = std::to_integer<unsigned>(in[i / 2]);
        return i % 2 == 0 ? pair & 15U : pair >> 4;
      };
      for (unsigned i = 0; i < 16; ++i)
        to[1 + i] = static_cast<std::byte>(code(i) | (code(i + 16) << 4));
    }
  }
  return {};
}

Result<void> Gather::finish(std::span<const std::byte> in,
                            std::span<std::byte> out,
                            GatherBuffers& buffers) const {
  const DType from = tensor_.parts[0]->type;
  buffers.floats.resize(in.size() / element_bytes_);
  HUG_TRY(tensor::decode_rows(from, in, buffers.floats));
  if (tensor_.op == Op::kAddOne)
    for (float& x : buffers.floats)
      x += 1.0F;
  if (tensor_.op == Op::kNegExp)
    for (float& x : buffers.floats)
      x = -static_cast<float>(std::exp(static_cast<double>(x)));
  // The reference computes in half precision where that is stored.
  if (computes() && from == DType::kF16)
    for (float& x : buffers.floats)
      x = tensor::f16_to_f32(tensor::f32_to_f16(x));
  return tensor::encode_rows(tensor_.type, buffers.floats, row_length_, {},
                             out);
}

Result<void> Gather::make(std::uint64_t first, std::uint64_t n,
                          std::span<std::byte> out,
                          GatherBuffers& buffers) const {
  if (n == 0) return {};
  if (tensor_.parts.empty())
    return tensor::encode_rows(
        tensor_.type,
        std::span(tensor_.values).subspan(first * row_length_, n * row_length_),
        row_length_, {}, out);
  if (tensor_.op == Op::kMxfp4 || tensor_.op == Op::kMxfp4Even ||
      tensor_.op == Op::kMxfp4Odd)
    return make_mxfp4(first, n, out, buffers);
  const bool straight = tensor_.parts[0]->type == tensor_.type && !computes();
  const std::uint64_t elements = n * row_length_;
  std::span<std::byte> in = out;
  if (!straight) {
    buffers.ordered.resize(elements * element_bytes_);
    in = buffers.ordered;
  }
  if (transposes()) {
    HUG_TRY(read_transposed(first, n, in, buffers));
  } else {
    HUG_TRY(read_slices(first * row_length_ / slice_length_,
                        elements / slice_length_, in, buffers));
  }
  if (straight) return {};
  return finish(in, out, buffers);
}

}  // namespace hug::arch
