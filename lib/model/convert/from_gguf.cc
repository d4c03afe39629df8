// gguf back to a folder of safetensors with the names of the original.
#include <map>
#include <nlohmann/json.hpp>
#include <set>

#include "arch/config_back.h"
#include "arch/families.h"
#include "convert/back_papers.h"
#include "convert/back_tensor.h"
#include "convert/back_tokenizer.h"
#include "convert/shards.h"
#include "data/json.h"
#include "format/gguf_split.h"
#include "hug/convert.h"
#include "sys/context.h"
#include "tensor/codec.h"

namespace hug {

using namespace convert;
using tensor::DType;

namespace {

Result<format::GgufModel> open_model(const std::vector<ByteSourcePtr>& files) {
  if (files.empty()) return Error(Code::kUsage, "no gguf file was given");
  const auto open = [&](const std::string& name) -> Result<ByteSourcePtr> {
    for (const ByteSourcePtr& file : files)
      if (file->name() == name) return file;
    return Error(Code::kNotFound, "no file '" + name + "' was given");
  };
  return format::open_gguf(files.front()->name(), open);
}

std::string_view torch_name(DType type) {
  return type == DType::kF32   ? "float32"
         : type == DType::kF16 ? "float16"
                               : "bfloat16";
}

// What loses least: weights of 16 or 32 bits stay, others become bf16.
DType own_type(const format::GgufModel& model) {
  DType out = DType::kF32;
  for (const format::GgufTensorPlace place : model.places()) {
    const format::GgufTensor& tensor = model.tensor(place);
    if (tensor.dims().size() < 2 || tensor.type == DType::kF32 ||
        tensor.type == DType::kMxfp4)
      continue;
    if (tensor.type != DType::kF16) return DType::kBf16;
    out = DType::kF16;
  }
  return out;
}

Result<DType> wanted_type(const std::string& text,
                          const format::GgufModel& model) {
  if (text == "auto" || text.empty()) return own_type(model);
  const auto type = tensor::find_dtype(text);
  if (type == DType::kF32 || type == DType::kF16 || type == DType::kBf16)
    return *type;
  return Error(Code::kUsage,
               "safetensors cannot hold weights of type '" + text + "'")
      .hint("use f32, f16, bf16 or auto");
}

class BackConverter {
 public:
  BackConverter(Context& context, const std::vector<ByteSourcePtr>& files,
                const std::string& output, const ConvertOptions& options)
      : context_(context), files_(files), output_(output), options_(options) {}

  Result<ConvertReport> run();

 private:
  Result<void> read_facts(arch::GgufFacts& facts) const;
  Result<void> write_tensors(const arch::Family& family,
                             const arch::Config& config);
  Result<void> write_config(const arch::RestoredConfig& config);
  Result<void> write_pooling();

  Context& context_;
  const std::vector<ByteSourcePtr>& files_;
  const std::string& output_;
  const ConvertOptions& options_;
  format::GgufModel model_;
  DType type_ = DType::kBf16;
  bool keeps_mxfp4_ = false;
  ConvertReport report_;
};

Result<void> BackConverter::read_facts(arch::GgufFacts& facts) const {
  for (const char* name : {"rope_freqs.weight", "rope_factors_long.weight",
                           "rope_factors_short.weight"}) {
    const auto place = model_.find(name);
    if (!place) continue;
    const format::GgufTensor& tensor = model_.tensor(*place);
    const auto source = HUG_TRY(model_.data(*place));
    std::vector<std::byte> bytes(source->size());
    HUG_TRY(source->read_at(0, bytes));
    auto& values = facts.extras[name];
    values.resize(tensor.ne[0]);
    HUG_TRY(tensor::decode_rows(tensor.type, bytes, values));
  }
  return {};
}

Result<void> BackConverter::write_tensors(const arch::Family& family,
                                          const arch::Config& config) {
  const arch::Geometry geometry = arch::geometry_of(family, config);
  const auto tensors =
      HUG_TRY(plan_back(family, config, geometry, model_, {keeps_mxfp4_}));
  std::map<std::string_view, const BackTensor*> by_name;
  std::vector<format::SafeTensorPlan> plans;
  for (const BackTensor& tensor : tensors) {
    by_name.emplace(tensor.name, &tensor);
    plans.push_back(
        {tensor.name, tensor.is_mxfp4() ? DType::kU8 : type_, tensor.shape});
    report_.n_parameters += HUG_TRY(tensor::element_count(tensor.shape));
  }
  const auto find =
      [&](const format::SafeTensorPlan& plan) -> Result<StreamItem> {
    const auto it = by_name.find(plan.name);
    if (it == by_name.end())
      return Error(Code::kInternal, "no tensor '" + plan.name + "'");
    return back_item(*it->second, plan.type, geometry, model_);
  };
  return write_shards(context_, output_, std::move(plans), find, files_,
                      options_, report_);
}

Result<void> BackConverter::write_config(const arch::RestoredConfig& config) {
  for (const std::string& key : config.lost)
    report_.warnings.push_back(
        "config.json cannot say what the file says in '" + key + "'");
  return write_small(context_, output_, "config.json", config.text, report_);
}

// As sentence-transformers keeps it.
Result<void> BackConverter::write_pooling() {
  const std::string arch(
      model_.metadata().find_string("general.architecture").value_or(""));
  const auto type =
      model_.metadata().find_unsigned(arch + ".pooling_type").value_or(0);
  if (type < 1 || type > 3) return {};
  nlohmann::json modules = nlohmann::json::array();
  const auto add = [&](const char* path, const char* kind) {
    const auto n = modules.size();
    modules.push_back(
        {{"idx", n},
         {"name", std::to_string(n)},
         {"path", path},
         {"type", "sentence_transformers.models." + std::string(kind)}});
  };
  add("", "Transformer");
  add("1_Pooling", "Pooling");
  const nlohmann::json pooling = {
      {"word_embedding_dimension",
       model_.metadata().find_unsigned(arch + ".embedding_length").value_or(0)},
      {"pooling_mode_mean_tokens", type == 1},
      {"pooling_mode_cls_token", type == 2},
      {"pooling_mode_lasttoken", type == 3},
      {"pooling_mode_max_tokens", false}};
  HUG_TRY(write_small(context_, output_, "modules.json",
                      data::dump_json(modules, {.indent = 2}) + "\n", report_));
  (void)HUG_TRY(context_.parts().fs->make_dirs(output_ + "/1_Pooling"));
  return write_small(context_, output_, "1_Pooling/config.json",
                     data::dump_json(pooling, {.indent = 2}) + "\n", report_);
}

Result<ConvertReport> BackConverter::run() {
  model_ = HUG_TRY(open_model(files_));
  type_ = HUG_TRY(wanted_type(options_.type, model_));
  const bool chosen = options_.type != "auto" && !options_.type.empty();
  const std::string arch(
      model_.metadata().find_string("general.architecture").value_or(""));
  std::set<std::string_view> names;
  bool has_mxfp4 = false;
  for (const format::GgufTensorPlace place : model_.places()) {
    names.insert(model_.tensor(place).name);
    has_mxfp4 = has_mxfp4 || model_.tensor(place).type == DType::kMxfp4;
  }
  keeps_mxfp4_ = has_mxfp4 && !chosen;
  arch::GgufFacts facts{{model_.metadata(), arch}};
  facts.has_tensor = [&](std::string_view name) {
    return names.contains(name);
  };
  facts.keeps_mxfp4 = keeps_mxfp4_;
  HUG_TRY(read_facts(facts));
  const arch::Family* family = arch::find_family(arch, facts);
  if (family == nullptr)
    return Error(Code::kUnsupported,
                 "models of architecture '" + arch + "' cannot be turned back");
  const auto config =
      HUG_TRY(arch::restore_config(*family, facts, torch_name(type_)));
  report_.architecture = arch;
  report_.type = std::string(tensor::name(type_));
  HUG_TRY(write_tensors(*family, config.config));
  HUG_TRY(write_config(config));
  HUG_TRY(write_pooling());
  HUG_TRY(write_tokenizer(context_, model_.metadata(), output_, report_));
  HUG_TRY(write_papers(context_, model_.metadata(), output_, report_));
  return std::move(report_);
}

}  // namespace

Result<ConvertReport> convert_to_safetensors(
    Context& context, const std::vector<ByteSourcePtr>& gguf,
    const std::string& output, const ConvertOptions& options) {
  return BackConverter(context, gguf, output, options).run();
}

}  // namespace hug
