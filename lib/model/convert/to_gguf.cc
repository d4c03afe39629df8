// A checkpoint to one gguf file: configuration, vocabulary, plan, keys, bytes.
#include "arch/checkpoint/facts.h"
#include "arch/checkpoint/gather.h"
#include "arch/checkpoint/plan.h"
#include "arch/checkpoint/repository.h"
#include "arch/checkpoint/vocabulary.h"
#include "arch/families.h"
#include "arch/hug_keys.h"
#include "convert/general_keys.h"
#include "convert/identity.h"
#include "convert/output_type.h"
#include "convert/stream.h"
#include "format/gguf.h"
#include "hug/convert.h"
#include "quantize/recipe.h"

namespace hug {

using namespace convert;
using arch::CheckpointConfig;
using arch::Config;
using arch::Family;
using arch::Gather;
using arch::PlannedTensor;
using arch::Repository;
using arch::TensorPlan;

namespace {

class Converter {
 public:
  Converter(Context& context, const FileSet& files, std::string output,
            const ConvertOptions& options)
      : context_(context),
        options_(options),
        repository_(files, options.source_name),
        output_(std::move(output)) {}

  Result<ConvertReport> run();

 private:
  Result<void> write_keys(const CheckpointConfig& model, const TensorPlan& plan,
                          const format::GgufMetadata& vocabulary);
  void write_source_keys();
  Result<void> apply_recipe(TensorPlan& plan);
  Result<format::GgufLayout> lay_out(const TensorPlan& plan) const;
  Result<std::uint64_t> write(const TensorPlan& plan, format::GgufLayout layout,
                              const format::Checkpoint& checkpoint);

  Context& context_;
  const ConvertOptions& options_;
  Repository repository_;
  std::string output_;
  const Family* family_ = nullptr;
  OutputType type_;
  format::GgufMetadata metadata_;
  ConvertReport report_;
};

void Converter::write_source_keys() {
  if (!options_.repository.empty())
    metadata_.set(arch::kHugRepository, options_.repository);
  if (!options_.revision.empty())
    metadata_.set(arch::kHugRevision, options_.revision);
  metadata_.set(arch::kHugRecipe, type_.name);
}

Result<void> Converter::write_keys(const CheckpointConfig& model,
                                   const TensorPlan& plan,
                                   const format::GgufMetadata& vocabulary) {
  metadata_.set("general.architecture", std::string(family_->arch));
  arch::KeyWriter writer(metadata_, family_->arch, type_.file_type);
  if (family_->early_keys != nullptr) family_->early_keys(model.config, writer);
  metadata_.set("general.type", std::string("model"));
  GeneralOptions general{options_.model_name, options_.metadata};
  HUG_TRY(write_general_keys(repository_, count_parameters(plan), general,
                             metadata_));
  HUG_TRY(arch::write_model_keys(repository_, model, writer));
  metadata_.set("general.quantization_version", std::uint32_t{2});
  for (const auto& [key, value] : vocabulary)
    metadata_.set(key, value);
  if (!options_.plain) {
    write_source_keys();
    arch::write_hug_keys(model, plan, writer);
  }
  if (type_.recipe) {  // as the quantizer leaves them
    metadata_.set_last("general.quantization_version", std::uint32_t{2});
    metadata_.set_last("general.file_type", type_.file_type);
  }
  return {};
}

// The quantizer's decisions, as if the file had been written with the types of
// the checkpoint first; its order of tensors, too.
Result<void> Converter::apply_recipe(TensorPlan& plan) {
  std::vector<quantize::TensorSpec> specs;
  for (PlannedTensor& tensor : plan.tensors) {
    quantize::TensorSpec spec{tensor.name, tensor.type, {1, 1, 1, 1}};
    for (std::size_t i = 0; i < tensor.shape.size(); ++i)
      spec.shape[i] = tensor.shape[tensor.shape.size() - 1 - i];
    specs.push_back(std::move(spec));
  }
  const auto number = [&](const char* key) {
    const auto list =
        metadata_.find_unsigned_list(std::string(family_->arch) + "." + key);
    return list && !list->empty() ? static_cast<std::uint32_t>(list->front())
                                  : 0U;
  };
  quantize::Traits traits;
  traits.arch = family_->arch;
  traits.n_layer = number("block_count");
  traits.n_head = number("attention.head_count");
  traits.n_head_kv = number("attention.head_count_kv");
  if (traits.n_head_kv == 0 &&
      !metadata_.contains(traits.arch + ".attention.head_count_kv"))
    traits.n_head_kv = traits.n_head;
  traits.n_expert = number("expert_count");
  quantize::RecipeOptions recipe;
  recipe.file_type = *type_.recipe;
  const auto decisions = HUG_TRY(quantize::decide(traits, specs, recipe));
  for (std::size_t i = 0; i < decisions.size(); ++i) {
    if (decisions[i].needs_importance)
      return Error(Code::kUnsupported,
                   "'" + type_.name + "' needs an importance matrix")
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

Result<format::GgufLayout> Converter::lay_out(const TensorPlan& plan) const {
  std::vector<format::GgufTensor> tensors;
  for (const PlannedTensor& tensor : plan.tensors) {
    const std::vector<std::uint64_t> ne(tensor.shape.rbegin(),
                                        tensor.shape.rend());
    tensors.push_back(
        HUG_TRY(format::make_gguf_tensor(tensor.name, tensor.type, ne)));
    if (type_.recipe) format::trim_dims(tensors.back());
  }
  return format::layout_gguf(metadata_, std::move(tensors));
}

Result<std::uint64_t> Converter::write(const TensorPlan& plan,
                                       format::GgufLayout layout,
                                       const format::Checkpoint& checkpoint) {
  StreamPlan stream;
  stream.path = output_;
  stream.file_bytes = layout.file_bytes;
  stream.identity = HUG_TRY(stream_identity(layout.header, checkpoint));
  std::vector<Gather> gathers;
  gathers.reserve(plan.tensors.size());
  for (const PlannedTensor& tensor : plan.tensors)
    gathers.emplace_back(tensor, plan.geometry);
  for (std::size_t i = 0; i < gathers.size(); ++i) {
    const Gather* gather = &gathers[i];
    stream.items.push_back(
        {plan.tensors[i].name, layout.file_offset(i), gather->n_rows(),
         gather->row_bytes(), gather->block_rows(),
         [gather](std::uint64_t first, std::uint64_t n,
                  std::span<std::byte> out, arch::GatherBuffers& buffers) {
           return gather->make(first, n, out, buffers);
         }});
  }
  stream.header = std::move(layout.header);
  return write_stream(context_, stream, {options_.threads, options_.restart});
}

Result<ConvertReport> Converter::run() {
  const CheckpointConfig model =
      HUG_TRY(arch::read_checkpoint_config(repository_));
  const Config& config = model.config;
  family_ = model.family;
  const format::Checkpoint checkpoint =
      HUG_TRY(format::open_checkpoint(repository_.files()));
  type_ =
      HUG_TRY(find_output_type(options_.type, arch::guess_type(checkpoint)));
  format::GgufMetadata vocabulary;
  auto words = HUG_TRY_WITH(write_vocabulary(repository_, *family_, config,
                                             {options_.pre}, vocabulary),
                            "reading the tokenizer");
  arch::Geometry geometry = arch::geometry_of(*family_, config);
  geometry.n_vocab = words.n_tokens;
  TensorPlan plan =
      HUG_TRY(plan_tensors(*family_, config, geometry, checkpoint));
  if (type_.recipe) {
    choose_source_types(plan, checkpoint);
  } else {
    choose_types(plan, type_.tensor);
    if (plan.has_mxfp4 && type_.tensor != tensor::DType::kQ8_0)
      type_.file_type = 38;
  }
  HUG_TRY(write_keys(model, plan, vocabulary));
  if (type_.recipe) HUG_TRY(apply_recipe(plan));
  vocabulary = {};
  repository_.forget();
  auto layout = HUG_TRY(lay_out(plan));
  metadata_ = {};
  report_.architecture = family_->arch;
  report_.type = type_.name;
  report_.outputs = {output_};
  report_.bytes = layout.file_bytes;
  report_.n_tensors = plan.tensors.size();
  report_.n_parameters = count_parameters(plan).total;
  report_.warnings = std::move(words.warnings);
  report_.reused_bytes = HUG_TRY(write(plan, std::move(layout), checkpoint));
  return std::move(report_);
}

}  // namespace

Result<ConvertReport> convert_to_gguf(Context& context, const FileSet& files,
                                      const std::string& output,
                                      const ConvertOptions& options) {
  return Converter(context, files, output, options).run();
}

std::vector<std::string> convertible_classes() {
  std::vector<std::string> out;
  for (const Family* family : arch::all_families())
    for (const std::string_view name : family->classes)
      out.emplace_back(name);
  return out;
}

}  // namespace hug
