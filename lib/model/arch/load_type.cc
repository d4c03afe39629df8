#include "arch/load_type.h"

#include <array>
#include <string>

#include "arch/tensor_set.h"
#include "base/strings.h"
#include "tensor/codec.h"

namespace hug::arch {

using tensor::DType;

namespace {

// What needs no importance matrix.
constexpr std::array kTypes = {
    DType::kF32,  DType::kF16,  DType::kBf16, DType::kQ4_0,  DType::kQ4_1,
    DType::kQ5_0, DType::kQ5_1, DType::kQ8_0, DType::kQ2K,   DType::kQ3K,
    DType::kQ4K,  DType::kQ5K,  DType::kQ6K,  DType::kIq4Nl, DType::kIq4Xs,
};

// The type with blocks of 32 that is nearest in size.
DType with_small_blocks(DType type) noexcept {
  switch (type) {
    case DType::kQ5K:
      return DType::kQ5_1;
    case DType::kQ6K:
      return DType::kQ8_0;
    case DType::kQ4K:
      return DType::kQ5_0;
    default:
      return DType::kIq4Nl;
  }
}

bool fits(DType type, std::uint64_t row_length) noexcept {
  return row_length % tensor::info(type).block == 0;
}

}  // namespace

bool stays_f32(std::string_view name, std::size_t n_dims) noexcept {
  if (n_dims <= 1 || name.ends_with("_norm.weight")) return true;
  if (!name.ends_with(".weight")) return true;
  for (const std::string_view end :
       {".ffn_gate_inp.weight", ".ffn_gate_inp_shexp.weight",
        ".ssm_conv1d.weight", ".shortconv.conv.weight"})
    if (name.ends_with(end)) return true;
  return name == "position_embd.weight" || name == "token_types.weight";
}

std::optional<DType> type_at_load(const MatrixFacts& matrix,
                                  DType wanted) noexcept {
  const DType from = matrix.type;
  if (from != DType::kF32 && from != DType::kF16 && from != DType::kBf16)
    return std::nullopt;
  if (stays_f32(matrix.name, matrix.n_dims)) return std::nullopt;
  const bool embeddings = matrix.name == "token_embd.weight";
  if (embeddings && !matrix.is_tied) return std::nullopt;
  DType to = wanted;
  // The output matters more than its size.
  const bool output = embeddings || matrix.name == "output.weight";
  const bool few_bits =
      tensor::info(to).bytes * 256 / tensor::info(to).block < 210;
  if (output && few_bits) to = DType::kQ6K;
  if (!fits(to, matrix.row_length)) to = with_small_blocks(to);
  if (!fits(to, matrix.row_length)) return std::nullopt;
  // Nothing is gained by other 16 bits than there are; f32 is asked for where
  // products are to be exact.
  if (tensor::info(to).bytes == tensor::info(from).bytes &&
      tensor::info(to).block == 1)
    return std::nullopt;
  return to == from ? std::nullopt : std::optional(to);
}

Result<DType> find_load_type(std::string_view name) {
  const auto wanted = tensor::find_dtype(name);
  std::string known;
  for (const DType type : kTypes) {
    if (wanted == type) return type;
    known += (known.empty() ? "" : ", ") + base::to_lower(tensor::name(type));
  }
  return Error(Code::kUsage, "models cannot be quantized to '" +
                                 std::string(name) + "' while they are loaded")
      .hint("use one of " + known + "; hug quantize knows more");
}

}  // namespace hug::arch
