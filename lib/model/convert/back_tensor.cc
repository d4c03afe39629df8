#include "convert/back_tensor.h"

#include <algorithm>
#include <cmath>

#include "tensor/codec.h"

namespace hug::convert {

using arch::Geometry;
using arch::Op;
using format::GgufModel;
using format::GgufTensor;

namespace {

std::vector<std::uint64_t> torch_shape(const GgufTensor& tensor) {
  const auto dims = tensor.dims();
  return {dims.rbegin(), dims.rend()};
}

bool is_generated(std::string_view name) {
  return name.starts_with("rope_freqs") || name.starts_with("rope_factors");
}

Error cannot(const GgufTensor& tensor) {
  return Error(Code::kUnsupported,
               "tensor '" + tensor.name + "' cannot be turned back");
}

// Adds what one rule makes of one tensor.
Result<void> add(const arch::RuleMatch& match, const GgufTensor& tensor,
                 format::GgufTensorPlace place, const GgufModel& model,
                 std::vector<BackTensor>& out) {
  BackTensor back;
  back.op = match.rule->op;
  back.place = place;
  back.shape = torch_shape(tensor);
  back.name = arch::fill_name(match.rule->hf, match.numbers) +
              std::string(match.suffix);
  switch (back.op) {
    case Op::kStack: {
      if (back.shape.size() < 2) return cannot(tensor);
      const std::uint64_t n = back.shape.front();
      back.shape.erase(back.shape.begin());
      for (std::uint64_t i = 0; i < n; ++i) {
        auto numbers = match.numbers;
        numbers.part = static_cast<std::uint32_t>(i);
        back.part = i;
        back.name = arch::fill_name(match.rule->hf, numbers) +
                    std::string(match.suffix);
        out.push_back(back);
      }
      return {};
    }
    case Op::kKeyOfKvB: {
      std::string value = tensor.name;
      value.replace(value.find("attn_k_b"), 8, "attn_v_b");
      back.other = model.find(value);
      if (!back.other || back.shape.size() != 3) return cannot(tensor);
      const auto v = torch_shape(model.tensor(*back.other));
      if (v.size() != 3 || v[0] != back.shape[0] || v[2] != back.shape[1])
        return cannot(tensor);
      back.shape = {back.shape[0] * (back.shape[2] + v[1]), back.shape[1]};
      break;
    }
    case Op::kValueOfKvB:
      return {};  // goes with the key part
    case Op::kTranspose:
      if (back.shape.size() != 2) return cannot(tensor);
      std::swap(back.shape[0], back.shape[1]);
      break;
    case Op::kSqueeze:
      if (back.shape.size() != 2) return cannot(tensor);
      back.shape = {back.shape[0], 1, back.shape[1]};
      break;
    case Op::kEvenLast:
    case Op::kOddLast:
    case Op::kFirstHalf:
    case Op::kSecondHalf:
    case Op::kEvenTransposed:
    case Op::kOddTransposed:
    case Op::kMxfp4:
    case Op::kMxfp4Even:
    case Op::kMxfp4Odd:
      return cannot(tensor);
    default:
      break;
  }
  out.push_back(std::move(back));
  return {};
}

// The row of the gguf tensor that is row i of the checkpoint's: the inverse of
// what Gather does.
std::uint64_t row_before(const BackTensor& tensor, const Geometry& g,
                         std::uint64_t n_rows, std::uint64_t i) {
  const auto grouped = [&](std::uint64_t groups, std::uint64_t queries) {
    const std::uint64_t height = n_rows / (groups * (queries + 2));
    const std::uint64_t in_group = (queries + 2) * height;
    const std::uint64_t group = i / in_group;
    const std::uint64_t j = i % in_group;
    const std::uint64_t q_rows = groups * queries * height;
    if (j < queries * height) return group * queries * height + j;
    const std::uint64_t which = j / height - queries;
    return q_rows + which * groups * height + group * height + j % height;
  };
  switch (tensor.op) {
    case Op::kPermuteQ:
    case Op::kPermuteK: {
      const std::uint64_t heads =
          tensor.op == Op::kPermuteQ ? g.n_head : g.n_head_kv;
      const std::uint64_t d = heads != 0 ? n_rows / heads : n_rows;
      const std::uint64_t half = d / 2;
      const std::uint64_t j = i % d;
      return i / d * d + (j < half ? 2 * j : 2 * (j - half) + 1);
    }
    case Op::kGroupedQkv:
      return g.n_head_kv != 0 ? grouped(g.n_head_kv, g.n_head / g.n_head_kv)
                              : i;
    case Op::kHeadwiseQkv:
      return g.n_head != 0 ? grouped(g.n_head, 1) : i;
    default:
      return i;
  }
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

struct Maker {
  const BackTensor& tensor;
  const Geometry& geometry;
  const GgufTensor& from;
  ByteSourcePtr source;
  const GgufTensor* value = nullptr;
  ByteSourcePtr value_source = {};
  tensor::DType to = tensor::DType::kF32;
  std::uint64_t n_rows = 0;  // of the result
  std::uint64_t length = 0;  // of its rows

  Result<void> rows(std::uint64_t first, std::uint64_t n, std::span<float> out,
                    arch::GatherBuffers& buffers) const;
  Result<void> latent(std::uint64_t first, std::uint64_t n,
                      std::span<float> out, arch::GatherBuffers& buffers) const;
  Result<void> transposed(std::span<float> out,
                          arch::GatherBuffers& buffers) const;
  Result<void> vector(std::span<float> out, arch::GatherBuffers& buffers) const;
  Result<void> make(std::uint64_t first, std::uint64_t n,
                    std::span<std::byte> out,
                    arch::GatherBuffers& buffers) const;
};

Result<void> Maker::rows(std::uint64_t first, std::uint64_t n,
                         std::span<float> out,
                         arch::GatherBuffers& buffers) const {
  const std::uint64_t offset =
      tensor.op == Op::kStack ? tensor.part * n_rows : 0;
  std::uint64_t i = 0;
  while (i < n) {
    const std::uint64_t row = row_before(tensor, geometry, n_rows, first + i);
    std::uint64_t run = 1;
    while (i + run < n &&
           row_before(tensor, geometry, n_rows, first + i + run) == row + run)
      ++run;
    HUG_TRY(read_rows(from, *source, offset + row, run,
                      out.subspan(i * length, run * length), buffers));
    i += run;
  }
  return {};
}

// Rows of a head: the key part, which lies transposed, then the value part.
Result<void> Maker::latent(std::uint64_t first, std::uint64_t n,
                           std::span<float> out,
                           arch::GatherBuffers& buffers) const {
  const std::uint64_t nope = from.ne[0];
  const std::uint64_t rank = from.ne[1];
  const std::uint64_t v = value->ne[1];
  const std::uint64_t height = nope + v;
  std::vector<float> keys(rank * nope);
  std::uint64_t loaded = ~std::uint64_t{0};
  for (std::uint64_t i = 0; i < n; ++i) {
    const std::uint64_t head = (first + i) / height;
    const std::uint64_t j = (first + i) % height;
    const auto row = out.subspan(i * length, length);
    if (j >= nope) {
      HUG_TRY(read_rows(*value, *value_source, head * v + j - nope, 1, row,
                        buffers));
      continue;
    }
    if (loaded != head)
      HUG_TRY(read_rows(from, *source, head * rank, rank, keys, buffers));
    loaded = head;
    for (std::uint64_t k = 0; k < rank; ++k)
      row[k] = keys[k * nope + j];
  }
  return {};
}

Result<void> Maker::transposed(std::span<float> out,
                               arch::GatherBuffers& buffers) const {
  std::vector<float> in(out.size());
  HUG_TRY(read_rows(from, *source, 0, from.n_rows(), in, buffers));
  const std::uint64_t rows_in = from.ne[1];
  for (std::uint64_t r = 0; r < rows_in; ++r)
    for (std::uint64_t c = 0; c < from.ne[0]; ++c)
      out[c * rows_in + r] = in[r * from.ne[0] + c];
  return {};
}

// A bias: its elements move as the rows of a matrix do.
Result<void> Maker::vector(std::span<float> out,
                           arch::GatherBuffers& buffers) const {
  std::vector<float> in(out.size());
  HUG_TRY(read_rows(from, *source, 0, 1, in, buffers));
  for (std::uint64_t i = 0; i < out.size(); ++i)
    out[i] = in[row_before(tensor, geometry, out.size(), i)];
  return {};
}

Result<void> Maker::make(std::uint64_t first, std::uint64_t n,
                         std::span<std::byte> out,
                         arch::GatherBuffers& buffers) const {
  buffers.floats.resize(n * length);
  const std::span<float> floats = buffers.floats;
  if (tensor.op == Op::kKeyOfKvB) {
    HUG_TRY(latent(first, n, floats, buffers));
  } else if (tensor.op == Op::kTranspose) {
    HUG_TRY(transposed(floats, buffers));
  } else if (tensor.shape.size() == 1 && tensor.op != Op::kStack) {
    HUG_TRY(vector(floats, buffers));
  } else {
    HUG_TRY(rows(first, n, floats, buffers));
  }
  if (tensor.op == Op::kAddOne)
    for (float& x : floats)
      x -= 1.0F;
  if (tensor.op == Op::kNegExp)
    for (float& x : floats)
      x = std::log(-x);
  return tensor::encode_rows(to, floats, length, {}, out);
}

}  // namespace

Result<std::vector<BackTensor>> plan_back(const arch::Family& family,
                                          const Geometry& geometry,
                                          const GgufModel& model) {
  (void)geometry;
  std::vector<BackTensor> out;
  for (const format::GgufTensorPlace place : model.places()) {
    const GgufTensor& tensor = model.tensor(place);
    if (is_generated(tensor.name)) continue;
    std::optional<arch::RuleMatch> found;
    for (const auto& table : family.rules)
      for (const arch::TensorRule& rule : table) {
        if (rule.gguf.empty() || rule.op == Op::kDrop) continue;
        const auto match = arch::match_gguf(rule, tensor.name);
        if (!match) continue;
        const bool special = !rule.beside.empty();
        if (special) {
          const std::string other =
              arch::fill_name(rule.beside, match->numbers) + ".weight";
          if (!model.find(other)) continue;
        }
        if (!found || (special && found->rule->beside.empty())) found = match;
      }
    if (!found) return cannot(tensor);
    HUG_TRY(add(*found, tensor, place, model, out));
  }
  std::sort(
      out.begin(), out.end(),
      [](const BackTensor& a, const BackTensor& b) { return a.name < b.name; });
  return out;
}

Result<StreamItem> back_item(const BackTensor& tensor, tensor::DType to,
                             const Geometry& geometry, const GgufModel& model) {
  Maker maker{tensor, geometry, model.tensor(tensor.place),
              HUG_TRY(model.data(tensor.place))};
  if (tensor.other) {
    maker.value = &model.tensor(*tensor.other);
    maker.value_source = HUG_TRY(model.data(*tensor.other));
  }
  maker.to = to;
  maker.length = tensor.shape.empty() ? 1 : tensor.shape.back();
  const std::uint64_t n = HUG_TRY(tensor::element_count(tensor.shape));
  maker.n_rows = maker.length != 0 ? n / maker.length : 0;
  StreamItem item;
  item.name = tensor.name;
  item.n_rows = maker.n_rows;
  item.row_bytes = maker.length * tensor::info(to).bytes;
  item.block_rows = tensor.op == Op::kTranspose
                        ? std::max<std::uint64_t>(1, maker.n_rows)
                        : std::max<std::uint64_t>(
                              1, (std::uint64_t{1} << 20) /
                                     std::max<std::uint64_t>(1, maker.length));
  item.make = [maker](std::uint64_t first, std::uint64_t count,
                      std::span<std::byte> out, arch::GatherBuffers& buffers) {
    return maker.make(first, count, out, buffers);
  };
  return item;
}

}  // namespace hug::convert
