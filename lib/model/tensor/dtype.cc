#include "tensor/dtype.h"

#include <algorithm>
#include <array>
#include <string>

#include "base/checked.h"
#include "base/strings.h"

namespace hug::tensor {
namespace {

using enum Family;

constexpr std::array kTypes = {
    DTypeInfo{DType::kF32, "f32", "F32", 1, 4, kFloat},
    DTypeInfo{DType::kF16, "f16", "F16", 1, 2, kFloat},
    DTypeInfo{DType::kQ4_0, "q4_0", "", 32, 18, kQuantized},
    DTypeInfo{DType::kQ4_1, "q4_1", "", 32, 20, kQuantized},
    DTypeInfo{DType::kQ5_0, "q5_0", "", 32, 22, kQuantized},
    DTypeInfo{DType::kQ5_1, "q5_1", "", 32, 24, kQuantized},
    DTypeInfo{DType::kQ8_0, "q8_0", "", 32, 34, kQuantized},
    DTypeInfo{DType::kQ8_1, "q8_1", "", 32, 36, kQuantized},
    DTypeInfo{DType::kQ2K, "q2_K", "", 256, 84, kQuantized},
    DTypeInfo{DType::kQ3K, "q3_K", "", 256, 110, kQuantized},
    DTypeInfo{DType::kQ4K, "q4_K", "", 256, 144, kQuantized},
    DTypeInfo{DType::kQ5K, "q5_K", "", 256, 176, kQuantized},
    DTypeInfo{DType::kQ6K, "q6_K", "", 256, 210, kQuantized},
    DTypeInfo{DType::kQ8K, "q8_K", "", 256, 292, kQuantized},
    DTypeInfo{DType::kIq2Xxs, "iq2_xxs", "", 256, 66, kQuantized},
    DTypeInfo{DType::kIq2Xs, "iq2_xs", "", 256, 74, kQuantized},
    DTypeInfo{DType::kIq3Xxs, "iq3_xxs", "", 256, 98, kQuantized},
    DTypeInfo{DType::kIq1S, "iq1_s", "", 256, 50, kQuantized},
    DTypeInfo{DType::kIq4Nl, "iq4_nl", "", 32, 18, kQuantized},
    DTypeInfo{DType::kIq3S, "iq3_s", "", 256, 110, kQuantized},
    DTypeInfo{DType::kIq2S, "iq2_s", "", 256, 82, kQuantized},
    DTypeInfo{DType::kIq4Xs, "iq4_xs", "", 256, 136, kQuantized},
    DTypeInfo{DType::kI8, "i8", "I8", 1, 1, kInteger},
    DTypeInfo{DType::kI16, "i16", "I16", 1, 2, kInteger},
    DTypeInfo{DType::kI32, "i32", "I32", 1, 4, kInteger},
    DTypeInfo{DType::kI64, "i64", "I64", 1, 8, kInteger},
    DTypeInfo{DType::kF64, "f64", "F64", 1, 8, kFloat},
    DTypeInfo{DType::kIq1M, "iq1_m", "", 256, 56, kQuantized},
    DTypeInfo{DType::kBf16, "bf16", "BF16", 1, 2, kFloat},
    DTypeInfo{DType::kTq1_0, "tq1_0", "", 256, 54, kQuantized},
    DTypeInfo{DType::kTq2_0, "tq2_0", "", 256, 66, kQuantized},
    DTypeInfo{DType::kMxfp4, "mxfp4", "", 32, 17, kQuantized},
    DTypeInfo{DType::kNvfp4, "nvfp4", "", 64, 36, kQuantized},
    DTypeInfo{DType::kQ1_0, "q1_0", "", 128, 18, kQuantized},
    DTypeInfo{DType::kQ2_0, "q2_0", "", 64, 18, kQuantized},
    DTypeInfo{DType::kBool, "bool", "BOOL", 1, 1, kInteger},
    DTypeInfo{DType::kU8, "u8", "U8", 1, 1, kInteger},
    DTypeInfo{DType::kU16, "u16", "U16", 1, 2, kInteger},
    DTypeInfo{DType::kU32, "u32", "U32", 1, 4, kInteger},
    DTypeInfo{DType::kU64, "u64", "U64", 1, 8, kInteger},
    DTypeInfo{DType::kF8E4M3, "f8_e4m3", "F8_E4M3", 1, 1, kFloat},
    DTypeInfo{DType::kF8E5M2, "f8_e5m2", "F8_E5M2", 1, 1, kFloat},
    DTypeInfo{DType::kF8E4M3Fnuz, "f8_e4m3fnuz", "F8_E4M3FNUZ", 1, 1, kFloat},
    DTypeInfo{DType::kF8E5M2Fnuz, "f8_e5m2fnuz", "F8_E5M2FNUZ", 1, 1, kFloat},
    DTypeInfo{DType::kF8E8M0, "f8_e8m0", "F8_E8M0", 1, 1, kFloat},
    DTypeInfo{DType::kF4, "f4", "F4", 2, 1, kFloat},
    DTypeInfo{DType::kF6E2M3, "f6_e2m3", "F6_E2M3", 4, 3, kFloat},
    DTypeInfo{DType::kF6E3M2, "f6_e3m2", "F6_E3M2", 4, 3, kFloat},
    DTypeInfo{DType::kC64, "c64", "C64", 1, 8, kComplex},
};

/// Position in kTypes by value; 255 where there is no such type.
constexpr auto kIndex = [] {
  std::array<std::uint8_t, 256> index{};
  index.fill(255);
  for (std::size_t i = 0; i < kTypes.size(); i++)
    index[static_cast<std::size_t>(kTypes[i].type)] =
        static_cast<std::uint8_t>(i);
  return index;
}();

struct ForeignType {
  int id;
  std::string_view name;
};

constexpr ForeignType kRemoved[] = {
    {4, "q4_2"},        {5, "q4_3"},        {31, "q4_0_4_4"},
    {32, "q4_0_4_8"},   {33, "q4_0_8_8"},   {36, "iq4_nl_4_4"},
    {37, "iq4_nl_4_8"}, {38, "iq4_nl_8_8"},
};

constexpr ForeignType kIkLlama[] = {
    {97, "q8_0_x4"}, {98, "q8_1_x4"}, {99, "q8_2_x4"},  {133, "q6_0"},
    {134, "iq1_bn"}, {135, "iq2_bn"}, {136, "q8_k64"},  {137, "iq2_k"},
    {138, "iq3_k"},  {139, "iq4_k"},  {140, "iq5_k"},   {141, "iq6_k"},
    {144, "iq4_ks"}, {145, "iq2_ks"}, {146, "iq4_kss"}, {147, "q8_k16"},
    {148, "q8_k32"}, {149, "q8_kr8"}, {150, "q8_k128"}, {151, "q8_kv"},
    {152, "iq5_ks"}, {153, "iq2_kt"}, {154, "iq3_kt"},  {155, "iq4_kt"},
    {156, "iq3_ks"}, {157, "iq2_kl"}, {158, "iq1_kt"},
};

template <std::size_t N>
std::string_view find_foreign(const ForeignType (&types)[N], std::int64_t id) {
  const auto* const found = std::ranges::find(types, id, &ForeignType::id);
  return found == std::end(types) ? std::string_view() : found->name;
}

}  // namespace

std::span<const DTypeInfo> all_dtypes() noexcept {
  return kTypes;
}

const DTypeInfo& info(DType type) noexcept {
  const std::uint8_t index = kIndex[static_cast<std::size_t>(type)];
  return kTypes[index == 255 ? 0 : index];
}

Result<DType> dtype_from_gguf(std::int64_t id) {
  if (id >= 0 && id < 128 && kIndex[static_cast<std::size_t>(id)] != 255)
    return static_cast<DType>(id);
  const std::string number = std::to_string(id);
  if (const auto text = find_foreign(kRemoved, id); !text.empty())
    return Error(Code::kUnsupported, "tensor type " + number + " (" +
                                         std::string(text) + ") was removed")
        .hint("quantize the model again from its original weights");
  if (const auto text = find_foreign(kIkLlama, id); !text.empty())
    return Error(Code::kUnsupported, "tensor type " + number + " (" +
                                         std::string(text) +
                                         ") exists in ik_llama.cpp only")
        .hint("run this file with ik_llama.cpp, or take another one");
  if (id >= 200 && id < 400)
    return Error(Code::kUnsupported,
                 "tensor type " + number +
                     " is a row-interleaved type of ik_llama.cpp")
        .hint("run this file with ik_llama.cpp, or take another one");
  return Error(Code::kUnsupported, "unknown tensor type " + number);
}

Result<DType> dtype_from_safetensors(std::string_view text) {
  for (const DTypeInfo& type : kTypes)
    if (!type.safetensors.empty() && type.safetensors == text) return type.type;
  return Error(Code::kUnsupported,
               "unknown data type '" + std::string(text.substr(0, 40)) + "'");
}

std::optional<DType> find_dtype(std::string_view text) noexcept {
  for (const DTypeInfo& type : kTypes)
    if (base::equal_ignoring_case(type.name, text)) return type.type;
  return std::nullopt;
}

Result<std::uint64_t> row_bytes(DType type, std::uint64_t n) {
  const DTypeInfo& t = info(type);
  if (n % t.block != 0)
    return Error(Code::kCorrupt, "a row of " + std::to_string(n) +
                                     " elements is not a multiple of the " +
                                     std::to_string(t.block) + " of " +
                                     std::string(t.name));
  const auto bytes = base::checked_mul<std::uint64_t>(n / t.block, t.bytes);
  if (!bytes)
    return Error(Code::kCorrupt,
                 "a row of " + std::to_string(n) + " elements is too long");
  return *bytes;
}

Result<std::uint64_t> element_count(std::span<const std::uint64_t> shape) {
  std::uint64_t count = 1;
  bool zero = false;
  for (const std::uint64_t n : shape) {
    zero = zero || n == 0;
    const auto more = base::checked_mul(count, n == 0 ? 1 : n);
    if (!more) return Error(Code::kCorrupt, "a tensor's shape is too large");
    count = *more;
  }
  return zero ? 0 : count;
}

Result<std::uint64_t> tensor_bytes(DType type, std::uint64_t n_per_row,
                                   std::uint64_t n_row) {
  const std::uint64_t row = HUG_TRY(row_bytes(type, n_per_row));
  const auto bytes = base::checked_mul(row, n_row);
  if (!bytes) return Error(Code::kCorrupt, "a tensor is too large");
  return *bytes;
}

}  // namespace hug::tensor
