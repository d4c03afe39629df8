// From a checkpoint to gguf and back: for every model of tests/data the folder
// that comes out has the weights, the configuration, the logits and the token
// ids of the one that went in.
#include <doctest/doctest.h>

#include <cmath>
#include <map>
#include <set>

#include "format/checkpoint.h"
#include "golden/models.h"
#include "hug/mapped_files.h"
#include "hug/model.h"
#include "tensor/codec.h"

using namespace hug;
using namespace hug::golden;
namespace fs = std::filesystem;

namespace {

// A folder that went in, and the one that came out.
struct Trip {
  fs::path before = {};
  fs::path after = {};
  std::vector<std::string> warnings = {};
};

fs::path home_of(const fs::path& model) {
  return fs::path(HUG_BINARY_DIR) / "golden" /
         (model.filename().string() + "-back");
}

std::string pre_of(const fs::path& model) {
  const auto gguf = nlohmann::json::parse(test::get_file(model / "gguf.json"));
  return gguf["pre"].is_object() ? gguf["pre"]["name"] : "";
}

fs::path to_gguf(const fs::path& folder, const fs::path& out,
                 const std::string& pre) {
  Context context({});
  ConvertOptions options;
  options.type = "f32";
  options.pre = pre;
  const auto files = open_folder(folder);
  REQUIRE(files.has_value());
  const auto report = convert_to_gguf(context, **files, out, options);
  INFO((report ? "" : report.error().message()));
  REQUIRE(report.has_value());
  return out;
}

Trip travel(const fs::path& model, const nlohmann::json& golden,
            const std::string& type = "f32") {
  const fs::path home = home_of(model);
  Trip out;
  out.before = gathered(model, golden, home);
  out.after = home / "back" / model.filename();
  const auto gguf = to_gguf(out.before, home / "a.gguf", pre_of(model));
  Context context({});
  ConvertOptions options;
  options.type = type;
  const auto source = open_file(gguf, FileAccess::kMap);
  REQUIRE(source.has_value());
  const auto report =
      convert_to_safetensors(context, {*source}, out.after, options);
  INFO((report ? "" : report.error().message()));
  REQUIRE(report.has_value());
  out.warnings = report->warnings;
  return out;
}

// Every model, whatever its kind.
int for_all_models(
    const std::function<void(const fs::path&, const nlohmann::json&)>& visit) {
  int count = 0;
  for (const char* kind : {"decoder", "encoder", "t5"})
    count += for_each_model(kind, visit);
  return count;
}

// --- weights

using Tensors = std::map<std::string, std::vector<float>>;

std::string plain_name(std::string name) {
  for (const auto& [old, now] :
       {std::pair(".gamma", ".weight"), std::pair(".beta", ".bias")})
    if (name.ends_with(old))
      name.replace(name.size() - std::string(old).size(), std::string::npos,
                   now);
  // GPT-2's first files lack what later ones have.
  if (name.starts_with("transformer.h.") || name == "transformer.wte.weight" ||
      name == "transformer.wpe.weight" || name.starts_with("transformer.ln_f"))
    name.erase(0, 12);
  return name;
}

// Tables, masks and heads that no gguf file has room for.
bool is_lost(const std::string& name) {
  for (const char* part :
       {"position_ids", ".attn.bias", "masked_bias", "cls.seq_relationship",
        "rotary_emb.inv_freq", "model.layers.2."})
    if (name.find(part) != std::string::npos) return true;
  return false;
}

Tensors tensors_of(const fs::path& folder) {
  const auto files = open_folder(folder);
  REQUIRE(files.has_value());
  const auto checkpoint = format::open_checkpoint(**files);
  INFO((checkpoint ? "" : checkpoint.error().message()));
  REQUIRE(checkpoint.has_value());
  Tensors out;
  for (const auto& tensor : checkpoint->tensors) {
    std::vector<std::byte> bytes(tensor.bytes);
    REQUIRE(tensor.source->read_at(0, bytes).has_value());
    std::vector<float> values(tensor::element_count(tensor.shape).value());
    REQUIRE(tensor::decode_rows(tensor.type, bytes, values).has_value());
    out[plain_name(tensor.name)] = std::move(values);
  }
  return out;
}

bool same_bits(std::span<const float> a, std::span<const float> b) {
  return a.size() == b.size() &&
         std::memcmp(a.data(), b.data(), a.size() * 4) == 0;
}

// What the converter made of A_log must be the same: several numbers have one
// exponential.
bool same_decay(std::span<const float> a, std::span<const float> b) {
  const auto made = [](float x) {
    return static_cast<float>(std::exp(static_cast<double>(x)));
  };
  bool same = a.size() == b.size();
  for (std::size_t i = 0; same && i < a.size(); ++i)
    same = made(a[i]) == made(b[i]);
  return same;
}

// Rows of positions that stand before the first one used are zeros.
bool same_positions(std::span<const float> a, std::span<const float> b) {
  std::size_t skipped = 0;
  while (skipped < b.size() && b[skipped] == 0)
    ++skipped;
  return a.size() == b.size() && skipped < a.size() / 4 &&
         same_bits(a.subspan(skipped), b.subspan(skipped));
}

void check_tensors(const Trip& trip, const std::string& model) {
  const Tensors before = tensors_of(trip.before);
  const Tensors after = tensors_of(trip.after);
  const bool next_layers = model == "deepseek_v3";
  for (const auto& [name, values] : before) {
    CAPTURE(name);
    const bool lost =
        is_lost(name) && (!name.starts_with("model.layers.2.") || next_layers);
    const auto it = after.find(name);
    CHECK((it != after.end()) != lost);
    if (it == after.end()) continue;
    if (name.ends_with("A_log")) {
      CHECK(same_decay(values, it->second));
    } else if (name.ends_with("position_embeddings.weight")) {
      CHECK(same_positions(values, it->second));
    } else {
      CHECK(same_bits(values, it->second));
    }
  }
  for (const auto& [name, values] : after) {
    CAPTURE(name);
    CHECK(before.contains(name));
  }
}

// --- config.json

// What has no part in the forward pass: how it was trained, written and saved,
// and switches that say again what other values say.
bool is_idle(const std::string& key) {
  static const std::set<std::string> kIdle = {"_sliding_window_pattern",
                                              "add_cross_attention",
                                              "block_multiple_of",
                                              "bos_token_id",
                                              "causal",
                                              "classifier_dropout",
                                              "decoder_sparse_step",
                                              "dtype",
                                              "eos_token_id",
                                              "expand",
                                              "full_attn_idxs",
                                              "initializer_factor",
                                              "initializer_range",
                                              "is_decoder",
                                              "is_encoder_decoder",
                                              "max_trained_positions",
                                              "max_window_layers",
                                              "mlp_only_layers",
                                              "model_max_length",
                                              "n_ctx",
                                              "no_rope_layer_interval",
                                              "num_nextn_predict_layers",
                                              "output_router_logits",
                                              "pad_token_id",
                                              "pad_vocab_size_multiple",
                                              "pretraining_tp",
                                              "qk_head_dim",
                                              "reorder_and_upcast_attn",
                                              "rescale_prenorm_residual",
                                              "residual_in_fp32",
                                              "rope_interleave",
                                              "rotary_emb_scale_base",
                                              "scale_attn_by_inverse_layer_idx",
                                              "scale_attn_weights",
                                              "sinusoidal_pos_embds",
                                              "swiglu_alpha",
                                              "time_step_floor",
                                              "time_step_init_scheme",
                                              "time_step_max",
                                              "time_step_min",
                                              "time_step_scale",
                                              "torch_dtype",
                                              "transformers_version",
                                              "use_associative_scan",
                                              "use_bidirectional_attention",
                                              "use_cache",
                                              "use_mambapy"};
  for (const char* part :
       {"dropout", "_pdrop", "summary_", "_jitter_", "router_aux"})
    if (key.find(part) != std::string::npos) return true;
  return kIdle.contains(key);
}

// Both styles in one: rope_parameters and what it replaced.
void settle_rope(nlohmann::json& config) {
  if (!config.contains("rope_parameters")) return;
  nlohmann::json rope = config["rope_parameters"];
  config.erase("rope_parameters");
  for (const char* key : {"rope_theta", "partial_rotary_factor"})
    if (rope.contains(key)) {
      config[key] = rope[key];
      rope.erase(key);
    }
  if (rope["rope_type"] != "default") config["rope_scaling"] = rope;
}

// "type" and "rope_type" are one; numbers are equal by value.
nlohmann::json settled_scaling(nlohmann::json rope) {
  if (rope.is_object() && rope.contains("type")) {
    rope["rope_type"] = rope["type"];
    rope.erase("type");
  }
  return rope;
}

bool same_value(const nlohmann::json& a, const nlohmann::json& b) {
  if (a.is_number() && b.is_number())
    return static_cast<float>(a.get<double>()) ==
           static_cast<float>(b.get<double>());
  if (a.is_object() && b.is_object()) {
    bool same = a.size() == b.size();
    for (const auto& [key, value] : a.items())
      same = same && b.contains(key) && same_value(value, b[key]);
    return same;
  }
  if (a.is_array() && b.is_array()) {
    bool same = a.size() == b.size();
    for (std::size_t i = 0; same && i < a.size(); ++i)
      same = same_value(a[i], b[i]);
    return same;
  }
  return a == b;
}

// Where the file that went in says something else than it means, or says it in
// other words: the model's name and the key.
bool is_reworded(const std::string& model, const std::string& key,
                 const nlohmann::json& now) {
  // The context it was trained on stands in model_max_length.
  if (model == "cohere_qk_norm" && key == "max_position_embeddings")
    return now == 4096;
  // Falcon's class ignores it without the new decoder.
  if (key == "num_kv_heads" || key == "num_ln_in_parallel_attn")
    return now.is_null();
  // A window that is switched off.
  if (key == "sliding_window") return now.is_null();
  // layer_types says the same.
  if (key == "sliding_window_pattern" || key == "layer_types")
    return now.is_null();
  if (model == "nomic_bert" && key == "n_positions") return now == 64;
  // As numbers nothing is quantized.
  if (key == "quantization_config") return now.is_null();
  // In mixtures of experts of transformers 5 under another name.
  if (model == "qwen3_moe" && key == "num_local_experts") return now.is_null();
  return false;
}

void check_config(const Trip& trip, const std::string& model) {
  auto before =
      nlohmann::json::parse(test::get_file(trip.before / "config.json"));
  auto after =
      nlohmann::json::parse(test::get_file(trip.after / "config.json"));
  settle_rope(before);
  for (const auto& [key, value] : before.items()) {
    CAPTURE(key);
    if (is_idle(key)) continue;
    const auto now = after.contains(key) ? after[key] : nlohmann::json();
    if (key == "rope_scaling") {
      CHECK(same_value(settled_scaling(value), settled_scaling(now)));
      continue;
    }
    const bool same = same_value(value, now);
    INFO(value.dump(), " became ", now.dump());
    CHECK((same || is_reworded(model, key, now)));
  }
  CHECK(after["torch_dtype"] == "float32");
}

// --- what the engine computes

LocalModel opened(const fs::path& folder) {
  auto model = LocalModel::open(folder, {.threads = 2,
                                         .quantize = "f32",
                                         .isa = "scalar",
                                         .memory = WeightMemory::kMapped});
  INFO((model ? "" : model.error().message()));
  REQUIRE(model.has_value());
  return *model;
}

void check_logits(const LocalModel& before, const LocalModel& after,
                  const nlohmann::json& golden) {
  for (const auto& prompt : golden["prompts"]) {
    HeadInput input;
    input.ids = prompt["input_ids"].get<std::vector<TokenId>>();
    if (prompt.contains("decoder_input_ids"))
      input.decoder_ids =
          prompt["decoder_input_ids"].get<std::vector<TokenId>>();
    const auto a = before.head_outputs(input);
    const auto b = after.head_outputs(input);
    REQUIRE(a.has_value());
    REQUIRE(b.has_value());
    CHECK(a->rows == b->rows);
    CHECK(same_bits(a->values, b->values));
  }
}

std::vector<std::string> test_texts(const fs::path& model,
                                    const nlohmann::json& golden) {
  fs::path folder =
      model.parent_path() / golden["tokenizer"]["folder"].get<std::string>();
  if (!fs::exists(folder))
    folder = model.parent_path().parent_path() / "arch" /
             golden["tokenizer"]["folder"].get<std::string>();
  const auto tests =
      nlohmann::json::parse(test::get_file(folder / "tests.json"));
  std::vector<std::string> out;
  for (const auto& one : tests["tests"])
    out.push_back(one["text"]);
  return out;
}

Tokenizer tokenizer_of(const fs::path& folder) {
  const std::string text = test::get_file(folder / "tokenizer.json");
  auto out = Tokenizer::from_json(text, "tokenizer.json");
  INFO((out ? "" : out.error().message()));
  REQUIRE(out.has_value());
  return *out;
}

std::vector<TokenId> ids_of(const Tokenizer& tokenizer, const std::string& text,
                            bool add_special) {
  const auto out = tokenizer.encode(text, {.add_special = add_special});
  INFO((out ? "" : out.error().message()));
  REQUIRE(out.has_value());
  return out->ids;
}

// Of tokenizer.json before and after, and of what the engine makes of the
// folders. Whether texts begin and end with special tokens is told by two
// files, which may contradict each other; then the one counts that the engine
// obeys.
void check_ids(const Trip& trip, const LocalModel& before,
               const LocalModel& after, const std::vector<std::string>& texts) {
  const Tokenizer was = tokenizer_of(trip.before);
  const Tokenizer is = tokenizer_of(trip.after);
  for (const std::string& text : texts) {
    CAPTURE(text);
    const auto want = ids_of(was, text, false);
    CHECK(ids_of(is, text, false) == want);
    CHECK(ids_of(after.tokenizer(), text, false) == want);
    CHECK(is.decode(want).value() == was.decode(want).value());
    const auto special = ids_of(before.tokenizer(), text, true);
    CHECK(ids_of(is, text, true) == special);
    CHECK(ids_of(after.tokenizer(), text, true) == special);
  }
}

}  // namespace

TEST_CASE("back: every model comes back as it went") {
  const int models =
      for_all_models([](const fs::path& path, const nlohmann::json& golden) {
        const std::string name = path.filename();
        const Trip trip = travel(path, golden);
        for (const std::string& warning : trip.warnings)
          FAIL_CHECK(warning);
        if (name != "gpt_oss_mxfp4") check_tensors(trip, name);
        check_config(trip, name);
        const LocalModel before = opened(trip.before);
        const LocalModel after = opened(trip.after);
        check_logits(before, after, golden);
        check_ids(trip, before, after, test_texts(path, golden));
      });
  CHECK(models == 53);
}

TEST_CASE(
    "back: experts in mxfp4 stay as they are unless a type is asked for") {
  const fs::path path =
      fs::path(HUG_SOURCE_DIR) / "tests/data/arch/gpt_oss_mxfp4";
  const auto golden =
      nlohmann::json::parse(test::get_file(path / "golden.json"));
  const Trip trip = travel(path, golden, "auto");
  CHECK(trip.warnings.empty());
  const auto config =
      nlohmann::json::parse(test::get_file(trip.after / "config.json"));
  CHECK(config["quantization_config"]["quant_method"] == "mxfp4");
  check_tensors(trip, "gpt_oss_mxfp4");
  check_logits(opened(trip.before), opened(trip.after), golden);
}
