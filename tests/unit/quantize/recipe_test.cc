#include <doctest/doctest.h>

#include <string>
#include <vector>

#include "quantize/quantize.h"
#include "quantize/tensor_class.h"

namespace {

using hug::quantize::FileType;
using hug::quantize::RecipeOptions;
using hug::quantize::TensorSpec;
using hug::quantize::Traits;
using hug::tensor::DType;

TensorSpec matrix(std::string name, std::uint64_t n_per_row = 4096) {
  TensorSpec t;
  t.name = std::move(name);
  t.type = DType::kF16;
  t.shape = {n_per_row, 512, 1, 1};
  return t;
}

/// A dense llama of 32 layers with grouped queries.
std::vector<TensorSpec> llama() {
  std::vector<TensorSpec> out = {matrix("token_embd.weight"),
                                 matrix("output.weight")};
  for (int l = 0; l < 32; l++) {
    const std::string blk = "blk." + std::to_string(l) + ".";
    for (const char* part :
         {"attn_q", "attn_k", "attn_v", "attn_output", "ffn_gate", "ffn_up"})
      out.push_back(matrix(blk + part + ".weight"));
    out.push_back(matrix(blk + "ffn_down.weight", 14336));
    TensorSpec norm = matrix(blk + "attn_norm.weight");
    norm.type = DType::kF32;
    norm.shape = {4096, 1, 1, 1};
    out.push_back(norm);
  }
  return out;
}

const Traits kLlama{"llama", 32, 32, 8, 0};

DType type_of(const std::vector<TensorSpec>& tensors,
              const RecipeOptions& options, const std::string& name) {
  const auto decisions = hug::quantize::decide(kLlama, tensors, options);
  REQUIRE(decisions);
  for (std::size_t i = 0; i < tensors.size(); i++)
    if (tensors[i].name == name) return (*decisions)[i].type;
  FAIL("no such tensor");
  return DType::kF32;
}

}  // namespace

TEST_CASE("file types: names, numbers and aliases") {
  CHECK(*hug::quantize::find_file_type("q4_k_m") == FileType::kQ4KM);
  CHECK(*hug::quantize::find_file_type("Q4_K") == FileType::kQ4KM);
  CHECK(*hug::quantize::find_file_type("15") == FileType::kQ4KM);
  CHECK(*hug::quantize::file_type_from_id(1024 + 7) == FileType::kQ8_0);
  CHECK_FALSE(hug::quantize::file_type_from_id(4));
  const auto wrong = hug::quantize::find_file_type("q4_k_x");
  REQUIRE_FALSE(wrong);
  CHECK(wrong.error().code() == hug::Code::kUsage);
  CHECK(wrong.error().hint().find("q4_k_m") != std::string::npos);
}

TEST_CASE("recipes: q4_k_m of a dense llama gives more bits to some layers") {
  const auto tensors = llama();
  RecipeOptions o;
  o.file_type = FileType::kQ4KM;
  CHECK(type_of(tensors, o, "output.weight") == DType::kQ6K);
  CHECK(type_of(tensors, o, "token_embd.weight") == DType::kQ4K);
  CHECK(type_of(tensors, o, "blk.0.attn_norm.weight") == DType::kF32);
  for (int l = 0; l < 32; l++) {
    const bool more = l < 4 || l >= 28 || (l - 4) % 3 == 2;
    const DType want = more ? DType::kQ6K : DType::kQ4K;
    const std::string blk = "blk." + std::to_string(l) + ".";
    CHECK(type_of(tensors, o, blk + "attn_v.weight") == want);
    CHECK(type_of(tensors, o, blk + "ffn_down.weight") == want);
    CHECK(type_of(tensors, o, blk + "ffn_up.weight") == DType::kQ4K);
  }
}

TEST_CASE("recipes: options of the user come first") {
  const auto tensors = llama();
  RecipeOptions o;
  o.file_type = FileType::kQ4KM;
  o.pure = true;
  CHECK(type_of(tensors, o, "output.weight") == DType::kQ4K);
  o.pure = false;
  o.keep_output = true;
  CHECK(type_of(tensors, o, "output.weight") == DType::kF16);
  o.output_type = DType::kQ8_0;
  o.keep_output = false;
  o.token_embedding_type = DType::kF16;
  o.rules = {{"BLK\\.[01]\\..*_v", DType::kQ8_0}, {"attn_v", DType::kQ2K}};
  CHECK(type_of(tensors, o, "output.weight") == DType::kQ8_0);
  CHECK(type_of(tensors, o, "token_embd.weight") == DType::kF16);
  CHECK(type_of(tensors, o, "blk.1.attn_v.weight") == DType::kQ8_0);
  CHECK(type_of(tensors, o, "blk.2.attn_v.weight") == DType::kQ2K);
  // A tensor typed by hand does not advance the counters.
  CHECK(type_of(tensors, o, "blk.0.ffn_down.weight") == DType::kQ6K);
  o.copy = true;
  CHECK(type_of(tensors, o, "blk.1.attn_v.weight") == DType::kF16);
}

TEST_CASE("recipes: a bad pattern says where it is wrong") {
  RecipeOptions o;
  o.rules = {{"attn_(v", DType::kQ8_0}};
  const auto got = hug::quantize::decide(kLlama, llama(), o);
  REQUIRE_FALSE(got);
  CHECK(got.error().code() == hug::Code::kUsage);
  CHECK(got.error().message().find("attn_(v") != std::string::npos);
}

TEST_CASE("recipes: rows that do not divide fall back to smaller blocks") {
  std::vector<TensorSpec> t = {matrix("output.weight"),
                               matrix("blk.0.attn_q.weight", 2880),
                               matrix("blk.0.attn_k.weight", 100)};
  RecipeOptions o;
  o.file_type = FileType::kQ4KS;
  const auto got = hug::quantize::decide(kLlama, t, o);
  REQUIRE(got);
  CHECK((*got)[1].type == DType::kQ5_0);
  CHECK((*got)[1].fell_back);
  CHECK((*got)[2].type == DType::kF16);
  CHECK_FALSE((*got)[2].converts);
  o.file_type = FileType::kQ1_0;
  CHECK(hug::quantize::decide(kLlama, t, o).error().code() ==
        hug::Code::kUnsupported);
}

TEST_CASE("recipes: types that need a matrix say so") {
  RecipeOptions o;
  o.file_type = FileType::kIq2Xxs;
  const auto tensors = llama();
  const auto got = hug::quantize::decide(kLlama, tensors, o);
  REQUIRE(got);
  for (std::size_t i = 0; i < tensors.size(); i++)
    if (tensors[i].name == "blk.9.ffn_up.weight")
      CHECK((*got)[i].needs_importance);
    else if (tensors[i].name == "token_embd.weight")
      CHECK_FALSE((*got)[i].needs_importance);
}

TEST_CASE("recipes: a layer beyond the last is an error, not a crash") {
  const Traits moe{"qwen3moe", 4, 16, 4, 128};
  std::vector<TensorSpec> t = {matrix("blk.4.ffn_down_exps.weight")};
  RecipeOptions o;
  const auto got = hug::quantize::decide(moe, t, o);
  REQUIRE_FALSE(got);
  CHECK(got.error().code() == hug::Code::kCorrupt);
}

TEST_CASE("names: layers and classes") {
  using hug::quantize::layer_of;
  CHECK(*layer_of("blk.12.attn_q.weight") == 12);
  CHECK_FALSE(layer_of("blk..x"));
  CHECK_FALSE(layer_of("blk.99999999999999.x"));
  CHECK_FALSE(layer_of("output.weight"));
  CHECK(hug::quantize::classify("blk.1.ffn_down_exps.weight") ==
        hug::quantize::TensorClass::kDown);
  CHECK_FALSE(hug::quantize::quantizable(matrix("blk.0.ffn_gate_inp.weight")));
  CHECK_FALSE(hug::quantize::quantizable(matrix("blk.0.attn_q.bias")));
}
