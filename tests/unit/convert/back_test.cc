// gguf back to safetensors, and safetensors rewritten.
#include <doctest/doctest.h>

#include <cmath>
#include <fstream>

#include "format/checkpoint.h"
#include "format/gguf.h"
#include "hug/convert.h"
#include "model_files.h"
#include "tensor/codec.h"

using namespace model_files;
using hug::format::Checkpoint;
using hug::format::CheckpointTensor;

namespace {

std::vector<float> numbers(const CheckpointTensor& tensor) {
  std::vector<std::byte> bytes(tensor.bytes);
  REQUIRE(tensor.source->read_at(0, bytes).has_value());
  std::vector<float> out(hug::tensor::element_count(tensor.shape).value());
  REQUIRE(hug::tensor::decode_rows(tensor.type, bytes, out).has_value());
  return out;
}

Checkpoint open(const hug::FileSet& files) {
  auto out = hug::format::open_checkpoint(files);
  if (!out) FAIL(out.error().message());
  return *std::move(out);
}

std::string without(std::string name, std::string_view prefix) {
  return name.starts_with(prefix) ? name.substr(prefix.size()) : name;
}

}  // namespace

TEST_CASE("there and back gives the weights again") {
  const Scratch scratch;
  for (const char* name : {"llama",        "llama_linear_bias",
                           "mixtral",      "qwen2_moe",
                           "qwen3",        "gemma2",
                           "gemma3",       "phi",
                           "phi3",         "gpt2",
                           "gpt_neox",     "falcon_new",
                           "falcon_7b",    "olmo2",
                           "olmoe",        "cohere_qk_norm",
                           "smollm3",      "granite",
                           "glm4",         "deepseek_v2",
                           "deepseek_v3",  "exaone4",
                           "lfm2",         "mamba",
                           "stablelm_12b", "starcoder2",
                           "nomic_bert",   "flan_t5"}) {
    const Model model = model_named(name);
    CAPTURE(name);
    hug::Context context(hug::Context::Options{});
    hug::ConvertOptions options;
    options.type = "f32";
    options.pre = model.pre();
    const auto files = model.files();
    const std::string gguf = scratch / "a.gguf";
    REQUIRE(hug::convert_to_gguf(context, files, gguf, options).has_value());
    const std::string folder = scratch / (std::string(name) + "-back");
    const auto done = hug::convert_to_safetensors(
        context, {hug::open_file(gguf, hug::FileAccess::kMap).value()}, folder,
        options);
    if (!done) FAIL(done.error().message());
    const auto set = hug::open_folder(folder).value();
    const Checkpoint before = open(files);
    const Checkpoint after = open(*set);
    std::size_t compared = 0;
    for (const CheckpointTensor& tensor : after.tensors) {
      CAPTURE(tensor.name);
      const CheckpointTensor* old = before.find(tensor.name);
      for (const std::string prefix : {"transformer.", "bert.", "roberta."})
        if (old == nullptr) old = before.find(prefix + tensor.name);
      std::string corrected = tensor.name;
      if (const auto at = corrected.find("e_score_correction.bias");
          at != std::string::npos)
        corrected.replace(at, 23, "e_score_correction_bias");
      if (old == nullptr) old = before.find(corrected);
      if (old == nullptr)
        old = before.find(without(tensor.name, "transformer."));
      REQUIRE(old != nullptr);
      CHECK(old->shape == tensor.shape);
      const auto a = numbers(*old);
      const auto b = numbers(tensor);
      REQUIRE(a.size() == b.size());
      bool equal = true;
      for (std::size_t i = 0; i < a.size(); ++i)
        equal = equal && std::abs(a[i] - b[i]) <= 2e-7F * (1 + std::abs(a[i]));
      CHECK(equal);
      ++compared;
    }
    CHECK(compared >= 10);
    CHECK(std::filesystem::exists(folder + "/config.json"));
  }
}

TEST_CASE("weights of few bits are expanded when they are rewritten") {
  const Scratch scratch;
  std::filesystem::create_directories(scratch / "fp8");
  // 1, 2, -1.5 and 448 in E4M3, and a scale of 2 for all.
  const std::string header =
      R"({"a.weight":{"dtype":"F8_E4M3","shape":[2,2],"data_offsets":[4,8]},)"
      R"("a.weight_scale":{"dtype":"F32","shape":[],"data_offsets":[0,4]}})";
  std::string file(8, '\0');
  file[0] = static_cast<char>(header.size());
  file += header + std::string("\x00\x00\x00\x40\x38\x40\xbc\x7e", 8);
  std::ofstream(scratch / "fp8/model.safetensors") << file;
  std::ofstream(scratch / "fp8/config.json")
      << R"({"quantization_config": {"quant_method": "fp8"}, "a": 1})";
  hug::Context context(hug::Context::Options{});
  const auto source = hug::open_folder(scratch / "fp8").value();
  hug::ConvertOptions options;
  options.type = "f32";
  const std::string wide = scratch / "wide";
  const auto done = hug::rewrite_safetensors(context, *source, wide, options);
  if (!done) FAIL(done.error().message());
  const Checkpoint after = open(*hug::open_folder(wide).value());
  REQUIRE(after.tensors.size() == 1);
  CHECK(numbers(after.tensors[0]) == std::vector<float>{2, 4, -3, 896});
  CHECK(read_json(wide + "/config.json") == nlohmann::json({{"a", 1}}));
  // As they are, unless another type is asked for.
  options.type = "auto";
  const std::string same = scratch / "same";
  REQUIRE(
      hug::rewrite_safetensors(context, *source, same, options).has_value());
  CHECK(open(*hug::open_folder(same).value()).tensors.size() == 2);
  CHECK(read_json(same + "/config.json").contains("quantization_config"));
}

TEST_CASE("weights are rewritten in another type and in shards") {
  const Scratch scratch;
  const Model model = model_named("llama_linear_bias");
  const auto files = model.files();
  hug::Context context(hug::Context::Options{});
  hug::ConvertOptions options;
  options.type = "f32";
  options.max_shard_bytes = 100'000;
  const std::string folder = scratch / "shards";
  const auto done = hug::rewrite_safetensors(context, files, folder, options);
  if (!done) FAIL(done.error().message());
  CHECK(std::filesystem::exists(folder + "/model.safetensors.index.json"));
  CHECK(std::filesystem::exists(folder + "/tokenizer.json"));
  const auto set = hug::open_folder(folder).value();
  const Checkpoint before = open(files);
  const Checkpoint after = open(*set);
  CHECK(after.files.size() > 2);
  REQUIRE(after.tensors.size() == before.tensors.size());
  for (const CheckpointTensor& tensor : after.tensors) {
    CHECK(tensor.type == hug::tensor::DType::kF32);
    CHECK(numbers(tensor) == numbers(*before.find(tensor.name)));
  }
  // And back to what it was.
  options.type = "bf16";
  options.max_shard_bytes = 0;
  const std::string one = scratch / "one";
  REQUIRE(hug::rewrite_safetensors(context, *set, one, options).has_value());
  const auto single = hug::open_folder(one).value();
  const Checkpoint last = open(*single);
  CHECK(last.files.size() == 1);
  for (const CheckpointTensor& tensor : last.tensors)
    CHECK(numbers(tensor) == numbers(*before.find(tensor.name)));
}

TEST_CASE("back: the card and how to generate come back") {
  const Scratch scratch;
  auto files = model_named("qwen3").files();
  std::ofstream(scratch / "README.md")
      << "---\nmodel_name: 'Qwen3: tiny \"one\"'\nlicense: 'no'\n"
         "language: [en, 'no']\ntags: [chat, 'a: b']\n"
         "base_model: acme/Base-1B\ndatasets:\n- acme/prose\n"
         "- {name: Own, author: \"O'Neill\"}\n---\n# Ours\n";
  files.add("README.md", scratch / "README.md");
  hug::Context context(hug::Context::Options{});
  hug::ConvertOptions options;
  options.type = "f32";
  options.pre = model_named("qwen3").pre();
  const auto gguf_of = [&](const hug::FileSet& set, const std::string& name) {
    const auto done =
        hug::convert_to_gguf(context, set, scratch / name, options);
    if (!done) FAIL(done.error().message());
    return hug::open_file(scratch / name, hug::FileAccess::kRead).value();
  };
  const auto first = gguf_of(files, "a.gguf");
  const std::string folder = scratch / "back";
  REQUIRE(hug::convert_to_safetensors(context, {first}, folder, options));

  const auto config = read_json(folder + "/generation_config.json");
  CHECK(config["do_sample"] == true);
  CHECK(config["temperature"] == 0.6);
  CHECK(config["top_p"] == 0.95);
  CHECK(config["top_k"] == 20);
  CHECK(config["eos_token_id"] == 319);

  const auto set = hug::open_folder(folder).value();
  const auto second = gguf_of(*set, "b.gguf");
  const auto before = hug::format::read_gguf(*first).value();
  const auto after = hug::format::read_gguf(*second).value();
  std::size_t compared = 0;
  for (const auto& [key, value] : before.metadata) {
    if (!key.starts_with("general.")) continue;
    CAPTURE(key);
    const auto* again = after.metadata.find(key);
    REQUIRE(again != nullptr);
    CHECK(*again == value);
    ++compared;
  }
  CHECK(compared > 15);

  // A card that somebody wrote stays.
  std::ofstream(folder + "/README.md") << "mine";
  REQUIRE(hug::convert_to_safetensors(context, {first}, folder, options));
  CHECK(read_text(folder + "/README.md") == "mine");
}
