// config.json made of the keys of a gguf file: names, classes and what follows
// from tensors. Expected values are those of the original repositories.
#include "arch/config_back.h"

#include <doctest/doctest.h>

#include <nlohmann/json.hpp>
#include <set>

#include "arch/families.h"
#include "arch/hug_keys.h"

using namespace hug::arch;
using hug::format::GgufArray;
using hug::format::GgufMetadata;

namespace {

GgufMetadata sizes(const std::string& arch) {
  GgufMetadata out;
  out.set("general.architecture", arch);
  const auto set = [&](const char* key, std::uint32_t value) {
    out.set(arch + "." + key, value);
  };
  set("block_count", 2);
  set("context_length", 512);
  set("embedding_length", 64);
  set("feed_forward_length", 256);
  set("attention.head_count", 4);
  set("attention.head_count_kv", 4);
  return out;
}

GgufFacts facts(const GgufMetadata& keys,
                const std::set<std::string_view>& tensors) {
  const std::string arch(*keys.find_string("general.architecture"));
  return {KeyReader(keys, arch),
          [tensors](std::string_view name) { return tensors.contains(name); }};
}

RestoredConfig restored(const GgufFacts& file) {
  const Family* family =
      find_family(*file.keys.all().find_string("general.architecture"), file);
  REQUIRE(family != nullptr);
  auto out = restore_config(*family, file, "bfloat16");
  if (!out) FAIL(out.error().message());
  return *std::move(out);
}

nlohmann::json config_of(const GgufFacts& file) {
  return nlohmann::json::parse(restored(file).text);
}

}  // namespace

TEST_CASE("config back: GPT-2 under its own names") {
  auto keys = sizes("gpt2");
  keys.set("gpt2.attention.layer_norm_epsilon", 1e-5F);
  keys.set("tokenizer.ggml.bos_token_id", std::uint32_t{50256});
  const auto config = config_of(facts(keys, {}));
  CHECK(config["architectures"] == nlohmann::json({"GPT2LMHeadModel"}));
  CHECK(config["model_type"] == "gpt2");
  CHECK(config["n_embd"] == 64);
  CHECK(config["n_layer"] == 2);
  CHECK(config["n_head"] == 4);
  CHECK(config["n_positions"] == 512);
  CHECK(config["n_inner"].is_null());  // four times the width
  CHECK(config["layer_norm_epsilon"] == 1e-5);
  CHECK(config["bos_token_id"] == 50256);
  CHECK(config["tie_word_embeddings"] == true);
  CHECK(config["torch_dtype"] == "bfloat16");
  CHECK_FALSE(config.contains("hidden_size"));
}

TEST_CASE("config back: a llama is what its keys show") {
  auto keys = sizes("llama");
  keys.set("llama.attention.layer_norm_rms_epsilon", 1e-6F);
  keys.set("llama.rope.freq_base", 5e5F);
  keys.set("llama.rope.dimension_count", std::uint32_t{16});
  keys.set("llama.vocab_size", std::uint32_t{100});
  auto config = config_of(facts(keys, {"output.weight", "blk.0.attn_q.bias"}));
  CHECK(config["model_type"] == "llama");
  CHECK(config["rope_theta"] == 500000);
  CHECK(config["tie_word_embeddings"] == false);
  CHECK(config["attention_bias"] == true);
  CHECK(config["mlp_bias"] == false);
  CHECK(config["vocab_size"] == 100);

  auto with_window = keys;
  with_window.set(kHugWindow, std::uint32_t{7});
  config = config_of(facts(with_window, {}));
  CHECK(config["model_type"] == "mistral");
  CHECK(config["sliding_window"] == 7);

  keys.set("llama.expert_count", std::uint32_t{8});
  keys.set("llama.expert_used_count", std::uint32_t{2});
  config = config_of(facts(keys, {}));
  CHECK(config["model_type"] == "mixtral");
  CHECK(config["num_local_experts"] == 8);
  CHECK(config["num_experts_per_tok"] == 2);
  CHECK_FALSE(config.contains("num_experts"));
}

TEST_CASE("config back: the frequencies of llama 3 tell their parameters") {
  auto keys = sizes("llama");
  keys.set("llama.attention.layer_norm_rms_epsilon", 1e-5F);
  keys.set("llama.attention.key_length", std::uint32_t{128});
  keys.set("llama.attention.value_length", std::uint32_t{128});
  keys.set("llama.rope.freq_base", 5e5F);
  keys.set("llama.rope.dimension_count", std::uint32_t{128});
  keys.set("llama.vocab_size", std::uint32_t{100});

  struct Case {
    double factor, low, high;
    std::uint64_t original;
  };

  // Llama 3.1, Llama 3.2, and two that nobody uses.
  for (const Case& c : {Case{8, 1, 4, 8192}, Case{32, 1, 4, 8192},
                        Case{16, 1, 4, 5000}, Case{8, 1, 8, 8192}}) {
    CAPTURE(c.factor);
    Config config =
        Config::parse(nlohmann::json({{"head_dim", 128},
                                      {"rope_theta", 5e5},
                                      {"rope_scaling",
                                       {{"rope_type", "llama3"},
                                        {"factor", c.factor},
                                        {"low_freq_factor", c.low},
                                        {"high_freq_factor", c.high},
                                        {"original_max_position_embeddings",
                                         c.original}}}})
                          .dump())
            .value();
    config.settle_rope();
    GgufFacts file = facts(keys, {});
    file.extras["rope_freqs.weight"] = llama3_factors(config, 1.0);
    REQUIRE(file.extras["rope_freqs.weight"].size() == 64);
    const auto back = restored(file);
    const auto rope = nlohmann::json::parse(back.text)["rope_scaling"];
    CHECK(rope["rope_type"] == "llama3");
    CHECK(rope["factor"] == c.factor);
    CHECK(rope["original_max_position_embeddings"] == c.original);
    CHECK(rope["high_freq_factor"] == c.high);
    CHECK(back.lost.empty());
  }
}

TEST_CASE("config back: what has no place is named") {
  auto keys = sizes("gemma");
  keys.set("gemma.attention.layer_norm_rms_epsilon", 1e-6F);
  keys.set("gemma.attention.key_length", std::uint32_t{16});
  keys.set("gemma.attention.value_length", std::uint32_t{16});
  CHECK(restored(facts(keys, {})).lost.empty());
  keys.set("gemma.final_logit_softcapping", 30.0F);
  const auto back = restored(facts(keys, {}));
  CHECK(back.lost == std::vector<std::string>{"gemma.final_logit_softcapping"});
}

TEST_CASE("config back: BERT's head tells its class") {
  auto keys = sizes("bert");
  keys.set("bert.attention.layer_norm_epsilon", 1e-12F);
  keys.set("bert.attention.causal", false);
  keys.set("tokenizer.ggml.model", std::string("bert"));
  keys.set("tokenizer.ggml.token_type_count", std::uint32_t{2});
  auto config = config_of(facts(keys, {"token_types.weight"}));
  CHECK(config["architectures"][0] == "BertModel");
  CHECK(config["type_vocab_size"] == 2);
  CHECK(config["layer_norm_eps"] == 1e-12);
  auto labelled = keys;
  labelled.set("bert.classifier.output_labels",
               GgufArray(hug::format::StringArray{"no", "yes", "may be"}));
  config =
      config_of(facts(labelled, {"token_types.weight", "cls.output.weight"}));
  CHECK(config["architectures"][0] == "BertForSequenceClassification");
  CHECK(config["id2label"]["2"] == "may be");
  CHECK(config["label2id"]["yes"] == 1);
  keys.set("tokenizer.ggml.model", std::string("t5"));
  config = config_of(facts(keys, {}));
  CHECK(config["model_type"] == "xlm-roberta");
  // Two positions stand before the first of a text.
  CHECK(config["max_position_embeddings"] == 514);
}
