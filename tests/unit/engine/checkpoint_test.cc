// Folders of safetensors: tokenizers that gguf has no name for, and weights
// that go away while a model answers.
#include <doctest/doctest.h>

#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>

#include "support/temp_dir.h"
#include "tiny_model.h"

using namespace hug;
using namespace hug::test;
namespace fs = std::filesystem;

namespace {

const fs::path kData = HUG_SOURCE_DIR "/tests/data";

// A copy of the files in some folders.
fs::path folder_of(const std::string& name, const std::vector<fs::path>& from) {
  const fs::path out = fs::path(HUG_BINARY_DIR) / "checkpoints" / name;
  fs::remove_all(out);
  fs::create_directories(out);
  for (const fs::path& folder : from)
    for (const auto& entry : fs::directory_iterator(folder))
      if (entry.is_regular_file() && entry.path().extension() != ".f32")
        fs::copy_file(entry.path(), out / entry.path().filename(),
                      fs::copy_options::overwrite_existing);
  return out;
}

}  // namespace

TEST_CASE("a checkpoint runs with a pre-tokenizer that nobody knows") {
  const fs::path folder = folder_of(
      "pre", {kData / "arch/tokenizers/bpe_qwen2", kData / "arch/qwen2"});
  auto tokenizer = nlohmann::json::parse(get_file(folder / "tokenizer.json"));
  tokenizer["pre_tokenizer"] = nlohmann::json::parse(R"(
    {"type": "Sequence", "pretokenizers": [
      {"type": "Split", "pattern": {"Regex": "[aeiou]+"},
       "behavior": "Isolated", "invert": false},
      {"type": "ByteLevel", "add_prefix_space": false, "trim_offsets": true,
       "use_regex": false}]})");
  const std::string text = tokenizer.dump();
  std::ofstream(folder / "tokenizer.json", std::ios::trunc) << text;

  const LocalModel model = open_model(folder);
  const auto alone = Tokenizer::from_json(text, "tokenizer.json");
  REQUIRE(alone.has_value());
  const std::string sentence = "Queue up: beautiful oaks, 1234 of them.";
  const auto ids = alone->encode(sentence);
  REQUIRE(ids.has_value());
  const auto ours = model.tokenizer().encode(sentence);
  REQUIRE(ours.has_value());
  CHECK(ours->ids == ids->ids);
  // Ends of generation come from the configuration too.
  const auto config = nlohmann::json::parse(get_file(folder / "config.json"));
  if (config.contains("eos_token_id") && config["eos_token_id"].is_number())
    CHECK(model.tokenizer().special_tokens().eos ==
          config["eos_token_id"].get<TokenId>());
  const auto answer = model.generate(ids->ids, greedy_through(4));
  INFO((answer ? "" : answer.error().message()));
  CHECK(answer.has_value());

  // A file cannot hold what has no name.
  Context context({});
  const auto files = open_folder(folder);
  REQUIRE(files.has_value());
  const auto converted =
      convert_to_gguf(context, **files, folder / "a.gguf", {});
  REQUIRE(!converted.has_value());
  CHECK(converted.error().code() == Code::kUnsupported);
}

TEST_CASE("a checkpoint without a tokenizer computes with ids") {
  const fs::path whole = folder_of(
      "whole", {kData / "arch/tokenizers/bpe_qwen2", kData / "arch/qwen2"});
  const fs::path bare = folder_of("bare", {kData / "arch/qwen2"});
  fs::remove(bare / "tokenizer_config.json");
  const LocalModel with = open_model(whole);
  const LocalModel without = open_model(bare);
  CHECK(with.warnings().empty());
  REQUIRE(without.warnings().size() == 1);
  CHECK(without.warnings()[0].find("no tokenizer") != std::string::npos);
  const std::vector<TokenId> ids = {1, 2, 3, 4};
  const auto expected = with.logits(ids);
  const auto got = without.logits(ids);
  REQUIRE(expected.has_value());
  REQUIRE(got.has_value());
  CHECK(*got == *expected);
  const auto text = without.tokenizer().encode("words");
  REQUIRE(!text.has_value());
  CHECK(text.error().code() == Code::kUnsupported);
}

TEST_CASE("a checkpoint runs with a tokenizer that gguf cannot hold") {
  // Gemma's vocabulary is taken from its SentencePiece model, without which
  // only tokenizer.json is left.
  const fs::path whole = folder_of(
      "gemma", {kData / "arch/tokenizers/spm_gemma", kData / "arch/gemma"});
  const LocalModel with = open_model(whole);
  fs::remove(whole / "tokenizer.model");
  const LocalModel without = open_model(whole);
  const std::string sentence = "Queue up: beautiful oaks, 1234 of them.";
  CHECK(without.tokenizer().encode(sentence)->ids ==
        with.tokenizer().encode(sentence)->ids);
  CHECK(without.tokenizer().special_tokens().eos ==
        with.tokenizer().special_tokens().eos);
}

TEST_CASE("a folder whose weights become shorter is an error") {
  guard_mapped_files();
  const fs::path folder = folder_of("cut", {kData / "tiny-llama"});
  const LocalModel model = open_model(folder);
  const auto options = greedy_through(64);
  const auto ids = model.tokenizer().encode("Tell me something.");
  REQUIRE(ids.has_value());
  REQUIRE(model.generate(ids->ids, options).has_value());
  const fs::path weights = folder / "model.safetensors";
  fs::resize_file(weights, fs::file_size(weights) / 3);
  const auto answer = model.generate(ids->ids, options);
  REQUIRE(!answer.has_value());
  CHECK(answer.error().code() == Code::kCorrupt);
}
