// Which tensors of a checkpoint belong together.
#include <algorithm>
#include <map>
#include <set>

#include "arch/checkpoint/stored/packed_source.h"
#include "arch/checkpoint/stored/scaled_source.h"
#include "arch/checkpoint/stored/storage.h"

namespace hug::arch {

using format::CheckpointTensor;
using tensor::DType;

namespace {

// Of activations and caches, which are not rounded here.
bool is_foreign_scale(std::string_view name) {
  for (const std::string_view end :
       {".input_scale", ".activation_scale", ".output_scale", ".k_scale",
        ".v_scale", ".q_scale", ".prob_scale", ".input_zero_point"})
    if (name.ends_with(end)) return true;
  return false;
}

class Expander {
 public:
  Expander(const Storage& storage, format::Checkpoint& checkpoint)
      : storage_(storage), checkpoint_(checkpoint) {
    for (const CheckpointTensor& tensor : checkpoint.tensors)
      by_name_.emplace(tensor.name, &tensor);
  }

  Result<void> run();

 private:
  const CheckpointTensor* take(const std::string& name);
  Result<void> expand(CheckpointTensor& tensor);
  Result<void> expand_scaled(CheckpointTensor& tensor,
                             const CheckpointTensor& scale);
  Result<void> expand_packed(CheckpointTensor& tensor, std::string_view words,
                             std::string_view scales, std::string_view zeros,
                             std::string_view index);
  void replace(CheckpointTensor& tensor, ByteSourcePtr source);

  const Storage& storage_;
  format::Checkpoint& checkpoint_;
  std::map<std::string_view, const CheckpointTensor*> by_name_;
  std::set<std::string> used_;
};

const CheckpointTensor* Expander::take(const std::string& name) {
  const auto it = by_name_.find(name);
  if (it == by_name_.end()) return nullptr;
  used_.insert(name);
  return it->second;
}

void Expander::replace(CheckpointTensor& tensor, ByteSourcePtr source) {
  tensor.type = DType::kF32;
  tensor.rounded = storage_.compute;
  tensor.bytes = source->size();
  tensor.source = std::move(source);
}

Result<void> Expander::expand_scaled(CheckpointTensor& tensor,
                                     const CheckpointTensor& scale) {
  const CheckpointTensor weight = tensor;
  ScaledParts parts;
  parts.weight = &weight;
  parts.scale = &scale;
  parts.zero = take(tensor.name + "_zero_point");
  replace(tensor,
          HUG_TRY(make_scaled_source(storage_, parts, tensor.source->name())));
  return {};
}

Result<void> Expander::expand_packed(CheckpointTensor& tensor,
                                     std::string_view words,
                                     std::string_view scales,
                                     std::string_view zeros,
                                     std::string_view index) {
  const CheckpointTensor packed = tensor;
  const std::string stem =
      tensor.name.substr(0, tensor.name.size() - words.size());
  const auto part = [&](std::string_view end) {
    return take(stem + std::string(end));
  };
  PackedParts parts;
  parts.words = &packed;
  parts.scales = part(scales);
  parts.zeros = part(zeros);
  parts.index = part(index);
  parts.shape = part(".weight_shape");
  if (parts.scales == nullptr)
    return Error(Code::kCorrupt,
                 "the checkpoint has no '" + stem + std::string(scales) + "'");
  auto matrix = HUG_TRY(open_packed(storage_, parts, packed.source->name()));
  tensor.name = stem + ".weight";
  tensor.shape = std::move(matrix.shape);
  replace(tensor, std::move(matrix.source));
  return {};
}

Result<void> Expander::expand(CheckpointTensor& tensor) {
  const bool small = tensor.type == DType::kF8E4M3 ||
                     tensor.type == DType::kF8E5M2 || tensor.type == DType::kI8;
  if (small)
    for (const char* end : {"_scale_inv", "_scale"})
      if (const auto* scale = take(tensor.name + end))
        return expand_scaled(tensor, *scale);
  if (storage_.kind == StorageKind::kPacked &&
      tensor.name.ends_with(".weight_packed"))
    return expand_packed(tensor, ".weight_packed", ".weight_scale",
                         ".weight_zero_point", ".weight_g_idx");
  const bool words =
      storage_.kind == StorageKind::kGptq || storage_.kind == StorageKind::kAwq;
  if (words && tensor.name.ends_with(".qweight"))
    return expand_packed(tensor, ".qweight", ".scales", ".qzeros", ".g_idx");
  return {};
}

Result<void> Expander::run() {
  // Parts are looked up in what there was; the list is changed afterwards.
  std::vector<CheckpointTensor> out = checkpoint_.tensors;
  for (CheckpointTensor& tensor : out)
    HUG_TRY(expand(tensor));
  const bool plain = used_.empty() && storage_.kind == StorageKind::kPlain;
  std::erase_if(out, [&](const CheckpointTensor& tensor) {
    return used_.contains(tensor.name) ||
           (!plain && is_foreign_scale(tensor.name));
  });
  std::stable_sort(out.begin(), out.end(),
                   [](const CheckpointTensor& a, const CheckpointTensor& b) {
                     return a.file != b.file ? a.file < b.file
                                             : a.name < b.name;
                   });
  by_name_.clear();
  checkpoint_.tensors = std::move(out);
  return {};
}

}  // namespace

Result<void> expand(const Storage& storage, format::Checkpoint& checkpoint) {
  return Expander(storage, checkpoint).run();
}

}  // namespace hug::arch
