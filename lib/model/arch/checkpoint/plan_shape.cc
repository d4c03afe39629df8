#include "arch/checkpoint/plan_shape.h"

#include "base/checked.h"
#include "tensor/dtype.h"

namespace hug::arch {

namespace {

std::string print(const std::vector<std::uint64_t>& shape) {
  std::string out = "[";
  for (const std::uint64_t d : shape) {
    if (out.size() > 1) out += ", ";
    out += std::to_string(d);
  }
  return out + "]";
}

Error misfit(const PlannedTensor& tensor, const std::string& wanted) {
  return Error(Code::kCorrupt,
               "tensor '" + tensor.parts[0]->name + "' has the shape " +
                   print(tensor.parts[0]->shape) + ", not " + wanted);
}

Result<void> divides(const PlannedTensor& tensor, std::uint64_t heads,
                     std::uint64_t multiple) {
  const auto& shape = tensor.parts[0]->shape;
  const auto n = base::checked_mul(heads, multiple);
  if (shape.empty() || heads == 0 || !n || shape[0] % *n != 0)
    return misfit(tensor, "rows for " + std::to_string(heads) + " heads");
  return {};
}

Result<void> shape_stack(PlannedTensor& out) {
  const auto& first = *out.parts[0];
  for (const auto* part : out.parts)
    if (part->shape != first.shape || part->type != first.type)
      return Error(Code::kCorrupt, "tensors '" + first.name + "' and '" +
                                       part->name +
                                       "' belong together but differ");
  out.shape = first.shape;
  out.shape.insert(out.shape.begin(), out.parts.size());
  return {};
}

Result<void> shape_latent(PlannedTensor& out, const Geometry& g) {
  const auto& shape = out.parts[0]->shape;
  const std::uint64_t height = g.nope_dim + g.value_dim;
  if (shape.size() != 2 || g.n_head_kv == 0 || height == 0 ||
      shape[0] != g.n_head_kv * height)
    return misfit(out, std::to_string(g.n_head_kv) + " heads of " +
                           std::to_string(height) + " rows");
  if (out.op == Op::kKeyOfKvB)
    out.shape = {g.n_head_kv, shape[1], g.nope_dim};
  else
    out.shape = {g.n_head_kv, g.value_dim, shape[1]};
  return {};
}

Result<void> shape_mxfp4(PlannedTensor& out) {
  const auto& blocks = *out.parts[0];
  const auto& scales = *out.parts[1];
  if (blocks.shape.size() != 4 || blocks.shape[3] != 16 ||
      scales.shape != std::vector<std::uint64_t>(blocks.shape.begin(),
                                                 blocks.shape.end() - 1) ||
      blocks.type != tensor::DType::kU8 || scales.type != tensor::DType::kU8)
    return misfit(out, "blocks of 16 bytes with a scale each");
  const bool halves = out.op != Op::kMxfp4;
  if (halves && blocks.shape[1] % 2 != 0)
    return misfit(out, "pairs of gate and up rows");
  out.shape = {blocks.shape[0], halves ? blocks.shape[1] / 2 : blocks.shape[1],
               blocks.shape[2] * 32};
  return {};
}

Result<void> shape_halves(PlannedTensor& out) {
  out.shape = out.parts[0]->shape;
  const std::size_t n = out.shape.size();
  const bool last = out.op == Op::kEvenLast || out.op == Op::kOddLast;
  const bool transposed =
      out.op == Op::kEvenTransposed || out.op == Op::kOddTransposed;
  if (n < 2) return misfit(out, "two dimensions or more");
  if (transposed) std::swap(out.shape[n - 1], out.shape[n - 2]);
  std::uint64_t& dim = out.shape[last ? n - 1 : n - 2];
  if (dim % 2 != 0) return misfit(out, "two halves");
  dim /= 2;
  return {};
}

}  // namespace

Result<void> shape_tensor(PlannedTensor& out, const Geometry& g) {
  const auto& shape = out.parts[0]->shape;
  out.shape = shape;
  switch (out.op) {
    case Op::kPermuteQ:
      HUG_TRY(divides(out, g.n_head, 2));
      break;
    case Op::kPermuteK:
      HUG_TRY(divides(out, g.n_head_kv, 2));
      break;
    case Op::kNormalToNeoxQ:
      if (g.n_rot != 0) HUG_TRY(divides(out, g.n_head, g.head_dim));
      break;
    case Op::kNormalToNeoxK:
      if (g.n_rot != 0) HUG_TRY(divides(out, g.n_head_kv, g.head_dim));
      break;
    case Op::kHeadwiseQkv:
      HUG_TRY(divides(out, g.n_head, 3));
      break;
    case Op::kGroupedQkv:
      if (g.n_head_kv == 0 || g.n_head % g.n_head_kv != 0)
        return misfit(out, "groups of heads");
      HUG_TRY(divides(out, g.n_head_kv, g.n_head / g.n_head_kv + 2));
      break;
    case Op::kTranspose:
      if (shape.size() < 2) return misfit(out, "two dimensions or more");
      std::swap(out.shape[shape.size() - 1], out.shape[shape.size() - 2]);
      break;
    case Op::kSqueeze:
      if (shape.size() == 3 && shape[1] == 1) out.shape = {shape[0], shape[2]};
      break;
    case Op::kStack:
      HUG_TRY(shape_stack(out));
      break;
    case Op::kKeyOfKvB:
    case Op::kValueOfKvB:
      HUG_TRY(shape_latent(out, g));
      break;
    case Op::kEvenLast:
    case Op::kOddLast:
    case Op::kFirstHalf:
    case Op::kSecondHalf:
    case Op::kEvenTransposed:
    case Op::kOddTransposed:
      HUG_TRY(shape_halves(out));
      break;
    case Op::kMxfp4:
    case Op::kMxfp4Even:
    case Op::kMxfp4Odd:
      HUG_TRY(shape_mxfp4(out));
      break;
    case Op::kSkipPositions:
      if (shape.size() != 2 || shape[0] < g.position_offset)
        return misfit(out, "more than " + std::to_string(g.position_offset) +
                               " positions");
      out.shape[0] -= g.position_offset;
      break;
    case Op::kTrimVocab:
      if (g.n_vocab != 0 && !shape.empty() && shape[0] > g.n_vocab)
        out.shape[0] = g.n_vocab;
      break;
    default:
      break;
  }
  if (out.shape.size() > 4) return misfit(out, "at most four dimensions");
  if (out.shape.empty()) out.shape = {1};
  HUG_TRY(tensor::element_count(out.shape));
  return {};
}

}  // namespace hug::arch
