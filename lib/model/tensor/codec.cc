#include "tensor/codec.h"

#include <cstring>
#include <string>

#include "base/checked.h"
#include "tensor/kernels/table.h"
#include "tensor/plain_types.h"

namespace hug::tensor {
namespace {

Error mismatch(DType type, std::string_view what) {
  return Error(Code::kUsage, std::string(name(type)) + ": " +
                                 std::string(what) + " have the wrong size");
}

bool in_tables(DType type) {
  return info(type).in_gguf();
}

EncodeFn find_encoder(DType type, Isa isa) {
  if (!in_tables(type)) return nullptr;
  return kernels(isa).encode[static_cast<std::size_t>(type)];
}

/// What to ask for instead of a type that cannot be made.
std::string_view substitute(DType type) {
  switch (type) {
    case DType::kIq1S:
    case DType::kIq1M:
    case DType::kIq2Xxs:
    case DType::kIq2Xs:
    case DType::kIq2S:
      return "use q2_K, or tq2_0 for a ternary model";
    case DType::kIq3Xxs:
    case DType::kIq3S:
      return "use q3_K or iq4_xs";
    case DType::kQ8_1:
    case DType::kQ8K:
      return "use q8_0";
    default:
      return "use f16, bf16 or f32";
  }
}

}  // namespace

const KernelTable& kernels(Isa isa) noexcept {
#if defined(HUG_HAVE_X86_KERNELS)
  if (isa == Isa::kAvx512) return kKernelsAvx512;
  if (isa == Isa::kAvx2) return kKernelsAvx2;
#endif
  (void)isa;
  return kKernelsScalar;
}

bool can_decode(DType type) noexcept {
  return type != DType::kC64;
}

bool can_encode(DType type) noexcept {
  return find_encoder(type, Isa::kScalar) != nullptr;
}

Result<void> check_encodable(DType type) {
  if (can_encode(type)) return {};
  return Error(Code::kUnsupported,
               "cannot encode to " + std::string(name(type)))
      .hint(std::string(substitute(type)));
}

bool uses_importance(DType type) noexcept {
  switch (type) {
    case DType::kQ4_0:
    case DType::kQ4_1:
    case DType::kQ5_0:
    case DType::kQ5_1:
    case DType::kQ2K:
    case DType::kQ3K:
    case DType::kQ4K:
    case DType::kQ5K:
    case DType::kQ6K:
    case DType::kIq4Nl:
    case DType::kIq4Xs:
    case DType::kIq1S:
    case DType::kIq1M:
    case DType::kIq2Xxs:
    case DType::kIq2Xs:
    case DType::kIq2S:
    case DType::kIq3Xxs:
    case DType::kIq3S:
      return true;
    default:
      return false;
  }
}

Result<void> decode_rows(DType type, std::span<const std::byte> blocks,
                         std::span<float> out, Isa isa) {
  const std::uint64_t bytes = HUG_TRY(row_bytes(type, out.size()));
  if (bytes != blocks.size()) return mismatch(type, "bytes to decode");
  if (out.empty()) return {};
  const DecodeFn decode =
      in_tables(type) ? kernels(isa).decode[static_cast<std::size_t>(type)]
                      : nullptr;
  if (decode == nullptr) return decode_plain(type, blocks, out);
  decode(blocks.data(), out.data(), out.size());
  return {};
}

Result<void> encode_rows(DType type, std::span<const float> rows,
                         std::size_t n_per_row,
                         std::span<const float> importance,
                         std::span<std::byte> out, Isa isa) {
  HUG_TRY(check_encodable(type));
  if (rows.empty() && out.empty()) return {};
  if (n_per_row == 0 || rows.size() % n_per_row != 0)
    return mismatch(type, "rows");
  if (!importance.empty() && importance.size() != n_per_row)
    return mismatch(type, "importances");
  const std::size_t n_row = rows.size() / n_per_row;
  const std::uint64_t bytes = HUG_TRY(tensor_bytes(type, n_per_row, n_row));
  if (bytes != out.size()) return mismatch(type, "encoded bytes");
  EncodeArgs args;
  args.x = rows.data();
  args.n_row = n_row;
  args.n_per_row = n_per_row;
  args.importance = importance.empty() ? nullptr : importance.data();
  args.out = out.data();
  find_encoder(type, isa)(args);
  return {};
}

}  // namespace hug::tensor
