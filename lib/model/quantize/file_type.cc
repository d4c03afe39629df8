#include "quantize/file_type.h"

#include <algorithm>
#include <array>
#include <string>

#include "base/strings.h"

namespace hug::quantize {
namespace {

using tensor::DType;

constexpr std::array kFileTypes = {
    FileTypeInfo{FileType::kF32, "F32", DType::kF32, "all F32"},
    FileTypeInfo{FileType::kF16, "F16", DType::kF16, "F16"},
    FileTypeInfo{FileType::kBf16, "BF16", DType::kBf16, "BF16"},
    FileTypeInfo{FileType::kQ8_0, "Q8_0", DType::kQ8_0, "Q8_0"},
    FileTypeInfo{FileType::kQ6K, "Q6_K", DType::kQ6K, "Q6_K"},
    FileTypeInfo{FileType::kQ5KM, "Q5_K_M", DType::kQ5K, "Q5_K - Medium"},
    FileTypeInfo{FileType::kQ5KS, "Q5_K_S", DType::kQ5K, "Q5_K - Small"},
    FileTypeInfo{FileType::kQ5_1, "Q5_1", DType::kQ5_1, "Q5_1"},
    FileTypeInfo{FileType::kQ5_0, "Q5_0", DType::kQ5_0, "Q5_0"},
    FileTypeInfo{FileType::kQ4KM, "Q4_K_M", DType::kQ4K, "Q4_K - Medium"},
    FileTypeInfo{FileType::kQ4KS, "Q4_K_S", DType::kQ4K, "Q4_K - Small"},
    FileTypeInfo{FileType::kQ4_1, "Q4_1", DType::kQ4_1, "Q4_1"},
    FileTypeInfo{FileType::kQ4_0, "Q4_0", DType::kQ4_0, "Q4_0"},
    FileTypeInfo{FileType::kIq4Nl, "IQ4_NL", DType::kIq4Nl, "IQ4_NL - 4.5 bpw"},
    FileTypeInfo{FileType::kIq4Xs, "IQ4_XS", DType::kIq4Xs,
                 "IQ4_XS - 4.25 bpw"},
    FileTypeInfo{FileType::kMxfp4Moe, "MXFP4_MOE", DType::kMxfp4, "MXFP4 MoE"},
    FileTypeInfo{FileType::kNvfp4, "NVFP4", DType::kNvfp4, "NVFP4"},
    FileTypeInfo{FileType::kQ3KL, "Q3_K_L", DType::kQ3K, "Q3_K - Large"},
    FileTypeInfo{FileType::kQ3KM, "Q3_K_M", DType::kQ3K, "Q3_K - Medium"},
    FileTypeInfo{FileType::kQ3KS, "Q3_K_S", DType::kQ3K, "Q3_K - Small"},
    FileTypeInfo{FileType::kIq3M, "IQ3_M", DType::kIq3S,
                 "IQ3_S mix - 3.66 bpw"},
    FileTypeInfo{FileType::kIq3S, "IQ3_S", DType::kIq3S, "IQ3_S - 3.4375 bpw"},
    FileTypeInfo{FileType::kIq3Xs, "IQ3_XS", DType::kIq3S, "IQ3_XS - 3.3 bpw"},
    FileTypeInfo{FileType::kIq3Xxs, "IQ3_XXS", DType::kIq3Xxs,
                 "IQ3_XXS - 3.0625 bpw"},
    FileTypeInfo{FileType::kQ2K, "Q2_K", DType::kQ2K, "Q2_K - Medium"},
    FileTypeInfo{FileType::kQ2KS, "Q2_K_S", DType::kQ2K, "Q2_K - Small"},
    FileTypeInfo{FileType::kIq2M, "IQ2_M", DType::kIq2S, "IQ2_M - 2.7 bpw"},
    FileTypeInfo{FileType::kIq2S, "IQ2_S", DType::kIq2Xs, "IQ2_S - 2.5 bpw"},
    FileTypeInfo{FileType::kIq2Xs, "IQ2_XS", DType::kIq2Xs,
                 "IQ2_XS - 2.3125 bpw"},
    FileTypeInfo{FileType::kIq2Xxs, "IQ2_XXS", DType::kIq2Xxs,
                 "IQ2_XXS - 2.0625 bpw"},
    FileTypeInfo{FileType::kQ2_0, "Q2_0", DType::kQ2_0, "Q2_0"},
    FileTypeInfo{FileType::kTq2_0, "TQ2_0", DType::kTq2_0,
                 "TQ2_0 - 2.06 bpw ternary"},
    FileTypeInfo{FileType::kTq1_0, "TQ1_0", DType::kTq1_0,
                 "TQ1_0 - 1.69 bpw ternary"},
    FileTypeInfo{FileType::kIq1M, "IQ1_M", DType::kIq1M, "IQ1_M - 1.75 bpw"},
    FileTypeInfo{FileType::kIq1S, "IQ1_S", DType::kIq1S, "IQ1_S - 1.5625 bpw"},
    FileTypeInfo{FileType::kQ1_0, "Q1_0", DType::kQ1_0, "Q1_0"},
};

struct Alias {
  std::string_view name;
  FileType type;
};

constexpr Alias kAliases[] = {
    {"Q3_K", FileType::kQ3KM},
    {"Q4_K", FileType::kQ4KM},
    {"Q5_K", FileType::kQ5KM},
    {"MXFP4", FileType::kMxfp4Moe},
};

/// Names that share most of their beginning with the text.
std::string similar_names(std::string_view text) {
  const std::string wanted = base::to_lower(text);
  std::string list;
  for (std::size_t n = wanted.size(); n > 0 && list.empty(); n--)
    for (const FileTypeInfo& type : kFileTypes)
      if (base::to_lower(type.name).starts_with(wanted.substr(0, n)))
        list += (list.empty() ? "" : ", ") + base::to_lower(type.name);
  return list.empty() ? "q4_k_m, q5_k_m, q6_k, q8_0, f16" : list;
}

}  // namespace

std::span<const FileTypeInfo> all_file_types() noexcept {
  return kFileTypes;
}

const FileTypeInfo& info(FileType type) noexcept {
  const auto* const found =
      std::ranges::find(kFileTypes, type, &FileTypeInfo::type);
  return found == kFileTypes.end() ? kFileTypes.front() : *found;
}

std::optional<FileType> file_type_from_id(std::uint32_t id) noexcept {
  const auto type = static_cast<FileType>(id & ~1024U);
  const auto* const found =
      std::ranges::find(kFileTypes, type, &FileTypeInfo::type);
  if (found == kFileTypes.end()) return std::nullopt;
  return type;
}

Result<FileType> find_file_type(std::string_view text) {
  for (const FileTypeInfo& type : kFileTypes)
    if (base::equal_ignoring_case(type.name, text)) return type.type;
  for (const Alias& alias : kAliases)
    if (base::equal_ignoring_case(alias.name, text)) return alias.type;
  if (const auto id = base::parse_unsigned(text); id && *id < 1024)
    if (const auto type = file_type_from_id(static_cast<std::uint32_t>(*id)))
      return *type;
  return Error(Code::kUsage,
               "unknown file type '" + std::string(text.substr(0, 40)) + "'")
      .hint("try one of: " + similar_names(text));
}

}  // namespace hug::quantize
