// Models that lie about themselves are refused with a reason.
#include <doctest/doctest.h>

#include <functional>

#include "arch/encoder.h"
#include "arch/encoder_decoder.h"
#include "arch/hug_keys.h"
#include "arch/load_type.h"
#include "arch/tensor_set.h"
#include "arch/weights.h"
#include "hug/file_set.h"

using namespace hug;
using namespace hug::arch;

namespace {

TensorSet read_model(const char* name) {
  auto files =
      open_folder(HUG_SOURCE_DIR "/tests/data/arch/" + std::string(name));
  REQUIRE(files.has_value());
  nn::Team team(1);
  auto set = read_tensors(**files, team, {.vocabulary = false});
  REQUIRE(set.has_value());
  return *std::move(set);
}

// The error of loading what `lie` made of the model.
Code code_of(const char* name, const std::function<void(TensorSet&)>& lie) {
  TensorSet set = read_model(name);
  lie(set);
  const auto model = load_model(set);
  REQUIRE_FALSE(model.has_value());
  CHECK_FALSE(model.error().message().empty());
  return model.error().code();
}

}  // namespace

TEST_CASE("load: keys that lie") {
  const auto key = [](std::string name, std::uint64_t value) {
    return [=](TensorSet& set) { set.metadata.set(name, value); };
  };
  CHECK(code_of("llama", key("llama.block_count", 1000)) == Code::kLimit);
  CHECK(code_of("llama", key("llama.block_count", 3)) == Code::kCorrupt);
  CHECK(code_of("llama", key("llama.block_count", 0)) == Code::kCorrupt);
  CHECK(code_of("llama", key("llama.embedding_length", 1ULL << 62)) ==
        Code::kLimit);
  CHECK(code_of("llama", key("llama.attention.head_count_kv", 0)) ==
        Code::kCorrupt);
  CHECK(code_of("llama", key("llama.attention.head_count", UINT64_MAX)) ==
        Code::kLimit);
  CHECK(code_of("llama", key("llama.rope.dimension_count", 4096)) ==
        Code::kCorrupt);
  CHECK(code_of("mixtral", key("llama.expert_used_count", 100)) ==
        Code::kCorrupt);
  CHECK(code_of("mamba", key("mamba.ssm.state_size", 0)) == Code::kCorrupt);
  // More is turned than a head holds, whatever latent attention would have.
  CHECK(code_of("llama", [](TensorSet& set) {
          set.metadata.set("llama.attention.key_length_mla", 4096U);
          set.metadata.set("llama.rope.dimension_count", 1024U);
        }) == Code::kCorrupt);
}

TEST_CASE("load: keys of encoder-decoders that lie") {
  const auto key = [](std::string name, std::uint64_t value) {
    return [=](TensorSet& set) { set.metadata.set(name, value); };
  };
  for (const char* name :
       {"t5.attention.head_count_kv", "t5.attention.key_length",
        "t5.attention.value_length", "t5.attention.relative_buckets_count"}) {
    CAPTURE(name);
    CHECK(code_of("t5", key(name, 1)) == Code::kCorrupt);
    CHECK(code_of("t5", key(name, 0)) == Code::kCorrupt);
  }
  CHECK(code_of("t5", key(std::string(kHugMaxDistance), UINT64_MAX)) ==
        Code::kLimit);
  CHECK(code_of("t5", key(std::string(kHugMaxDistance), 1)) == Code::kCorrupt);
}

TEST_CASE("load: each kind of model has a pass, and refuses the others") {
  nn::Team team(1);
  nn::Workspace work;
  const std::int32_t ids[] = {1, 2, 3};
  const auto t5 = load_model(read_model("t5"));
  REQUIRE(t5.has_value());
  Sequence sequence(**t5);
  CHECK(forward(team, sequence, ids, Want::kLastLogits).error().code() ==
        Code::kUsage);
  const auto llama = load_model(read_model("llama"));
  REQUIRE(llama.has_value());
  CHECK(encode(**llama, team, work, {ids, {}, {}}).error().code() ==
        Code::kUsage);
  // A key of T5's makes no biases.
  TensorSet set = read_model("bert");
  set.metadata.set("bert.attention.relative_buckets_count", 32U);
  const auto bert = load_model(set);
  REQUIRE(bert.has_value());
  Sequence words(**bert);
  CHECK(forward(team, words, ids, Want::kLastLogits).error().code() ==
        Code::kUsage);
  const auto rows = encode(**bert, team, work, {ids, {}, {}});
  REQUIRE(rows.has_value());
  CHECK(DecoderState::begin(**bert, team, work, *rows).error().code() ==
        Code::kUsage);
}

TEST_CASE("load: tensors that lie") {
  CHECK(code_of("llama", [](TensorSet& set) {
          set.tensors.erase("blk.1.ffn_up.weight");
        }) == Code::kCorrupt);
  CHECK(code_of("llama", [](TensorSet& set) {
          set.tensors["blk.0.attn_q.weight"].ne[1] += 1;
        }) == Code::kCorrupt);
  CHECK(code_of("llama", [](TensorSet& set) {
          auto& t = set.tensors["output_norm.weight"];
          t.bytes = t.bytes.first(t.bytes.size() / 2);
        }) == Code::kCorrupt);
  CHECK(code_of("llama", [](TensorSet& set) {
          set.tensors["token_embd.weight"].ne = {1ULL << 32, 1ULL << 32, 1, 1};
        }) == Code::kCorrupt);
}

TEST_CASE("load: latent attention with a part missing") {
  for (const char* part : {"attn_q_a", "attn_q_a_norm", "attn_q_b",
                           "attn_kv_a_mqa", "attn_kv_a_norm", "attn_k_b"}) {
    CAPTURE(part);
    CHECK(code_of("deepseek_v3", [&](TensorSet& set) {
            const std::string name = "blk.0." + std::string(part) + ".weight";
            REQUIRE(set.tensors.erase(name) == 1);
          }) == Code::kCorrupt);
  }
}

TEST_CASE("load: a checkpoint's queries stay in halves, as they lie there") {
  CHECK(read_model("llama").rotates_halves);
  CHECK_FALSE(read_model("qwen2").rotates_halves);
  // What is not changed is a view of the file.
  const TensorSet set = read_model("llama");
  REQUIRE(set.store->files.size() == 1);
  const auto file = set.store->files[0]->mapped();
  for (const char* name : {"blk.0.attn_q.weight", "token_embd.weight"}) {
    const auto* t = set.find(name);
    REQUIRE(t != nullptr);
    CHECK(t->bytes.data() > file.data());
    CHECK(t->bytes.data() < file.data() + file.size());
  }
}

TEST_CASE("load: what becomes of a matrix that is quantized meanwhile") {
  using tensor::DType;
  MatrixFacts matrix{"blk.0.ffn_up.weight", DType::kBf16, 512, 2, false};
  CHECK(type_at_load(matrix, DType::kQ4K) == DType::kQ4K);
  CHECK(type_at_load(matrix, DType::kF16) == std::nullopt);
  CHECK(type_at_load(matrix, DType::kF32) == DType::kF32);
  matrix.row_length = 96;
  CHECK(type_at_load(matrix, DType::kQ4K) == DType::kQ5_0);
  matrix.row_length = 100;
  CHECK(type_at_load(matrix, DType::kQ4K) == std::nullopt);
  matrix = {"token_embd.weight", DType::kF16, 512, 2, false};
  CHECK(type_at_load(matrix, DType::kQ8_0) == std::nullopt);
  matrix.is_tied = true;
  CHECK(type_at_load(matrix, DType::kQ4K) == DType::kQ6K);
  matrix = {"blk.0.ffn_gate_inp.weight", DType::kF16, 512, 2, false};
  CHECK(type_at_load(matrix, DType::kQ8_0) == std::nullopt);
  CHECK(find_load_type("Q4_K").value() == DType::kQ4K);
  CHECK(find_load_type("iq2_xxs").error().code() == Code::kUsage);
}
