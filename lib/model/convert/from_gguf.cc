// gguf back to a folder of safetensors with the names of the original.
#include <nlohmann/json.hpp>

#include "arch/families.h"
#include "arch/hparams.h"
#include "convert/back_tensor.h"
#include "convert/shards.h"
#include "data/json.h"
#include "format/gguf_split.h"
#include "hug/convert.h"

namespace hug {

using namespace convert;
using arch::Hparams;
using json = nlohmann::ordered_json;

namespace {

arch::Geometry geometry_of(const Hparams& h) {
  arch::Geometry out;
  out.n_layer = h.n_layer;
  out.n_embd = h.n_embd;
  out.n_head = h.n_head.front();
  out.n_head_kv = h.n_head_kv.front();
  out.head_dim = h.key_length;
  out.n_rot = h.n_rot;
  out.n_expert = h.n_expert;
  return out;
}

// transformers' name of the family, where it is not gguf's.
std::string model_type_of(std::string_view arch, std::string_view hf_class) {
  constexpr std::pair<std::string_view, std::string_view> kTypes[] = {
      {"command-r", "cohere"},   {"phi2", "phi"},
      {"gptneox", "gpt_neox"},   {"qwen2moe", "qwen2_moe"},
      {"qwen3moe", "qwen3_moe"}, {"gemma3", "gemma3_text"},
      {"gpt-oss", "gpt_oss"},    {"nomic-bert", "nomic_bert"},
      {"t5encoder", "t5"}};
  if (hf_class == "DeepseekV2ForCausalLM") return "deepseek_v2";
  if (hf_class == "DeepseekV3ForCausalLM") return "deepseek_v3";
  if (hf_class == "MixtralForCausalLM") return "mixtral";
  for (const auto& [name, type] : kTypes)
    if (name == arch) return std::string(type);
  return std::string(arch);
}

void add_rope(const Hparams& h, json& out) {
  out["rope_theta"] = h.rope_base;
  if (h.rope_scaling == arch::RopeScaling::kLinear)
    out["rope_scaling"] = {{"rope_type", "linear"}, {"factor", h.rope_factor}};
  if (h.rope_scaling == arch::RopeScaling::kYarn)
    out["rope_scaling"] = {
        {"rope_type", "yarn"},
        {"factor", h.rope_factor},
        {"original_max_position_embeddings", h.rope_original_ctx},
        {"beta_fast", h.yarn_beta_fast},
        {"beta_slow", h.yarn_beta_slow}};
}

void add_experts(const Hparams& h, json& out) {
  if (h.n_expert == 0) return;
  out["num_experts"] = h.n_expert;
  out["num_local_experts"] = h.n_expert;
  out["n_routed_experts"] = h.n_expert;
  out["num_experts_per_tok"] = h.n_expert_used;
  if (h.n_ff_expert != 0) out["moe_intermediate_size"] = h.n_ff_expert;
  if (h.n_ff_shared != 0)
    out["shared_expert_intermediate_size"] = h.n_ff_shared;
  if (h.n_expert_shared != 0) out["n_shared_experts"] = h.n_expert_shared;
  if (h.kv_lora_rank == 0) return;
  out["kv_lora_rank"] = h.kv_lora_rank;
  out["q_lora_rank"] = h.q_lora_rank != 0 ? json(h.q_lora_rank) : json(nullptr);
  out["qk_rope_head_dim"] = h.n_rot;
  out["qk_nope_head_dim"] = h.key_length_mla - h.n_rot;
  out["v_head_dim"] = h.value_length_mla;
  out["first_k_dense_replace"] = h.n_dense_lead;
  out["norm_topk_prob"] = h.expert_weights_norm;
  out["routed_scaling_factor"] = h.expert_weights_scale;
}

void add_scales(const Hparams& h, json& out) {
  const auto add = [&](const char* key, float value) {
    if (value != 0) out[key] = value;
  };
  if (h.arch == "granite") {
    add("attention_multiplier", h.attention_scale);
    add("embedding_multiplier", h.embedding_scale);
    add("residual_multiplier", h.residual_scale);
    add("logits_scaling", h.logit_scale);
  } else {
    add("logit_scale", h.logit_scale);
  }
  add("attn_logit_softcapping", h.attn_softcap);
  add("final_logit_softcapping", h.final_softcap);
  if (h.sliding_window != 0) out["sliding_window"] = h.sliding_window;
}

std::string config_of(const Hparams& h, const arch::Family& family,
                      const format::GgufMetadata& metadata, bool tied,
                      std::string_view type) {
  json out;
  std::string_view hf_class = family.classes.front();
  if (h.arch == "llama" && h.n_expert != 0) hf_class = "MixtralForCausalLM";
  if (h.arch == "deepseek2" && h.expert_gating == 2)  // sigmoid
    hf_class = "DeepseekV3ForCausalLM";
  out["architectures"] = json::array({std::string(hf_class)});
  out["model_type"] = model_type_of(h.arch, hf_class);
  out["vocab_size"] = h.n_vocab;
  out["max_position_embeddings"] = h.n_ctx_train;
  out["hidden_size"] = h.n_embd;
  out["intermediate_size"] = h.n_ff.front();
  out["num_hidden_layers"] = h.n_layer;
  out["num_attention_heads"] = h.n_head.front();
  out["num_key_value_heads"] =
      h.kv_lora_rank != 0 ? h.n_head.front() : h.n_head_kv.front();
  if (h.kv_lora_rank == 0) out["head_dim"] = h.key_length;
  if (h.rms_norm_eps != 0) out["rms_norm_eps"] = h.rms_norm_eps;
  if (h.norm_eps != 0) out["layer_norm_eps"] = h.norm_eps;
  add_rope(h, out);
  add_experts(h, out);
  add_scales(h, out);
  out["tie_word_embeddings"] = tied;
  for (const auto& [key, name] :
       {std::pair("tokenizer.ggml.bos_token_id", "bos_token_id"),
        std::pair("tokenizer.ggml.eos_token_id", "eos_token_id"),
        std::pair("tokenizer.ggml.padding_token_id", "pad_token_id")})
    if (const auto id = metadata.find_unsigned(key)) out[name] = *id;
  out["torch_dtype"] = type == "f32"   ? "float32"
                       : type == "f16" ? "float16"
                                       : "bfloat16";
  return data::dump_json(out, {.indent = 2}) + "\n";
}

Result<format::GgufModel> open_model(const std::vector<ByteSourcePtr>& files) {
  if (files.empty()) return Error(Code::kUsage, "no gguf file was given");
  const auto open = [&](const std::string& name) -> Result<ByteSourcePtr> {
    for (const ByteSourcePtr& file : files)
      if (file->name() == name) return file;
    return Error(Code::kNotFound, "no file '" + name + "' was given");
  };
  return format::open_gguf(files.front()->name(), open);
}

}  // namespace

Result<ConvertReport> convert_to_safetensors(
    Context& context, const std::vector<ByteSourcePtr>& gguf,
    const std::string& output, const ConvertOptions& options) {
  const std::string type = options.type == "auto" ? "bf16" : options.type;
  const auto to = tensor::find_dtype(type);
  if (!to || (*to != tensor::DType::kF32 && *to != tensor::DType::kF16 &&
              *to != tensor::DType::kBf16))
    return Error(Code::kUsage,
                 "safetensors cannot hold weights of type '" + type + "'")
        .hint("use f32, f16 or bf16");
  const auto model = HUG_TRY(open_model(gguf));
  const Hparams h = HUG_TRY(arch::read_hparams(model.metadata()));
  const arch::Family* family = arch::find_family(h.arch);
  if (family == nullptr)
    return Error(Code::kUnsupported, "models of architecture '" + h.arch +
                                         "' cannot be turned back");
  const arch::Geometry geometry = geometry_of(h);
  const auto tensors = HUG_TRY(plan_back(*family, geometry, model));
  ConvertReport report;
  report.architecture = h.arch;
  report.type = type;
  std::vector<format::SafeTensorPlan> plans;
  for (const BackTensor& tensor : tensors) {
    plans.push_back({tensor.name, *to, tensor.shape});
    report.n_parameters += HUG_TRY(tensor::element_count(tensor.shape));
  }
  const auto find =
      [&](const format::SafeTensorPlan& plan) -> Result<StreamItem> {
    for (const BackTensor& tensor : tensors)
      if (tensor.name == plan.name)
        return back_item(tensor, plan.type, geometry, model);
    return Error(Code::kInternal, "no tensor '" + plan.name + "'");
  };
  HUG_TRY(write_shards(context, output, std::move(plans), find, gguf, options,
                       report));
  const bool tied = !model.find("output.weight").has_value();
  HUG_TRY(write_small(context, output, "config.json",
                      config_of(h, *family, model.metadata(), tied, type),
                      report));
  if (const auto chat = model.metadata().find_string("tokenizer.chat_template"))
    HUG_TRY(write_small(context, output, "chat_template.jinja", *chat, report));
  return report;
}

}  // namespace hug
