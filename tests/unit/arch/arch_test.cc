// Names in both worlds, and configurations in both styles.
#include "arch/arch.h"

#include <doctest/doctest.h>

#include <set>

#include "arch/families.h"

using namespace hug::arch;

TEST_CASE("names match patterns and are made of them") {
  const auto match = match_name("model.layers.#.mlp.experts.@.up_proj",
                                "model.layers.12.mlp.experts.7.up_proj");
  REQUIRE(match.has_value());
  CHECK(match->layer == 12);
  CHECK(match->part == 7);
  CHECK(fill_name("blk.#.ffn_up_exps", *match) == "blk.12.ffn_up_exps");
  CHECK_FALSE(match_name("model.layers.#.x", "model.layers.01.x").has_value());
  CHECK_FALSE(match_name("model.layers.#.x", "model.layers..x").has_value());
  CHECK_FALSE(match_name("model.layers.#", "model.layers.1.x").has_value());
  CHECK_FALSE(match_name("a.#", "a.99999999999999999999").has_value());
}

TEST_CASE("suffixes go along, whole names stand alone") {
  const TensorRule rule{"blk.#.attn_q", "h.#.q"};
  const auto match = match_hf(rule, "h.3.q.bias");
  REQUIRE(match.has_value());
  CHECK(match->suffix == ".bias");
  CHECK(match_gguf(rule, "blk.3.attn_q.weight")->suffix == ".weight");
  CHECK_FALSE(match_hf(rule, "h.3.q").has_value());
  const TensorRule whole{"blk.#.ssm_a", "h.#.A_log", Op::kNegExp, true};
  CHECK(match_hf(whole, "h.3.A_log").has_value());
  CHECK_FALSE(match_hf(whole, "h.3.A_log.weight").has_value());
}

TEST_CASE("every class belongs to one family, every rule is well formed") {
  std::set<std::string_view> classes;
  for (const Family* family : all_families()) {
    CHECK_FALSE(family->arch.empty());
    CHECK((family->keys != nullptr));
    CHECK_FALSE(family->classes.empty());
    for (const std::string_view name : family->classes)
      CHECK(classes.insert(name).second);
    for (const auto& table : family->rules)
      for (const TensorRule& rule : table) {
        CHECK_FALSE(rule.hf.empty());
        CHECK(rule.hf.find_first_of(" \t") == std::string_view::npos);
        CHECK((rule.op == Op::kStack) ==
              (rule.hf.find('@') != std::string_view::npos));
      }
    CHECK_FALSE(family->model_type.empty());
    const hug::format::GgufMetadata none;
    CHECK(find_family(family->arch, {KeyReader(none, family->arch),
                                     [](auto) { return false; }}) != nullptr);
  }
  CHECK(find_family_of_class("LlamaForCausalLM")->arch == "llama");
  CHECK(find_family_of_class("None") == nullptr);
}

TEST_CASE("both styles of rope parameters mean the same") {
  for (const char* text :
       {R"({"rope_theta": 5e5, "rope_scaling": {"type": "yarn", "factor": 4,
           "original_max_position_embeddings": 512, "truncate": false}})",
        R"({"rope_parameters": {"rope_theta": 5e5, "rope_type": "yarn",
           "factor": 4, "original_max_position_embeddings": 512,
           "truncate": false}})"}) {
    Config config = Config::parse(text).value();
    config.settle_rope();
    const Rope rope = rope_of(config);
    CHECK(rope.type == "yarn");
    CHECK(rope.theta == 5e5);
    CHECK(rope.factor == 4);
    CHECK(rope.original_context == 512);
    CHECK(rope.truncate == false);
  }
}

TEST_CASE("a configuration that is none is refused") {
  CHECK_FALSE(Config::parse("").has_value());
  CHECK_FALSE(Config::parse("[1]").has_value());
  CHECK_FALSE(Config::parse("{\"a\": ").has_value());
  const Config config =
      Config::parse(R"({"a": null, "b": -1, "c": 2.0, "d": "x"})").value();
  CHECK_FALSE(config.has("a"));
  CHECK_FALSE(config.find_unsigned({"a", "c"}).has_value());  // null counts
  CHECK_FALSE(config.find_unsigned({"b"}).has_value());
  CHECK(config.find_unsigned({"c"}) == 2);
  CHECK(config.need_unsigned({"d", "e"}).error().message() ==
        "config.json has no whole number for 'd' or 'e'");
}

TEST_CASE("text_config is merged over the root") {
  const Config config = Config::parse(R"({"architectures": ["Outer"],
      "hidden_size": 1, "text_config": {"architectures": ["Inner"],
      "hidden_size": 2}})")
                            .value();
  CHECK(config.architecture() == "Inner");
  CHECK(config.find_unsigned({"hidden_size"}) == 2);
}

TEST_CASE("hyper-parameters are read with the loader's defaults") {
  hug::format::GgufMetadata metadata;
  metadata.set("general.architecture", std::string("llama"));
  CHECK_FALSE(read_hparams(metadata).has_value());
  metadata.set("llama.block_count", std::uint32_t{2});
  metadata.set("llama.embedding_length", std::uint32_t{64});
  metadata.set("llama.attention.head_count", std::uint32_t{4});
  const auto h = read_hparams(metadata).value();
  CHECK(h.n_head_kv == std::vector<std::uint64_t>{4, 4});
  CHECK(h.key_length == 16);
  CHECK(h.n_rot == 16);
  CHECK(h.rope_base == 10000.0F);
  metadata.set("llama.block_count", std::uint32_t{100000});
  CHECK(read_hparams(metadata).error().code() == hug::Code::kLimit);
}
