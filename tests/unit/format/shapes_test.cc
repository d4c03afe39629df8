// The shapes that an architecture asks for, against what the reference
// converter wrote for a model of every family.
#include "format/inspect/shapes.h"

#include <doctest/doctest.h>

#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>

#include "format/format.h"
#include "format/inspect/parts.h"

using namespace hug;
using namespace hug::format;
using nlohmann::json;

namespace {

struct Described {
  std::string name;
  Gguf gguf;
};

GgufValue value_of(const json& kv) {
  const std::string type = kv["type"][0];
  if (type == "ARRAY") {
    if (kv.contains("length")) {
      StringArray many;
      for (std::size_t i = 0; i < kv["length"]; ++i)
        many.push_back("t");
      return GgufArray(std::move(many));
    }
    std::vector<std::uint64_t> numbers;
    for (const auto& item : kv["value"])
      numbers.push_back(item.is_number_unsigned() ? item.get<std::uint64_t>()
                                                  : 0);
    return GgufArray(std::move(numbers));
  }
  if (type == "STRING") return kv["value"].get<std::string>();
  if (type == "BOOL") return kv["value"].get<bool>();
  if (type == "FLOAT32") return kv["value"].get<float>();
  if (type == "INT32") return kv["value"].get<std::int32_t>();
  return kv["value"].get<std::uint32_t>();
}

std::vector<Described> all_models() {
  std::vector<Described> out;
  const std::string root = std::string(HUG_SOURCE_DIR) + "/tests/data/arch";
  for (const auto& entry : std::filesystem::directory_iterator(root)) {
    std::ifstream file(entry.path() / "gguf.json");
    if (!file) continue;
    const json j = json::parse(file);
    Described d{entry.path().filename(), {}};
    for (const auto& kv : j["kv"])
      d.gguf.metadata.append(kv["key"], value_of(kv));
    for (const auto& t : j["f32"]["tensors"]) {
      auto tensor =
          make_gguf_tensor(t["name"], tensor::DType::kF32,
                           t["shape"].get<std::vector<std::uint64_t>>());
      REQUIRE(tensor);
      d.gguf.tensors.push_back(*tensor);
    }
    out.push_back(std::move(d));
  }
  return out;
}

}  // namespace

TEST_CASE("shapes: every model of the reference converter fits") {
  const auto models = all_models();
  REQUIRE(models.size() > 25);
  std::size_t known = 0;
  for (const Described& d : models) {
    CAPTURE(d.name);
    for (const ModelProblem& p : check_shapes(d.gguf, d.gguf.tensors))
      FAIL_CHECK(d.name << ": " << p.where << ": " << p.text);
    for (const ModelProblem& p : check_numbers(d.gguf))
      FAIL_CHECK(d.name << ": " << p.where << ": " << p.text);
    known += knows_shapes(d.gguf.architecture()) ? 1U : 0U;
  }
  CHECK(known + 1 >= models.size());  // all but mamba
}

TEST_CASE("shapes: a wrong dimension of most tensors is found") {
  for (const Described& d : all_models()) {
    if (!knows_shapes(d.gguf.architecture())) continue;
    CAPTURE(d.name);
    std::size_t found = 0;
    for (std::size_t i = 0; i < d.gguf.tensors.size(); ++i) {
      auto tensors = d.gguf.tensors;
      tensors[i].ne[0] += 1;
      found += check_shapes(d.gguf, tensors).empty() ? 0U : 1U;
    }
    CHECK(found * 10 >= d.gguf.tensors.size() * 6);
  }
}

TEST_CASE("shapes: layers beyond the model, numbers that do not go together") {
  Gguf g;
  g.metadata.append("general.architecture", std::string("llama"));
  g.metadata.append("llama.block_count", std::uint32_t{1});
  g.metadata.append("llama.attention.head_count", std::uint32_t{3});
  g.metadata.append("llama.attention.head_count_kv", std::uint32_t{2});
  g.metadata.append("llama.context_length", std::uint32_t{1 << 25});
  g.metadata.append("llama.rope.freq_base", 0.0F);
  const auto t = make_gguf_tensor("blk.1.attn_norm.weight", tensor::DType::kF32,
                                  std::vector<std::uint64_t>{4});
  CHECK(check_shapes(g, {*t}).size() == 1);
  CHECK(check_numbers(g).size() == 3);
}

TEST_CASE("parts: names of both worlds") {
  for (const auto& [name, part] :
       {std::pair{"token_embd.weight", "embedding"},
        {"model.embed_tokens.weight", "embedding"},
        {"output.weight", "output"},
        {"lm_head.weight", "output"},
        {"blk.0.attn_output.weight", "attention"},
        {"model.layers.0.self_attn.q_proj.weight", "attention"},
        {"blk.0.ffn_norm.weight", "norm"},
        {"model.layers.0.input_layernorm.weight", "norm"},
        {"blk.0.ffn_up_exps.weight", "experts"},
        {"model.layers.0.mlp.experts.3.w1.weight", "experts"},
        {"model.layers.0.mlp.up_proj.weight", "feed-forward"},
        {"blk.0.ssm_in.weight", "state"},
        {"x", "other"}})
    CHECK(part_of(name) == part);
}
