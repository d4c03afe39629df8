#include "arch/checkpoint/plan.h"

#include <algorithm>
#include <map>
#include <set>

#include "arch/checkpoint/compare.h"
#include "arch/checkpoint/plan_shape.h"
#include "arch/load_type.h"
#include "base/checked.h"
#include "base/strings.h"
#include "tensor/codec.h"

namespace hug::arch {

using format::CheckpointTensor;

std::uint64_t PlannedTensor::n_elements() const noexcept {
  std::uint64_t n = 1;
  for (const std::uint64_t d : shape)
    n *= d;  // checked by plan_shape
  return n;
}

namespace {

// Parts of other modalities, which a text model does not have.
bool is_foreign(std::string_view name) {
  for (const std::string_view start :
       {"mlp", "vit.", "vpm.", "siglip2.", "conformer.", "merger.",
        "resampler.", "sound_encoder.", "sound_projection.",
        "speech_embeddings."})
    if (name.starts_with(start)) return true;
  for (const std::string_view word :
       {"visual.", "vision.", "audio.", "talker.", "vision_", "audio_",
        "token2wav.", "code2wav.", "projector.", "pre_mm_projector_norm",
        "image_newline", "view_seperator", "patch_embed", "patch_merger.",
        "patch_merge_mlp.", "model.connector."})
    if (name.find(word) != std::string_view::npos) return true;
  return false;
}

// Masks and tables that follow from the configuration.
bool is_derived(std::string_view name) {
  return name.ends_with(".attention.masked_bias") ||
         name.ends_with(".attention.bias") ||
         name.ends_with(".rotary_emb.inv_freq");
}

class Planner {
 public:
  Planner(const Family& family, const Config& config, const Geometry& geometry,
          const format::Checkpoint& checkpoint)
      : family_(family), config_(config), checkpoint_(checkpoint) {
    plan_.geometry = geometry;
  }

  Result<TensorPlan> run();

 private:
  std::string own_name(std::string name) const;
  Result<void> place(const CheckpointTensor& tensor, const std::string& name);
  Result<void> place_match(const CheckpointTensor& tensor,
                           const RuleMatch& match);
  Result<void> stack(const CheckpointTensor& tensor, const RuleMatch& match);
  Result<void> emit_stacks(std::uint32_t layer);
  Result<void> emit(std::string name, Op op,
                    std::vector<const CheckpointTensor*> parts);
  const KeptTensor* find_kept(std::string_view name) const;
  Result<void> keep(const CheckpointTensor& tensor, const KeptTensor& kept);
  Result<void> place_mxfp4();
  bool is_behind_last_layer(const RuleMatch& match) const;
  std::uint64_t stack_height(const RuleMatch& match) const;

  const Family& family_;
  const Config& config_;
  const format::Checkpoint& checkpoint_;
  TensorPlan plan_;
  std::set<std::string> names_;
  std::map<std::string, const CheckpointTensor*> own_;  // by changed name
  // (layer, rule) -> parts by number
  std::map<std::pair<std::uint32_t, const TensorRule*>,
           std::map<std::uint32_t, const CheckpointTensor*>>
      stacks_;
};

std::string Planner::own_name(std::string name) const {
  constexpr std::string_view kCorrection = "e_score_correction_bias";
  if (name.ends_with(kCorrection))
    name = name.substr(0, name.size() - kCorrection.size()) +
           "e_score_correction.bias";
  name = base::replace_all(name, "language_model.", "");
  for (const std::string_view prefix : family_.strip)
    if (name.starts_with(prefix)) name.erase(0, prefix.size());
  if (!family_.bare_prefix.empty() &&
      config_.architecture().ends_with("Model") &&
      !name.starts_with(family_.bare_prefix))
    name = std::string(family_.bare_prefix) + name;
  if (family_.rename != nullptr) family_.rename(config_, name);
  return name;
}

Result<TensorPlan> Planner::run() {
  if (family_.extras != nullptr)
    for (ExtraTensor& extra : family_.extras(config_)) {
      PlannedTensor out;
      out.name = extra.name;
      out.shape = {extra.values.size()};
      out.values = std::move(extra.values);
      names_.insert(out.name);
      plan_.tensors.push_back(std::move(out));
    }
  std::vector<std::pair<const CheckpointTensor*, std::string>> todo;
  for (const CheckpointTensor& tensor : checkpoint_.tensors) {
    std::string name = own_name(tensor.name);
    if (name.empty()) continue;
    if (find_kept(name) == nullptr &&
        (is_foreign(tensor.name) || is_derived(tensor.name)))
      continue;
    own_[name] = &tensor;
    todo.emplace_back(&tensor, std::move(name));
  }
  HUG_TRY(place_mxfp4());
  for (const auto& [tensor, name] : todo)
    HUG_TRY(place(*tensor, name));
  if (!stacks_.empty())
    return Error(Code::kCorrupt,
                 "parts of '" +
                     fill_name(stacks_.begin()->first.second->gguf,
                               {stacks_.begin()->first.first, 0}) +
                     "' are missing from the checkpoint");
  return std::move(plan_);
}

// Repacked experts come first, in the order of the checkpoint.
Result<void> Planner::place_mxfp4() {
  for (const CheckpointTensor& tensor : checkpoint_.tensors)
    for (const auto& table : family_.rules)
      for (const TensorRule& rule : table) {
        if (rule.op != Op::kMxfp4 && rule.op != Op::kMxfp4Even &&
            rule.op != Op::kMxfp4Odd)
          continue;
        const auto match = match_hf(rule, tensor.name);
        if (!match) continue;
        const std::string scales =
            base::replace_all(tensor.name, "_blocks", "_scales");
        const CheckpointTensor* other = checkpoint_.find(scales);
        if (other == nullptr)
          return Error(Code::kCorrupt,
                       "the checkpoint has no '" + scales + "'");
        plan_.has_mxfp4 = true;
        HUG_TRY(emit(fill_name(rule.gguf, match->numbers), rule.op,
                     {&tensor, other}));
      }
  return {};
}

bool Planner::is_behind_last_layer(const RuleMatch& match) const {
  return match.numbers.layer != NameMatch::kNone &&
         plan_.geometry.n_layer != 0 &&
         match.numbers.layer >= plan_.geometry.n_layer;
}

Result<void> Planner::place(const CheckpointTensor& tensor,
                            const std::string& name) {
  if (const KeptTensor* kept = find_kept(name)) return keep(tensor, *kept);
  bool placed = false;
  std::string first;
  for (const auto& table : family_.rules)
    for (const TensorRule& rule : table) {
      const auto match = match_hf(rule, name);
      if (!match) continue;
      // Several rules of one name make several tensors; but a more general
      // rule does not repeat what one before it did.
      const std::string out =
          fill_name(rule.gguf, match->numbers) + std::string(match->suffix);
      if (placed && (out == first || out.empty())) continue;
      if (placed && rule.op == Op::kCopy && !rule.whole) continue;
      HUG_TRY(place_match(tensor, *match));
      if (!placed) first = out;
      placed = true;
    }
  if (placed) return {};
  if (const auto layer = base::split(name, '.');
      layer.size() > 2 && layer[1] == "layers") {
    const auto number = base::parse_unsigned(layer[2]);
    if (number && *number >= plan_.geometry.n_layer &&
        plan_.geometry.n_layer != 0)
      return {};  // next-token prediction layers
  }
  return Error(Code::kUnsupported, "nobody knows what tensor '" + tensor.name +
                                       "' is in a model of class '" +
                                       config_.architecture() + "'");
}

Result<void> Planner::place_match(const CheckpointTensor& tensor,
                                  const RuleMatch& match) {
  const std::string name =
      fill_name(match.rule->gguf, match.numbers) + std::string(match.suffix);
  if (is_behind_last_layer(match)) return {};
  switch (match.rule->op) {
    case Op::kDrop:
    case Op::kMxfp4:
    case Op::kMxfp4Even:
    case Op::kMxfp4Odd:
    case Op::kMxfp4Scales:
      return {};
    case Op::kStack:
      return stack(tensor, match);
    case Op::kIfFirst:
      if (names_.contains(name)) return {};
      return emit(name, Op::kCopy, {&tensor});
    case Op::kUnlessTied: {
      for (const PlannedTensor& other : plan_.tensors)
        if (other.name == "token_embd.weight" && !other.parts.empty() &&
            HUG_TRY(same_content(*other.parts[0], tensor)))
          return {};
      return emit(name, Op::kCopy, {&tensor});
    }
    default:
      return emit(name, match.rule->op, {&tensor});
  }
}

// How many parts a stack has: experts, or heads.
std::uint64_t Planner::stack_height(const RuleMatch& match) const {
  const std::string_view gguf = match.rule->gguf;
  if (gguf.ends_with("attn_q_norm")) return plan_.geometry.n_head;
  if (gguf.ends_with("attn_k_norm")) return plan_.geometry.n_head_kv;
  return plan_.geometry.n_expert;
}

Result<void> Planner::stack(const CheckpointTensor& tensor,
                            const RuleMatch& match) {
  const std::uint64_t height = stack_height(match);
  if (match.numbers.part >= height)
    return Error(Code::kCorrupt, "tensor '" + tensor.name +
                                     "' is one of more than " +
                                     std::to_string(height) + " parts");
  auto& parts = stacks_[{match.numbers.layer, match.rule}];
  parts[match.numbers.part] = &tensor;
  if (parts.size() < height) return {};
  const bool norm = match.rule->gguf.ends_with("_norm");
  if (!norm) return emit_stacks(match.numbers.layer);
  std::vector<const CheckpointTensor*> list;
  for (const auto& [number, part] : parts)
    list.push_back(part);
  stacks_.erase({match.numbers.layer, match.rule});
  return emit(fill_name(match.rule->gguf, match.numbers) + ".weight",
              Op::kStack, std::move(list));
}

// All experts of a layer are written together, once the last part is there.
Result<void> Planner::emit_stacks(std::uint32_t layer) {
  std::vector<const TensorRule*> rules;
  for (const auto& table : family_.rules)
    for (const TensorRule& rule : table)
      if (rule.op == Op::kStack && rule.gguf.ends_with("_exps"))
        if (rule.hf.find("experts.@") != std::string_view::npos)
          rules.push_back(&rule);
  std::vector<const TensorRule*> ready;
  for (const auto* rule : rules) {
    const auto it = stacks_.find({layer, rule});
    if (it == stacks_.end()) continue;
    ready.push_back(rule);
  }
  // Gate, up and down of every expert; fewer only wait.
  if (ready.size() < 3) return {};
  for (const auto* rule : ready)
    if (stacks_[{layer, rule}].size() < plan_.geometry.n_expert) return {};
  for (const auto* rule : ready) {
    std::vector<const CheckpointTensor*> list;
    for (const auto& [number, part] : stacks_[{layer, rule}])
      list.push_back(part);
    stacks_.erase({layer, rule});
    HUG_TRY(emit(fill_name(rule->gguf, {layer, 0}) + ".weight", Op::kStack,
                 std::move(list)));
  }
  return {};
}

Result<void> Planner::emit(std::string name, Op op,
                           std::vector<const CheckpointTensor*> parts) {
  if (!names_.insert(name).second)
    return Error(Code::kCorrupt, "the checkpoint has '" + parts[0]->name +
                                     "' twice, under two names");
  PlannedTensor out;
  out.name = std::move(name);
  out.op = op;
  out.parts = std::move(parts);
  if (op == Op::kMxfp4 || op == Op::kMxfp4Even || op == Op::kMxfp4Odd)
    out.type = tensor::DType::kMxfp4;
  HUG_TRY(shape_tensor(out, plan_.geometry));
  plan_.tensors.push_back(std::move(out));
  return {};
}

const KeptTensor* Planner::find_kept(std::string_view name) const {
  for (const KeptTensor& kept : family_.kept)
    if (name == kept.hf) return &kept;
  return nullptr;
}

Result<void> Planner::keep(const CheckpointTensor& tensor,
                           const KeptTensor& kept) {
  constexpr std::uint64_t kMost = 256 << 20;
  const bool tied = config_.find_bool({"tie_word_embeddings"}).value_or(true);
  if (kept.unless_tied && tied) return {};
  auto& out = plan_.kept[kept.key];
  if (!out.empty()) return {};  // under another of its names
  const std::uint64_t n = HUG_TRY(tensor::element_count(tensor.shape));
  if (n > kMost)
    return Error(Code::kLimit, "'" + tensor.name + "' has " +
                                   std::to_string(n) + " elements");
  std::vector<std::byte> bytes(tensor.bytes);
  HUG_TRY(tensor.source->read_at(0, bytes));
  out.resize(n);
  return tensor::decode_rows(tensor.type, bytes, out);
}

}  // namespace

Result<TensorPlan> plan_tensors(const Family& family, const Config& config,
                                const Geometry& geometry,
                                const format::Checkpoint& checkpoint) {
  return Planner(family, config, geometry, checkpoint).run();
}

ParameterCount count_parameters(const TensorPlan& plan) {
  ParameterCount out;
  std::uint64_t experts = 0;
  std::uint64_t n_tensors = 0;
  for (const PlannedTensor& tensor : plan.tensors) {
    const std::uint64_t n = tensor.n_elements();
    const bool bias = tensor.name.find(".bias") != std::string::npos;
    const bool expert = tensor.name.find("_exps.") != std::string::npos;
    out.total += n;
    const std::size_t dims = tensor.shape.size();
    if (expert && dims >= (bias ? 2U : 3U) && n > 0) {
      const std::uint64_t count = tensor.shape[dims - (bias ? 2 : 3)];
      if (dims >= 3) {
        out.expert += n / count;
        experts += count;
        ++n_tensors;
        continue;
      }
    }
    out.shared += n;
  }
  out.n_expert = n_tensors > 0 ? experts / n_tensors : 0;
  return out;
}

void choose_types(TensorPlan& plan, tensor::DType wanted) {
  using tensor::DType;
  const bool ternary = wanted == DType::kTq1_0 || wanted == DType::kTq2_0;
  for (PlannedTensor& tensor : plan.tensors) {
    if (tensor.type == DType::kMxfp4) continue;
    if (stays_f32(tensor.name, tensor.shape.size())) {
      tensor.type = DType::kF32;
      continue;
    }
    tensor.type = wanted;
    if (ternary &&
        (tensor.name == "token_embd.weight" || tensor.name == "output.weight"))
      tensor.type = DType::kF16;
    if (tensor.row_length() % tensor::info(tensor.type).block != 0)
      tensor.type = DType::kF16;
  }
}

tensor::DType guess_type(const format::Checkpoint& checkpoint) {
  for (const CheckpointTensor& tensor : checkpoint.tensors) {
    if (tensor.shape.size() < 2) continue;
    if (tensor.type == tensor::DType::kBf16) return tensor::DType::kBf16;
    if (tensor.type == tensor::DType::kF16) return tensor::DType::kF16;
  }
  return tensor::DType::kF16;
}

}  // namespace hug::arch
