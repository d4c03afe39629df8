#include "convert/output_type.h"

#include "base/strings.h"

namespace hug::convert {

using quantize::FileType;
using tensor::DType;

namespace {

struct Plain {
  std::string_view name;
  DType tensor;
  FileType file;
};

// What the reference converter writes itself.
constexpr Plain kPlain[] = {
    {"f32", DType::kF32, FileType::kF32},
    {"f16", DType::kF16, FileType::kF16},
    {"bf16", DType::kBf16, FileType::kBf16},
    {"q8_0", DType::kQ8_0, FileType::kQ8_0},
    {"tq1_0", DType::kTq1_0, FileType::kTq1_0},
    {"tq2_0", DType::kTq2_0, FileType::kTq2_0},
};

}  // namespace

Result<OutputType> find_output_type(std::string_view text, DType guess) {
  std::string name = base::to_lower(text);
  if (name == "auto" || name.empty()) name = tensor::name(guess);
  for (const Plain& plain : kPlain)
    if (plain.name == name)
      return OutputType{
          name, plain.tensor, static_cast<std::uint32_t>(plain.file), {}};
  const FileType type = HUG_TRY(quantize::find_file_type(text));
  const auto& info = quantize::info(type);
  return OutputType{base::to_lower(info.name), info.base,
                    static_cast<std::uint32_t>(type), type};
}

void choose_source_types(arch::TensorPlan& plan,
                         const format::Checkpoint& checkpoint) {
  DType wanted = arch::guess_type(checkpoint);
  // Nothing is lost on the way: f32 weights are taken as f32.
  for (const auto& tensor : checkpoint.tensors)
    if (tensor.shape.size() >= 2 && tensor.type == DType::kF32)
      wanted = DType::kF32;
  choose_types(plan, wanted);
}

}  // namespace hug::convert
