// The file types of gguf (general.file_type): what a user asks for with
// "q4_k_m" and what a file says of itself.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include "hug/result.h"
#include "tensor/dtype.h"

namespace hug::quantize {

/// Values are those stored in files.
enum class FileType : std::uint32_t {
  kF32 = 0,
  kF16 = 1,
  kQ4_0 = 2,
  kQ4_1 = 3,
  kQ8_0 = 7,
  kQ5_0 = 8,
  kQ5_1 = 9,
  kQ2K = 10,
  kQ3KS = 11,
  kQ3KM = 12,
  kQ3KL = 13,
  kQ4KS = 14,
  kQ4KM = 15,
  kQ5KS = 16,
  kQ5KM = 17,
  kQ6K = 18,
  kIq2Xxs = 19,
  kIq2Xs = 20,
  kQ2KS = 21,
  kIq3Xs = 22,
  kIq3Xxs = 23,
  kIq1S = 24,
  kIq4Nl = 25,
  kIq3S = 26,
  kIq3M = 27,
  kIq2S = 28,
  kIq2M = 29,
  kIq4Xs = 30,
  kIq1M = 31,
  kBf16 = 32,
  kTq1_0 = 36,
  kTq2_0 = 37,
  kMxfp4Moe = 38,
  kNvfp4 = 39,
  kQ1_0 = 40,
  kQ2_0 = 41,
};

struct FileTypeInfo {
  FileType type = FileType::kF32;
  std::string_view name;                     // "Q4_K_M"
  tensor::DType base = tensor::DType::kF32;  // type of most of its tensors
  std::string_view label;  // "Q4_K - Medium", as the reference says it
};

std::span<const FileTypeInfo> all_file_types() noexcept;
const FileTypeInfo& info(FileType type) noexcept;
/// By the number in a file; the flag 1024 ("guessed") is ignored.
std::optional<FileType> file_type_from_id(std::uint32_t id) noexcept;
/// By name whatever the case, by number, or by an alias ("q4_k" is Q4_K_M).
/// Errors: kUsage with the nearest names as hint.
Result<FileType> find_file_type(std::string_view text);

}  // namespace hug::quantize
