// Whether stored bytes can be values: what must be finite is.
#include <cstring>
#include <string>

#include "tensor/codec.h"

namespace hug::tensor {
namespace {

/// Where the f16 fields of a block lie.
struct HalfFields {
  int first = -1;  // byte offsets; -1 where there is none
  int second = -1;
};

HalfFields half_fields(DType type) {
  switch (type) {
    case DType::kQ4_1:
    case DType::kQ5_1:
    case DType::kQ4K:
    case DType::kQ5K:
      return {0, 2};
    case DType::kQ2K:
      return {80, 82};
    case DType::kQ3K:
      return {108, -1};
    case DType::kQ6K:
      return {208, -1};
    case DType::kTq1_0:
      return {52, -1};
    case DType::kTq2_0:
      return {64, -1};
    default:
      return {0, -1};
  }
}

std::uint16_t half_at(const std::byte* p) {
  return static_cast<std::uint16_t>(std::to_integer<unsigned>(p[0]) |
                                    std::to_integer<unsigned>(p[1]) << 8);
}

bool finite_half(std::uint16_t bits) {
  return (bits & 0x7c00) != 0x7c00;
}

bool good_iq1_m(const std::byte* block) {
  unsigned top = 0;  // the exponent lies in the topmost two nibbles
  for (int k = 0; k < 4; k++)
    top |= (std::to_integer<unsigned>(block[49 + 2 * k]) >> 4) << (4 * k);
  return finite_half(static_cast<std::uint16_t>(top));
}

template <class Word>
bool finite_word(const std::byte* p, Word exponent) {
  Word bits{};
  std::memcpy(&bits, p, sizeof bits);
  return (bits & exponent) != exponent;
}

bool good_block(DType type, const std::byte* p) {
  switch (type) {
    case DType::kF32:
    case DType::kQ8K:
      return finite_word<std::uint32_t>(p, 0x7f800000U);
    case DType::kF64:
      return finite_word<std::uint64_t>(p, 0x7ff0000000000000U);
    case DType::kBf16:
      return (half_at(p) & 0x7f80) != 0x7f80;
    case DType::kMxfp4:
      return p[0] != std::byte{0xff};
    case DType::kIq1M:
      return good_iq1_m(p);
    default: {
      const HalfFields at = half_fields(type);
      return finite_half(half_at(p + at.first)) &&
             (at.second < 0 || finite_half(half_at(p + at.second)));
    }
  }
}

/// Whether no word has all bits of the exponent; in a form that compilers make
/// wide instructions of.
template <class Word>
bool all_finite(std::span<const std::byte> bytes, Word exponent) {
  unsigned bad = 0;
  for (std::size_t i = 0; i < bytes.size(); i += sizeof(Word)) {
    Word bits{};
    std::memcpy(&bits, bytes.data() + i, sizeof bits);
    bad |= static_cast<Word>(bits & exponent) == exponent ? 1U : 0U;
  }
  return bad == 0;
}

/// Whether a quick look shows that nothing is wrong.
bool clean(DType type, std::span<const std::byte> bytes) {
  switch (type) {
    case DType::kF32:
      return all_finite<std::uint32_t>(bytes, 0x7f800000U);
    case DType::kF16:
      return all_finite<std::uint16_t>(bytes, 0x7c00);
    case DType::kBf16:
      return all_finite<std::uint16_t>(bytes, 0x7f80);
    default:
      return false;
  }
}

/// Types whose bytes cannot be wrong.
bool always_valid(DType type) {
  return info(type).family == Family::kInteger || type == DType::kNvfp4;
}

}  // namespace

Result<void> validate_rows(DType type, std::span<const std::byte> blocks) {
  const DTypeInfo& t = info(type);
  if (!t.in_gguf() || type == DType::kQ8_1)
    return Error(Code::kUnsupported,
                 std::string(t.name) + " has no place in a model file");
  if (blocks.size() % t.bytes != 0)
    return Error(Code::kCorrupt, std::to_string(blocks.size()) +
                                     " bytes are not a multiple of the " +
                                     std::to_string(t.bytes) + " of " +
                                     std::string(t.name));
  if (always_valid(type) || clean(type, blocks)) return {};
  const std::size_t n = blocks.size() / t.bytes;
  for (std::size_t i = 0; i < n; i++)
    if (!good_block(type, blocks.data() + i * t.bytes))
      return Error(Code::kCorrupt,
                   std::string(t.quantized() ? "block " : "element ") +
                       std::to_string(i) + " is not finite");
  return {};
}

}  // namespace hug::tensor
