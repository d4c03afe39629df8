// CamemBERT is RoBERTa with a SentencePiece vocabulary whose ids stand in an
// order of its own. The recorded XLM-RoBERTa becomes one: its ids are numbered
// anew, in the table of words and in tokenizer.json, and what transformers and
// the tokenizers library gave for the old ids has to come for the new ones.
#include <doctest/doctest.h>

#include <algorithm>
#include <fstream>

#include "arch/encoder.h"
#include "format/safetensors.h"
#include "golden/models.h"
#include "hug/tokenizer.h"
#include "support/model_bytes.h"

using namespace hug;
using namespace hug::golden;
namespace fs = std::filesystem;

namespace {

using Ids = std::vector<std::int32_t>;

// "<s>NOTUSED" 0, "<pad>" 1, "</s>NOTUSED" 2, "<unk>NOTUSED" 3, "<unk>" 4,
// "<s>" 5, "</s>" 6, then the pieces: as the published checkpoints begin.
constexpr std::int32_t kUnused = 3;

std::int32_t renumbered(std::int32_t id) {
  constexpr std::int32_t kFirst[] = {5, 1, 6, 4};  // <s> <pad> </s> <unk>
  return id < 4 ? kFirst[id] : id + kUnused;
}

Ids renumbered(Ids ids) {
  for (auto& id : ids)
    id = renumbered(id);
  return ids;
}

void write_json(const fs::path& path, const nlohmann::json& json) {
  std::ofstream(path) << json;
}

nlohmann::json read_json(const fs::path& path) {
  return nlohmann::json::parse(test::get_file(path));
}

void renumber_tokenizer(const fs::path& path) {
  nlohmann::json json = read_json(path);
  const auto old = json["model"]["vocab"];
  nlohmann::json vocab = nlohmann::json::array();
  for (std::size_t i = 0; i < old.size() + kUnused; ++i)
    vocab.push_back({"unused", 0.0});
  vocab[0][0] = "<s>NOTUSED";
  vocab[2][0] = "</s>NOTUSED";
  vocab[3][0] = "<unk>NOTUSED";
  for (std::size_t i = 0; i < old.size(); ++i)
    vocab[static_cast<std::size_t>(renumbered(static_cast<std::int32_t>(i)))] =
        old[i];
  json["model"]["vocab"] = vocab;
  json["model"]["unk_id"] = 4;
  for (auto& token : json["added_tokens"])
    token["id"] = renumbered(token["id"].get<std::int32_t>());
  for (auto& token : json["post_processor"]["special_tokens"])
    token["ids"][0] = renumbered(token["ids"][0].get<std::int32_t>());
  write_json(path, json);
}

void renumber_words(const fs::path& path) {
  const auto source = open_file(path, FileAccess::kRead).value();
  const auto old = format::read_safetensors(*source).value();
  std::vector<format::SafeTensorPlan> plans;
  for (const auto& t : old.tensors) {
    plans.push_back({.name = t.name, .type = t.type, .shape = t.shape});
    if (t.name == "embeddings.word_embeddings.weight")
      plans.back().shape[0] += kUnused;
  }
  const auto layout = format::layout_safetensors(plans, old.metadata).value();
  const auto bytes = test::model_bytes(layout, [&](std::size_t i) {
    const auto* t = old.find(layout.tensors[i].name);
    auto data = test::all_bytes(
        *slice(source, old.data_offset + t->begin, t->end - t->begin).value());
    if (t->name != "embeddings.word_embeddings.weight") return data;
    const std::size_t row = data.size() / t->shape[0];
    std::vector<std::byte> out(data.size() + kUnused * row);
    for (std::size_t id = 0; id < t->shape[0]; ++id)
      std::copy_n(data.data() + id * row, row,
                  out.data() + static_cast<std::size_t>(
                                   renumbered(static_cast<std::int32_t>(id))) *
                                   row);
    return out;
  });
  test::write_bytes(path, bytes);
}

void make_camembert(const fs::path& folder) {
  nlohmann::json config = read_json(folder / "config.json");
  config["architectures"] = {"CamembertModel"};
  config["model_type"] = "camembert";
  config["bos_token_id"] = 5;
  config["eos_token_id"] = 6;
  config["vocab_size"] = config["vocab_size"].get<int>() + kUnused;
  write_json(folder / "config.json", config);
  renumber_tokenizer(folder / "tokenizer.json");
  renumber_words(folder / "model.safetensors");
}

Result<ConvertReport> convert(const fs::path& folder, const fs::path& to) {
  const auto files = open_folder(folder).value();
  Context context({});
  ConvertOptions options;
  options.type = "f32";
  return convert_to_gguf(context, *files, to, options);
}

}  // namespace

TEST_CASE("camembert: XLM-RoBERTa with its ids in another order") {
  const fs::path model =
      std::string(HUG_SOURCE_DIR) + "/tests/data/arch/xlm_roberta";
  const auto golden = read_json(model / "golden.json");
  const fs::path home = fs::path(HUG_BINARY_DIR) / "golden" / "camembert";
  const fs::path folder = gathered(model, golden, home);
  make_camembert(folder);

  const fs::path gguf = home / "camembert.gguf";
  const auto report = convert(folder, gguf);
  INFO((report ? "" : report.error().message()));
  REQUIRE(report);

  const auto encoder = loaded(gguf);
  nn::Team team(2);
  nn::Workspace work;
  for (const auto& prompt : golden["prompts"]) {
    const Ids ids = renumbered(prompt["input_ids"].get<Ids>());
    const auto rows = arch::encode(*encoder, team, work, {ids, {}, {}}, {});
    REQUIRE(rows);
    check_close(*rows, floats(model / prompt["last_hidden"]));
  }

  const auto tokenizer =
      Tokenizer::from_gguf(*open_file(gguf, FileAccess::kRead).value());
  REQUIRE(tokenizer);
  const auto recorded = read_json(model.parent_path() / "tokenizers" /
                                  "unigram_xlmr" / "tests.json");
  for (const auto& one : recorded["tests"]) {
    const std::string text = one["text"];
    CAPTURE(text);
    CHECK(tokenizer->encode(text).value().ids ==
          renumbered(one["ids_with_special"].get<Ids>()));
  }

  // Its SentencePiece model alone does not say the ids.
  fs::remove(folder / "tokenizer.json");
  const auto refused = convert(folder, gguf);
  REQUIRE_FALSE(refused);
  CHECK(refused.error().code() == Code::kNotFound);
}
