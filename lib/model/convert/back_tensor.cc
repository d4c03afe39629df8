#include "convert/back_tensor.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "tensor/codec.h"
#include "tensor/scalar.h"

namespace hug::convert {

using arch::Geometry;
using arch::Op;
using format::GgufModel;
using format::GgufTensor;

namespace {

constexpr std::uint64_t kBlockElements = 1 << 20;

// Groups of (queries, key, value), from all queries first.
std::uint64_t row_of_groups(std::uint64_t groups, std::uint64_t queries,
                            std::uint64_t n_rows, std::uint64_t i) {
  const std::uint64_t height = n_rows / (groups * (queries + 2));
  const std::uint64_t in_group = (queries + 2) * height;
  if (in_group == 0) return i;
  const std::uint64_t group = i / in_group;
  const std::uint64_t j = i % in_group;
  const std::uint64_t q_rows = groups * queries * height;
  if (j < queries * height) return group * queries * height + j;
  const std::uint64_t which = j / height - queries;
  return q_rows + which * groups * height + group * height + j % height;
}

// The row of the gguf tensor that is row i of the checkpoint's: the inverse of
// what Gather does.
std::uint64_t row_before(Op op, const Geometry& g, std::uint64_t n_rows,
                         std::uint64_t i) {
  switch (op) {
    case Op::kPermuteQ:
    case Op::kPermuteK: {
      const std::uint64_t heads = op == Op::kPermuteQ ? g.n_head : g.n_head_kv;
      const std::uint64_t d = heads != 0 ? n_rows / heads : n_rows;
      const std::uint64_t half = d / 2;
      if (d == 0) return i;
      const std::uint64_t j = i % d;
      return i / d * d + (j < half ? 2 * j : 2 * (j - half) + 1);
    }
    case Op::kNormalToNeoxQ:
    case Op::kNormalToNeoxK: {
      const std::uint64_t d = g.head_dim;
      if (g.n_rot == 0 || d == 0 || i % d >= g.n_rot) return i;
      const std::uint64_t j = i % d;
      return i / d * d + j / 2 + (j % 2) * (g.n_rot / 2);
    }
    case Op::kGroupedQkv:
      return g.n_head_kv != 0
                 ? row_of_groups(g.n_head_kv, g.n_head / g.n_head_kv, n_rows, i)
                 : i;
    case Op::kHeadwiseQkv:
      return g.n_head != 0 ? row_of_groups(g.n_head, 1, n_rows, i) : i;
    default:
      return i;
  }
}

// What the converter makes of a number.
float redo(Op op, float x) {
  return op == Op::kAddOne
             ? x + 1.0F
             : -static_cast<float>(std::exp(static_cast<double>(x)));
}

// The number that it was made of: of those that give it the shortest, since
// checkpoints are mostly of 16 bits.
float undo(Op op, float x) {
  const float y = op == Op::kAddOne
                      ? x - 1.0F
                      : static_cast<float>(std::log(-static_cast<double>(x)));
  const float infinity = std::numeric_limits<float>::infinity();
  for (const float trial :
       {tensor::bf16_to_f32(tensor::f32_to_bf16(y)),
        tensor::f16_to_f32(tensor::f32_to_f16(y)), y,
        std::nextafter(y, infinity), std::nextafter(y, -infinity)})
    if (redo(op, trial) == x) return trial;
  return y;
}

Result<void> read_rows(const GgufTensor& tensor, const ByteSource& source,
                       std::uint64_t first, std::uint64_t n,
                       std::span<float> out, arch::GatherBuffers& buffers) {
  const std::uint64_t row_bytes =
      HUG_TRY(tensor::row_bytes(tensor.type, tensor.ne[0]));
  buffers.raw.resize(n * row_bytes);
  HUG_TRY(source.read_at(first * row_bytes, buffers.raw));
  source.release(first * row_bytes, buffers.raw.size());
  return tensor::decode_rows(tensor.type, buffers.raw, out);
}

// A tensor of the file.
struct Input {
  const GgufTensor* tensor = nullptr;
  ByteSourcePtr source = {};

  Result<void> rows(std::uint64_t first, std::uint64_t n, std::span<float> out,
                    arch::GatherBuffers& buffers) const {
    return read_rows(*tensor, *source, first, n, out, buffers);
  }
};

struct Maker {
  const BackTensor& tensor;
  const Geometry& geometry;
  Input from = {};
  Input other = {};
  tensor::DType type = tensor::DType::kF32;
  std::uint64_t n_rows = 0;  // of the result
  std::uint64_t length = 0;  // of its rows

  Result<void> rows(std::uint64_t first, std::uint64_t n, std::span<float> out,
                    arch::GatherBuffers& buffers) const;
  Result<void> positions(std::uint64_t first, std::uint64_t n,
                         std::span<float> out,
                         arch::GatherBuffers& buffers) const;
  Result<void> latent(std::uint64_t first, std::uint64_t n,
                      std::span<float> out, arch::GatherBuffers& buffers) const;
  Result<void> transposed(std::uint64_t first, std::uint64_t n,
                          std::span<float> out,
                          arch::GatherBuffers& buffers) const;
  Result<void> interleaved(std::uint64_t first, std::uint64_t n,
                           std::span<float> out,
                           arch::GatherBuffers& buffers) const;
  Result<void> vector(std::span<float> out, arch::GatherBuffers& buffers) const;
  Result<void> mxfp4(std::uint64_t first, std::uint64_t n,
                     std::span<std::byte> out,
                     arch::GatherBuffers& buffers) const;
  Result<void> floats(std::uint64_t first, std::uint64_t n,
                      std::span<float> out, arch::GatherBuffers& buffers) const;
  Result<void> make(std::uint64_t first, std::uint64_t n,
                    std::span<std::byte> out,
                    arch::GatherBuffers& buffers) const;
};

Result<void> Maker::rows(std::uint64_t first, std::uint64_t n,
                         std::span<float> out,
                         arch::GatherBuffers& buffers) const {
  const std::uint64_t offset =
      tensor.op == Op::kStack ? tensor.part * n_rows : 0;
  const auto before = [&](std::uint64_t i) {
    return row_before(tensor.op, geometry, n_rows, i);
  };
  std::uint64_t i = 0;
  while (i < n) {
    const std::uint64_t row = before(first + i);
    std::uint64_t run = 1;
    while (i + run < n && before(first + i + run) == row + run)
      ++run;
    HUG_TRY(from.rows(offset + row, run, out.subspan(i * length, run * length),
                      buffers));
    i += run;
  }
  return {};
}

// The first rows are those of padding, which the file does not have.
Result<void> Maker::positions(std::uint64_t first, std::uint64_t n,
                              std::span<float> out,
                              arch::GatherBuffers& buffers) const {
  const std::uint64_t offset = geometry.position_offset;
  const std::uint64_t zeros = first < offset ? std::min(n, offset - first) : 0;
  std::fill_n(out.begin(), zeros * length, 0.0F);
  if (zeros == n) return {};
  return from.rows(first + zeros - offset, n - zeros,
                   out.subspan(zeros * length), buffers);
}

// Rows of a head: the key part, which lies transposed, then the value part.
Result<void> Maker::latent(std::uint64_t first, std::uint64_t n,
                           std::span<float> out,
                           arch::GatherBuffers& buffers) const {
  const std::uint64_t nope = from.tensor->ne[0];
  const std::uint64_t rank = from.tensor->ne[1];
  const std::uint64_t v = other.tensor->ne[1];
  const std::uint64_t height = nope + v;
  std::vector<float> keys(rank * nope);
  std::uint64_t loaded = ~std::uint64_t{0};
  for (std::uint64_t i = 0; i < n; ++i) {
    const std::uint64_t head = (first + i) / height;
    const std::uint64_t j = (first + i) % height;
    const auto row = out.subspan(i * length, length);
    if (j >= nope) {
      HUG_TRY(other.rows(head * v + j - nope, 1, row, buffers));
      continue;
    }
    if (loaded != head) HUG_TRY(from.rows(head * rank, rank, keys, buffers));
    loaded = head;
    for (std::uint64_t k = 0; k < rank; ++k)
      row[k] = keys[k * nope + j];
  }
  return {};
}

// Rows of the result are columns of a matrix, or of two in turn.
Result<void> Maker::transposed(std::uint64_t first, std::uint64_t n,
                               std::span<float> out,
                               arch::GatherBuffers& buffers) const {
  const std::uint64_t columns = from.tensor->ne[0];
  const std::uint64_t height = from.tensor->ne[1];
  const std::uint64_t step = other.tensor != nullptr ? 2 : 1;
  const std::uint64_t strip =
      std::max<std::uint64_t>(1, kBlockElements / 16 / columns);
  std::vector<float> in(strip * columns);
  const auto scatter = [&](const Input& input, std::uint64_t shift,
                           std::uint64_t matrix, std::uint64_t column,
                           std::span<float> to) -> Result<void> {
    const std::uint64_t width = to.size() / length;
    for (std::uint64_t r = 0; r < height; r += strip) {
      const std::uint64_t take = std::min(strip, height - r);
      HUG_TRY(input.rows(matrix * height + r, take,
                         std::span(in).first(take * columns), buffers));
      for (std::uint64_t k = 0; k < take; ++k)
        for (std::uint64_t c = 0; c < width; ++c)
          to[c * length + (r + k) * step + shift] =
              in[k * columns + column + c];
    }
    return {};
  };
  while (n > 0) {
    const std::uint64_t column = first % columns;
    const std::uint64_t take = std::min(n, columns - column);
    const auto to = out.first(take * length);
    HUG_TRY(scatter(from, 0, first / columns, column, to));
    if (step == 2) HUG_TRY(scatter(other, 1, first / columns, column, to));
    out = out.subspan(take * length);
    first += take;
    n -= take;
  }
  return {};
}

// Elements of two tensors in turn.
Result<void> Maker::interleaved(std::uint64_t first, std::uint64_t n,
                                std::span<float> out,
                                arch::GatherBuffers& buffers) const {
  std::vector<float> in(n * length / 2);
  for (const Input* input : {&from, &other}) {
    HUG_TRY(input->rows(first, n, in, buffers));
    const std::size_t shift = input == &other ? 1 : 0;
    for (std::size_t i = 0; i < in.size(); ++i)
      out[2 * i + shift] = in[i];
  }
  return {};
}

// A bias: its elements move as the rows of a matrix do.
Result<void> Maker::vector(std::span<float> out,
                           arch::GatherBuffers& buffers) const {
  std::vector<float> in(out.size());
  HUG_TRY(from.rows(0, 1, in, buffers));
  for (std::uint64_t i = 0; i < out.size(); ++i)
    out[i] = in[row_before(tensor.op, geometry, out.size(), i)];
  return {};
}

// The scale byte of ggml's blocks, or their sixteen bytes of (i, i + 16) as
// neighbouring pairs; rows of gate and up in turn.
Result<void> Maker::mxfp4(std::uint64_t first, std::uint64_t n,
                          std::span<std::byte> out,
                          arch::GatherBuffers& buffers) const {
  const std::uint64_t n_blocks = from.tensor->ne[0] / 32;
  buffers.raw.resize(n_blocks * 17);
  for (std::uint64_t i = 0; i < n; ++i) {
    const bool pairs = other.tensor != nullptr;
    const std::uint64_t row = pairs ? (first + i) / 2 : first + i;
    const Input& input = pairs && (first + i) % 2 == 1 ? other : from;
    HUG_TRY(input.source->read_at(row * buffers.raw.size(), buffers.raw));
    for (std::uint64_t b = 0; b < n_blocks; ++b) {
      const std::byte* in = buffers.raw.data() + b * 17;
      if (tensor.scales) {
        out[i * n_blocks + b] = in[0];
        continue;
      }
      const auto code = [&](unsigned k) {
        const auto byte = std::to_integer<unsigned>(in[1 + k % 16]);
        return k < 16 ? byte & 15U : byte >> 4;
      };
      std::byte* to = out.data() + (i * n_blocks + b) * 16;
      for (unsigned k = 0; k < 16; ++k)
        to[k] = static_cast<std::byte>(code(2 * k) | (code(2 * k + 1) << 4));
    }
  }
  return {};
}

Result<void> Maker::floats(std::uint64_t first, std::uint64_t n,
                           std::span<float> out,
                           arch::GatherBuffers& buffers) const {
  switch (tensor.op) {
    case Op::kKeyOfKvB:
      return latent(first, n, out, buffers);
    case Op::kTranspose:
    case Op::kEvenTransposed:
      return transposed(first, n, out, buffers);
    case Op::kEvenLast:
      return interleaved(first, n, out, buffers);
    case Op::kSkipPositions:
      return positions(first, n, out, buffers);
    default:
      if (tensor.shape.size() == 1 && tensor.op != Op::kStack)
        return vector(out, buffers);
      return rows(first, n, out, buffers);
  }
}

Result<void> Maker::make(std::uint64_t first, std::uint64_t n,
                         std::span<std::byte> out,
                         arch::GatherBuffers& buffers) const {
  if (!tensor.values.empty())
    return tensor::encode_rows(
        type, std::span(tensor.values).subspan(first * length, n * length),
        length, {}, out);
  if (tensor.is_mxfp4()) return mxfp4(first, n, out, buffers);
  buffers.floats.resize(n * length);
  const std::span<float> made = buffers.floats;
  HUG_TRY(floats(first, n, made, buffers));
  if (tensor.op == Op::kAddOne || tensor.op == Op::kNegExp)
    for (float& x : made)
      x = undo(tensor.op, x);
  return tensor::encode_rows(type, made, length, {}, out);
}

std::uint64_t block_rows(const BackTensor& tensor, std::uint64_t length) {
  // Every block of columns reads all rows again: they had better be few.
  const bool columns =
      tensor.op == Op::kTranspose || tensor.op == Op::kEvenTransposed;
  return std::max<std::uint64_t>(1, (columns ? 4 : 1) * kBlockElements /
                                        std::max<std::uint64_t>(1, length));
}

}  // namespace

Result<StreamItem> back_item(const BackTensor& tensor, tensor::DType to,
                             const Geometry& geometry, const GgufModel& model) {
  Maker maker{tensor, geometry};
  if (tensor.values.empty())
    maker.from = {&model.tensor(tensor.place),
                  HUG_TRY(model.data(tensor.place))};
  if (tensor.other)
    maker.other = {&model.tensor(*tensor.other),
                   HUG_TRY(model.data(*tensor.other))};
  maker.type = to;
  const std::uint64_t n = HUG_TRY(tensor::element_count(tensor.shape));
  maker.length = tensor.shape.empty() ? 1 : tensor.shape.back();
  if (tensor.is_mxfp4())
    maker.length = maker.from.tensor->ne[0] / 32 * (tensor.scales ? 1 : 16);
  maker.n_rows = maker.length != 0 ? n / maker.length : 0;
  StreamItem item;
  item.name = tensor.name;
  item.n_rows = maker.n_rows;
  item.row_bytes = maker.length * tensor::info(to).bytes;
  item.block_rows = block_rows(tensor, maker.length);
  item.make = [maker](std::uint64_t first, std::uint64_t count,
                      std::span<std::byte> out, arch::GatherBuffers& buffers) {
    return maker.make(first, count, out, buffers);
  };
  return item;
}

}  // namespace hug::convert
