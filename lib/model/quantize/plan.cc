#include "quantize/plan.h"

#include <algorithm>

#include "base/checked.h"
#include "base/strings.h"
#include "quantize/overrides.h"
#include "quantize/prune.h"
#include "tensor/codec.h"

namespace hug::quantize {
namespace {

using format::Gguf;
using format::GgufMetadata;
using format::GgufModel;
using format::GgufTensor;
using format::GgufTensorPlace;
using tensor::DType;

Result<DType> parse_type(const std::string& text) {
  if (const auto type = tensor::find_dtype(text); type) return *type;
  return Error(Code::kUsage, "unknown tensor type '" + text + "'")
      .hint("tensor types are q4_K, q6_K, q8_0, f16 and so on");
}

Result<TypeRule> parse_rule(const std::string& text) {
  const auto equal = text.rfind('=');
  if (equal == std::string::npos || equal == 0)
    return Error(Code::kUsage, "bad rule '" + text + "'")
        .hint("write REGEX=TYPE, as in 'attn_v=q8_0'");
  return TypeRule{text.substr(0, equal),
                  HUG_TRY(parse_type(text.substr(equal + 1)))};
}

Result<RecipeOptions> parse_recipe(const QuantizeOptions& options,
                                   bool importance) {
  RecipeOptions out;
  if (base::equal_ignoring_case(options.type, "copy"))
    out.copy = true;
  else
    out.file_type = HUG_TRY(find_file_type(options.type));
  out.pure = options.pure;
  out.keep_output = options.leave_output;
  out.importance = importance;
  out.keep_order = options.keep_split;
  if (!options.output_type.empty())
    out.output_type = HUG_TRY(parse_type(options.output_type));
  if (!options.token_embedding_type.empty())
    out.token_embedding_type =
        HUG_TRY(parse_type(options.token_embedding_type));
  for (const std::string& rule : options.type_rules)
    out.rules.push_back(HUG_TRY(parse_rule(rule)));
  return out;
}

std::uint32_t small(const GgufMetadata& metadata, const std::string& key) {
  const auto value = metadata.find_unsigned(key).value_or(0);
  return base::checked_cast<std::uint32_t>(value).value_or(0);
}

std::uint32_t of_first_layer(const GgufMetadata& metadata,
                             const std::string& key, std::uint32_t absent) {
  const auto list = metadata.find_unsigned_list(key);
  if (!list || list->empty()) return absent;
  return base::checked_cast<std::uint32_t>(list->front()).value_or(0);
}

/// Source tensors in output order, with their new names.
Result<std::vector<PlannedTensor>> list_tensors(const GgufModel& model,
                                                const LayerMap& layers,
                                                bool keep_split) {
  std::vector<PlannedTensor> found;
  std::vector<TensorSpec> specs;
  for (const GgufTensorPlace place : model.places()) {
    const GgufTensor& t = model.tensor(place);
    const auto name = layers.rename(t.name);
    if (!name) continue;
    PlannedTensor p;
    p.name = *name;
    p.place = place;
    p.from = t.type;
    p.shape = t.ne;
    p.from_bytes = t.bytes;
    p.file = keep_split ? place.part : 0;
    found.push_back(std::move(p));
    specs.push_back({*name, t.type, t.ne});
  }
  if (keep_split) return found;
  std::vector<PlannedTensor> out;
  for (const std::size_t i : reference_order(specs))
    out.push_back(std::move(found[i]));
  return out;
}

class Planner {
 public:
  Planner(Plan& plan, const QuantizeOptions& options)
      : plan_(plan), options_(options), layers_(options.prune_layers) {}

  Result<void> run() {
    HUG_TRY(check_layers());
    HUG_TRY(take_importance());
    plan_.recipe = HUG_TRY(parse_recipe(options_, plan_.importance != nullptr));
    plan_.tensors =
        HUG_TRY(list_tensors(plan_.model, layers_, options_.keep_split));
    HUG_TRY(decide_types());
    return lay_out();
  }

 private:
  Result<void> check_layers() const {
    const std::uint32_t n = traits_of(plan_.model.first()).n_layer;
    for (const std::uint32_t layer : options_.prune_layers)
      if (layer >= n)
        return Error(Code::kUsage, "cannot prune layer " +
                                       std::to_string(layer) +
                                       ": the model has " + std::to_string(n));
    if (layers_.prunes() && layers_.count(n) == 0)
      return Error(Code::kUsage, "no layer would be left");
    return {};
  }

  Result<void> take_importance() {
    if (!options_.include_weights.empty() && !options_.exclude_weights.empty())
      return Error(Code::kUsage,
                   "include and exclude filters cannot be combined");
    if (options_.importance == nullptr) return {};
    Importance read = HUG_TRY(read_importance(*options_.importance));
    filter_entries(read, options_.include_weights, options_.exclude_weights);
    plan_.importance = std::make_shared<const Importance>(std::move(read));
    return {};
  }

  Result<void> decide_types() {
    std::vector<TensorSpec> specs;
    for (const PlannedTensor& t : plan_.tensors)
      specs.push_back({t.name, t.from, t.shape});
    const auto decisions =
        HUG_TRY(decide(traits_of(plan_.model.first()), specs, plan_.recipe));
    for (std::size_t i = 0; i < specs.size(); i++) {
      PlannedTensor& t = plan_.tensors[i];
      t.decision = decisions[i];
      HUG_TRY_WITH(check(t), "planning tensor '" + t.name + "'");
      t.to_bytes =
          HUG_TRY(tensor::tensor_bytes(t.decision.type, t.shape[0], t.n_row()));
    }
    return {};
  }

  Result<void> check(PlannedTensor& t) {
    if (!t.decision.converts) return {};
    const DType to = t.decision.type;
    if (tensor::info(t.from).quantized() && !options_.allow_requantize)
      return Error(Code::kUsage, "it is quantized already (" +
                                     std::string(tensor::name(t.from)) + ")")
          .hint(
              "start from f16 or bf16 weights, or allow it with "
              "--allow-requantize");
    HUG_TRY(tensor::check_encodable(to));
    HUG_TRY(find_importance(t));
    if (t.decision.needs_importance && t.importance == nullptr)
      return Error(Code::kUsage, std::string(tensor::name(to)) +
                                     " needs an importance matrix")
          .hint("give one with --imatrix, or choose a larger type");
    return {};
  }

  Result<void> find_importance(PlannedTensor& t) {
    if (plan_.importance == nullptr ||
        !tensor::uses_importance(t.decision.type))
      return {};
    // The matrix knows the tensor by its name in the source.
    const std::string& name = plan_.model.tensor(t.place).name;
    const auto* values = plan_.importance->find(name);
    if (values == nullptr) {
      plan_.warnings.push_back("the importance matrix has nothing about '" +
                               name + "'");
      return {};
    }
    if (values->size() == t.shape[0] * t.shape[2]) {
      t.importance = values;
      return {};
    }
    const std::string text = "the importance matrix has " +
                             std::to_string(values->size()) + " values for '" +
                             name + "', not " +
                             std::to_string(t.shape[0] * t.shape[2]);
    if (name != "token_embd.weight") return Error(Code::kUsage, text);
    plan_.warnings.push_back(text);
    return {};
  }

  /// Metadata of the first (or only) output file.
  Result<GgufMetadata> new_metadata() const {
    GgufMetadata out = plan_.model.metadata();
    out.set_last("general.quantization_version", std::uint32_t{2});
    const auto as_before = out.find_unsigned("general.file_type");
    if (!plan_.recipe.copy) {
      out.set_last("general.file_type",
                   static_cast<std::uint32_t>(plan_.recipe.file_type));
      // Ours alone say it; to another's file nothing is added.
      if (out.contains(format::kRecipeKey))
        out.set(format::kRecipeKey,
                base::to_lower(info(plan_.recipe.file_type).name));
    } else if (as_before) {
      out.set_last("general.file_type", static_cast<std::uint32_t>(*as_before));
    }
    for (const char* key : {"split.no", "split.count", "split.tensors.count"})
      out.erase(key);
    for (const std::string& text : options_.overrides) {
      Override o = HUG_TRY(parse_override(text));
      out.set_last(o.key, std::move(o.value));
    }
    if (plan_.importance != nullptr) note_importance(out);
    if (layers_.prunes()) {
      const std::string key = plan_.model.first().arch_key("block_count");
      out.set_last(key, layers_.count(small(out, key)));
    }
    return out;
  }

  void note_importance(GgufMetadata& out) const {
    const Importance& m = *plan_.importance;
    const auto cut = [](const std::string& text) {
      return text.substr(0, 127);
    };
    out.set_last("quantize.imatrix.file", cut(m.file));
    if (!m.dataset.empty())
      out.set_last("quantize.imatrix.dataset", cut(m.dataset));
    out.set_last("quantize.imatrix.entries_count",
                 static_cast<std::uint32_t>(m.entries.size()));
    if (m.chunks > 0) out.set_last("quantize.imatrix.chunks_count", m.chunks);
  }

  Result<void> lay_out() {
    const std::size_t n = options_.keep_split ? plan_.model.parts.size() : 1;
    for (std::size_t file = 0; file < n; file++) {
      GgufMetadata metadata;
      if (file == 0) metadata = HUG_TRY(new_metadata());
      if (n > 1) {
        metadata.set_last("split.no", static_cast<std::uint16_t>(file));
        metadata.set_last("split.count", static_cast<std::uint16_t>(n));
        metadata.set_last("split.tensors.count",
                          static_cast<std::int32_t>(plan_.tensors.size()));
      }
      std::vector<GgufTensor> tensors;
      for (PlannedTensor& t : plan_.tensors) {
        if (t.file != file) continue;
        t.index = tensors.size();
        tensors.push_back(HUG_TRY(
            format::make_gguf_tensor(t.name, t.decision.type, t.shape)));
        format::trim_dims(tensors.back());
      }
      plan_.files.push_back(
          HUG_TRY(format::layout_gguf(metadata, std::move(tensors))));
    }
    return {};
  }

  Plan& plan_;
  const QuantizeOptions& options_;
  LayerMap layers_;
};

}  // namespace

std::uint64_t Plan::bytes_in() const noexcept {
  std::uint64_t sum = 0;
  for (const PlannedTensor& t : tensors)
    sum += t.from_bytes;
  return sum;
}

std::uint64_t Plan::bytes_out() const noexcept {
  std::uint64_t sum = 0;
  for (const PlannedTensor& t : tensors)
    sum += t.to_bytes;
  return sum;
}

Traits traits_of(const Gguf& gguf) {
  const GgufMetadata& m = gguf.metadata;
  Traits out;
  out.arch = std::string(gguf.architecture());
  out.n_layer = small(m, gguf.arch_key("block_count"));
  out.n_head = of_first_layer(m, gguf.arch_key("attention.head_count"), 0);
  out.n_head_kv =
      of_first_layer(m, gguf.arch_key("attention.head_count_kv"), out.n_head);
  out.n_expert = small(m, gguf.arch_key("expert_count"));
  return out;
}

Result<Plan> make_plan(GgufModel model, const QuantizeOptions& options) {
  Plan plan;
  plan.model = std::move(model);
  HUG_TRY(Planner(plan, options).run());
  return plan;
}

}  // namespace hug::quantize
