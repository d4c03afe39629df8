#include "convert/gguf_plan.h"

#include "arch/checkpoint/stored/storage.h"
#include "arch/checkpoint/vocabulary.h"
#include "arch/hug_keys.h"
#include "convert/general_keys.h"
#include "quantize/recipe.h"

namespace hug::convert {

using arch::Family;
using arch::PlannedTensor;
using arch::TensorPlan;

Result<std::vector<format::GgufTensor>> GgufPlan::table() const {
  std::vector<format::GgufTensor> out;
  for (const PlannedTensor& tensor : tensors.tensors) {
    const std::vector<std::uint64_t> ne(tensor.shape.rbegin(),
                                        tensor.shape.rend());
    out.push_back(
        HUG_TRY(format::make_gguf_tensor(tensor.name, tensor.type, ne)));
    if (type.recipe) format::trim_dims(out.back());
  }
  return out;
}

GgufPlanner::GgufPlanner(const FileSet& files, const ConvertOptions& options)
    : options_(options), repository_(files, options.source_name) {}

Result<void> GgufPlanner::read() {
  model_.emplace(HUG_TRY(arch::read_checkpoint_config(repository_)));
  checkpoint_ =
      HUG_TRY(arch::open_weights(repository_.files(), model_->config));
  auto words = HUG_TRY_WITH(
      arch::write_vocabulary(repository_, *model_->family, model_->config,
                             {options_.pre}, vocabulary_),
      "reading the tokenizer");
  warnings_ = std::move(words.warnings);
  arch::Geometry geometry = geometry_of(*model_->family, model_->config);
  geometry.n_vocab = words.n_tokens;
  tensors_ = HUG_TRY(
      plan_tensors(*model_->family, model_->config, geometry, checkpoint_));
  repository_.forget();
  return {};
}

void GgufPlanner::write_source_keys(GgufPlan& plan) const {
  if (!options_.repository.empty())
    plan.metadata.set(arch::kHugRepository, options_.repository);
  if (!options_.revision.empty())
    plan.metadata.set(arch::kHugRevision, options_.revision);
  plan.metadata.set(format::kRecipeKey, plan.type.name);
}

Result<void> GgufPlanner::write_keys(GgufPlan& plan, bool move) {
  format::GgufMetadata& out = plan.metadata;
  const Family& family = *model_->family;
  out.set("general.architecture", std::string(family.arch));
  arch::KeyWriter writer(out, family.arch, plan.type.file_type);
  if (family.early_keys != nullptr) family.early_keys(model_->config, writer);
  out.set("general.type", std::string("model"));
  const GeneralOptions general{options_.model_name, options_.metadata};
  HUG_TRY(write_general_keys(repository_, count_parameters(plan.tensors),
                             general, out));
  HUG_TRY(arch::write_model_keys(repository_, *model_, writer));
  out.set("general.quantization_version", std::uint32_t{2});
  for (auto& [key, value] : vocabulary_)
    if (!options_.plain || !key.starts_with("hug."))
      out.set(key, move ? std::move(value) : value);
  if (!options_.plain) {
    write_source_keys(plan);
    arch::write_hug_keys(*model_, plan.tensors, writer);
  }
  if (plan.type.recipe) {  // as the quantizer leaves them
    out.set_last("general.quantization_version", std::uint32_t{2});
    out.set_last("general.file_type", plan.type.file_type);
  }
  return {};
}

// The quantizer's decisions, as if the file had been written with the types of
// the checkpoint first; its order of tensors, too.
Result<void> GgufPlanner::apply_recipe(GgufPlan& out) const {
  TensorPlan& plan = out.tensors;
  const Family& family = *model_->family;
  std::vector<quantize::TensorSpec> specs;
  for (PlannedTensor& tensor : plan.tensors) {
    quantize::TensorSpec spec{tensor.name, tensor.type, {1, 1, 1, 1}};
    for (std::size_t i = 0; i < tensor.shape.size(); ++i)
      spec.shape[i] = tensor.shape[tensor.shape.size() - 1 - i];
    specs.push_back(std::move(spec));
  }
  const auto number = [&](const char* key) {
    const auto list =
        out.metadata.find_unsigned_list(std::string(family.arch) + "." + key);
    return list && !list->empty() ? static_cast<std::uint32_t>(list->front())
                                  : 0U;
  };
  quantize::Traits traits;
  traits.arch = family.arch;
  traits.n_layer = number("block_count");
  traits.n_head = number("attention.head_count");
  traits.n_head_kv = number("attention.head_count_kv");
  if (traits.n_head_kv == 0 &&
      !out.metadata.contains(traits.arch + ".attention.head_count_kv"))
    traits.n_head_kv = traits.n_head;
  traits.n_expert = number("expert_count");
  quantize::RecipeOptions recipe;
  recipe.file_type = *out.type.recipe;
  const auto decisions = HUG_TRY(quantize::decide(traits, specs, recipe));
  for (std::size_t i = 0; i < decisions.size(); ++i) {
    if (decisions[i].needs_importance)
      return Error(Code::kUnsupported,
                   "'" + out.type.name + "' needs an importance matrix")
          .hint("convert to f16, measure a matrix and quantize with it");
    if (plan.tensors[i].type != tensor::DType::kMxfp4)
      plan.tensors[i].type = decisions[i].type;
  }
  std::vector<PlannedTensor> sorted;
  for (const std::size_t i : quantize::reference_order(specs))
    sorted.push_back(std::move(plan.tensors[i]));
  plan.tensors = std::move(sorted);
  return {};
}

Result<GgufPlan> GgufPlanner::plan_keys(std::string_view type) {
  GgufPlan out;
  out.type = HUG_TRY(find_output_type(type, arch::guess_type(checkpoint_)));
  out.tensors = tensors_;
  if (out.type.recipe) {
    choose_source_types(out.tensors, checkpoint_);
    return out;
  }
  choose_types(out.tensors, out.type.tensor);
  if (out.tensors.has_mxfp4 && out.type.tensor != tensor::DType::kQ8_0)
    out.type.file_type = 38;
  return out;
}

Result<void> GgufPlanner::finish(GgufPlan& plan, bool move) {
  HUG_TRY(write_keys(plan, move));
  if (plan.type.recipe) HUG_TRY(apply_recipe(plan));
  return {};
}

Result<GgufPlan> GgufPlanner::plan(std::string_view type) {
  GgufPlan out = HUG_TRY(plan_keys(type));
  HUG_TRY(finish(out, false));
  return out;
}

Result<GgufPlan> GgufPlanner::last_plan(std::string_view type) {
  GgufPlan out = HUG_TRY(plan_keys(type));
  tensors_ = {};
  HUG_TRY(finish(out, true));
  vocabulary_ = {};
  repository_.forget();
  return out;
}

Result<std::uint64_t> GgufPlanner::file_bytes(std::string_view type) {
  const GgufPlan made = HUG_TRY(plan(type));
  return format::gguf_file_bytes(made.metadata, HUG_TRY(made.table()));
}

}  // namespace hug::convert
