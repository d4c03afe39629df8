// Recipes against recorded decisions: for eight real models, the type of every
// tensor under each of 33 file types.
#include <doctest/doctest.h>

#include <algorithm>
#include <fstream>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "quantize/quantize.h"

namespace {

using hug::quantize::Decision;
using hug::quantize::TensorSpec;
using hug::quantize::Traits;
using hug::tensor::DType;

/// Rows of tensors whose names hold the text; the first that fits counts.
struct RowLength {
  const char* part;
  std::uint64_t n;
  bool experts = false;
};

struct Model {
  const char* file;
  const char* arch;
  std::uint32_t n_layer, n_head, n_head_kv, n_expert;
  std::uint64_t n_embd;
  std::vector<RowLength> rows;
};

const std::vector<Model>& models() {
  static const std::vector<Model> all = {
      {"deepseek-v3.1",
       "deepseek2",
       61,
       128,
       1,
       256,
       7168,
       {{"ffn_down_exps", 2048, true},
        {"_exps", 7168, true},
        {"ffn_down_shexp", 2048},
        {"ffn_down", 18432},
        {"attn_k_b", 128, true},
        {"attn_q_b", 1536},
        {"attn_output", 16384}}},
      {"gemma-3-4b-it",
       "gemma3",
       34,
       8,
       4,
       0,
       2560,
       {{"ffn_down", 10240}, {"attn_output", 2048}}},
      {"glm-4.6v",
       "glm4moe",
       46,
       96,
       8,
       128,
       4096,
       {{"ffn_down_exps", 1408, true},
        {"_exps", 4096, true},
        {"ffn_down_shexp", 1408},
        {"ffn_down", 10944},
        {"attn_output", 12288}}},
      {"gpt-oss-120b",
       "gpt-oss",
       36,
       64,
       8,
       128,
       2880,
       {{"_exps", 2880, true}, {"attn_output", 4096}}},
      {"meta-llama-3.1-70b-instruct",
       "llama",
       80,
       64,
       8,
       0,
       8192,
       {{"ffn_down", 28672}}},
      {"nvidia-nemotron-3-nano-30b-a3b",
       "nemotron_h_moe",
       52,
       32,
       0,
       128,
       2688,
       {{"ffn_down_exps", 1856, true},
        {"_exps", 2688, true},
        {"ffn_down_shexp", 3712},
        {"ssm_out", 4096},
        {"attn_output", 4096}}},
      {"qwen3-0.6b",
       "qwen3",
       28,
       16,
       8,
       0,
       1024,
       {{"ffn_down", 3072}, {"attn_output", 2048}}},
      {"qwen3-coder-next",
       "qwen3next",
       48,
       16,
       2,
       512,
       2048,
       {{"ffn_down_exps", 512, true},
        {"_exps", 2048, true},
        {"ffn_down_shexp", 512},
        {"ssm_out", 4096},
        {"attn_output", 4096}}},
  };
  return all;
}

struct Section {
  std::string file_type;
  std::string base;
  std::map<std::string, std::string> exceptions;
};

std::vector<Section> read_sections(const std::string& name) {
  std::ifstream in(HUG_SOURCE_DIR "/tests/data/quant/snapshots/" + name +
                   ".schema");
  std::vector<Section> out;
  for (std::string line; std::getline(in, line);) {
    if (line.empty() || line[0] == '#') continue;
    const auto blank = line.find(' ');
    const std::string value = line.substr(blank + 1);
    if (line[0] == '[')
      out.push_back({line.substr(1, blank - 2), value, {}});
    else
      out.back().exceptions[line.substr(0, blank)] = value;
  }
  return out;
}

/// Every tensor that any section names: all that can be quantized.
std::vector<TensorSpec> tensors_of(const Model& model,
                                   const std::vector<Section>& sections) {
  std::set<std::string> names;
  for (const Section& section : sections)
    for (const auto& [name, type] : section.exceptions)
      names.insert(name);
  std::vector<TensorSpec> out;
  for (const std::string& name : names) {
    const auto row = std::ranges::find_if(model.rows, [&](const RowLength& r) {
      return name.find(r.part) != std::string::npos;
    });
    const bool known = row != model.rows.end();
    TensorSpec t;
    t.name = name;
    t.type = DType::kF32;
    t.shape = {known ? row->n : model.n_embd, 64,
               known && row->experts ? std::uint64_t{8} : 1, 1};
    out.push_back(t);
  }
  return out;
}

}  // namespace

TEST_CASE("recipes: every recorded decision of eight models") {
  for (const Model& model : models()) {
    const Traits traits{model.arch, model.n_layer, model.n_head,
                        model.n_head_kv, model.n_expert};
    const auto sections = read_sections(model.file);
    REQUIRE(sections.size() >= 33);
    const auto tensors = tensors_of(model, sections);
    CHECK(tensors.size() > 100);
    for (const Section& section : sections) {
      const auto type = hug::quantize::find_file_type(section.file_type);
      REQUIRE_MESSAGE(type, section.file_type);
      hug::quantize::RecipeOptions options;
      options.file_type = *type;
      const auto decisions = hug::quantize::decide(traits, tensors, options);
      REQUIRE_MESSAGE(decisions, model.file << " " << section.file_type);
      for (std::size_t i = 0; i < tensors.size(); i++) {
        const auto found = section.exceptions.find(tensors[i].name);
        const std::string& want =
            found == section.exceptions.end() ? section.base : found->second;
        const auto got = hug::tensor::name((*decisions)[i].type);
        CHECK_MESSAGE(got == want, model.file << " " << section.file_type << " "
                                              << tensors[i].name);
      }
    }
  }
}
