// The forward pass against what transformers computes, for every decoder of
// tests/data/arch and arch2: logits of every position, what leaves each layer,
// and the greedy continuation.
#include "arch/forward.h"

#include <doctest/doctest.h>

#include <algorithm>

#include "golden/models.h"

using namespace hug;
using namespace hug::golden;
namespace fs = std::filesystem;

namespace {

arch::Sequence exact_sequence(const arch::Model& model,
                              nn::CacheType type = nn::CacheType::kF32) {
  arch::SequenceOptions options;
  options.cache = type;
  return arch::Sequence(model, options);
}

void check_prompt(const arch::Model& model, nn::Team& team,
                  const fs::path& model_files, const nlohmann::json& prompt,
                  nn::CacheType type = nn::CacheType::kF32,
                  double bound = 1e-4) {
  const auto ids = prompt["input_ids"].get<std::vector<std::int32_t>>();
  auto sequence = exact_sequence(model, type);
  const auto logits =
      arch::forward(team, sequence, ids, arch::Want::kAllLogits);
  REQUIRE(logits.has_value());
  const auto expected = floats(model_files / prompt["logits"]);
  const auto rows = prompt["shape"][0].get<std::size_t>();
  const auto width = prompt["shape"][1].get<std::size_t>();
  const auto got = std::span<const float>(*logits).last(rows * width);
  CHECK(largest_difference(got, expected) <= bound * deviation(expected));
}

void check_hidden(const arch::Model& model, nn::Team& team,
                  const fs::path& model_files, const nlohmann::json& golden) {
  const auto& hidden = golden["hidden"];
  const auto expected = floats(model_files / hidden["file"]);
  const auto width = hidden["shape"][1].get<std::size_t>();
  const auto position = hidden["position"].get<std::size_t>();
  const auto ids =
      golden["prompts"][hidden["prompt"].get<std::size_t>()]["input_ids"]
          .get<std::vector<std::int32_t>>();
  std::size_t row = 0;
  const auto observe = [&](int layer, std::span<const float> rows) {
    const std::string wanted = layer < 0 ? "embeddings"
                               : layer == static_cast<int>(model.layers.size())
                                   ? "final norm"
                                   : "layer " + std::to_string(layer);
    if (row >= hidden["rows"].size() || hidden["rows"][row] != wanted) return;
    const auto want =
        std::span<const float>(expected).subspan(row * width, width);
    CAPTURE(wanted);
    CHECK(largest_difference(rows.subspan(position * width, width), want) <=
          1e-4 * deviation(want));
    ++row;
  };
  auto sequence = exact_sequence(model);
  arch::ForwardOptions options;
  options.observe = observe;
  REQUIRE(arch::forward(team, sequence, ids, arch::Want::kHidden, options)
              .has_value());
  CHECK(row == hidden["rows"].size());
}

// One token at a time, through what the layers remember.
void check_greedy(const arch::Model& model, nn::Team& team,
                  const nlohmann::json& golden) {
  const auto& greedy = golden["greedy"];
  auto ids = golden["prompts"][greedy["prompt"].get<std::size_t>()]["input_ids"]
                 .get<std::vector<std::int32_t>>();
  const auto expected = greedy["ids"].get<std::vector<std::int32_t>>();
  auto sequence = exact_sequence(model);
  for (const std::int32_t id : expected) {
    const auto logits =
        arch::forward(team, sequence, ids, arch::Want::kLastLogits);
    REQUIRE(logits.has_value());
    const auto best = std::max_element(logits->begin(), logits->end());
    CHECK(best - logits->begin() == id);
    ids = {id};
  }
}

}  // namespace

namespace {

void check_decoder(const arch::Model& model, const fs::path& path,
                   const nlohmann::json& golden, tensor::Isa isa) {
  CAPTURE(tensor::name(isa));
  nn::Team team(2, isa);
  for (const auto& prompt : golden["prompts"])
    check_prompt(model, team, path, prompt);
  if (golden.contains("long_prompt"))
    check_prompt(model, team, path, golden["long_prompt"]);
  check_hidden(model, team, path, golden);
  check_greedy(model, team, golden);
}

// Products with weights of few bits round what they are given, but in the
// reference.
bool rounds(const fs::path& path) {
  return path.filename() == "gpt_oss_mxfp4";
}

}  // namespace

TEST_CASE("forward: decoders compute what transformers computes") {
  const int models =
      for_each_model("decoder", [](const fs::path& path, const auto& golden) {
        const auto model = loaded(converted(path, golden));
        for (const auto isa : isas())
          if (!rounds(path) || isa == tensor::Isa::kScalar)
            check_decoder(*model, path, golden, isa);
      });
  CHECK(models == 38);
}

TEST_CASE("forward: checkpoints are computed with as they lie there") {
  const int models =
      for_each_model("decoder", [](const fs::path& path, const auto& golden) {
        // The reference widens 16 bits; others may round to them.
        const auto model = loaded_checkpoint(path, golden);
        check_decoder(*model, path, golden, tensor::Isa::kScalar);
        const auto wide =
            loaded_checkpoint(path, golden, {.quantize = tensor::DType::kF32});
        for (const auto isa : isas())
          if (!rounds(path)) check_decoder(*wide, path, golden, isa);
      });
  CHECK(models == 38);
}

namespace {

// A recorded result under another setting, as a prompt.
nlohmann::json prompt_of(const nlohmann::json& golden,
                         const nlohmann::json& alternative) {
  nlohmann::json out = alternative;
  out["input_ids"] =
      golden["prompts"][alternative["prompt"].get<std::size_t>()]["input_ids"];
  return out;
}

std::shared_ptr<const arch::Model> loaded_with(const fs::path& path,
                                               const nlohmann::json& golden,
                                               const nlohmann::json& changes) {
  const fs::path folder = gathered(path, golden,
                                   fs::path(HUG_BINARY_DIR) / "golden" /
                                       (path.filename().string() + "-changed"));
  auto config = nlohmann::json::parse(test::get_file(folder / "config.json"));
  if (changes.contains("rope_parameters")) config.erase("rope_scaling");
  config.update(changes);  // where null is a setting, too
  std::ofstream(folder / "config.json") << config;
  auto files = open_folder(folder);
  REQUIRE(files.has_value());
  nn::Team team(2);
  auto tensors = arch::read_tensors(**files, team);
  INFO((tensors ? "" : tensors.error().message()));
  REQUIRE(tensors.has_value());
  auto model = arch::load_model(*tensors);
  REQUIRE(model.has_value());
  return *model;
}

}  // namespace

TEST_CASE("forward: other settings compute what was recorded for them") {
  int count = 0;
  nn::Team team(2, tensor::Isa::kScalar);
  for_each_model("decoder", [&](const fs::path& path, const auto& golden) {
    if (!golden.contains("alternatives")) return;
    for (const auto& alternative : golden["alternatives"]) {
      const auto model = loaded_with(path, golden, alternative["config"]);
      check_prompt(*model, team, path, prompt_of(golden, alternative));
      ++count;
    }
  });
  CHECK(count == 3);
}

TEST_CASE("forward: files without our keys compute what they say") {
  int count = 0;
  nn::Team team(2, tensor::Isa::kScalar);
  for_each_model("decoder", [&](const fs::path& path, const auto& golden) {
    if (!golden.contains("alternatives")) return;
    const auto model = loaded(converted(path, golden, true));
    // EXAONE's say which layers have a window, and so which rotate.
    check_prompt(*model, team, path,
                 path.filename() == "exaone4"
                     ? golden["prompts"][0]
                     : prompt_of(golden, golden["alternatives"][0]));
    ++count;
  });
  CHECK(count == 3);
}

TEST_CASE(
    "forward: caches of fewer bits stay near what transformers computes") {
  for_each_model("decoder", [](const fs::path& path, const auto& golden) {
    if (rounds(path)) return;
    const auto model = loaded(converted(path, golden));
    for (const auto isa : isas()) {
      CAPTURE(tensor::name(isa));
      nn::Team team(2, isa);
      for (const auto& prompt : golden["prompts"]) {
        check_prompt(*model, team, path, prompt, nn::CacheType::kF16, 1e-2);
        check_prompt(*model, team, path, prompt, nn::CacheType::kQ8, 0.3);
      }
    }
  });
}

namespace {

std::vector<float> next_logits(nn::Team& team, arch::Sequence& sequence,
                               std::vector<std::int32_t> ids) {
  const auto logits =
      arch::forward(team, sequence, ids, arch::Want::kLastLogits);
  REQUIRE(logits.has_value());
  return {logits->begin(), logits->end()};
}

std::vector<std::byte> written(const arch::Sequence& sequence) {
  std::vector<std::byte> out;
  REQUIRE(sequence
              .write([&](std::span<const std::byte> part) -> Result<void> {
                out.insert(out.end(), part.begin(), part.end());
                return {};
              })
              .has_value());
  return out;
}

}  // namespace

TEST_CASE("forward: a sequence forks, goes back, is written and read again") {
  nn::Team team(2);
  for_each_model("decoder", [&](const fs::path& path, const auto& golden) {
    const auto model = loaded(converted(path, golden));
    const auto ids = golden["prompts"][0]["input_ids"]
                         .template get<std::vector<std::int32_t>>();
    arch::Sequence sequence(*model);
    next_logits(team, sequence, ids);
    const std::size_t n = sequence.n_token();
    CHECK(sequence.memory_bytes() > 0);
    auto fork = sequence.fork();
    REQUIRE(fork.has_value());
    const auto bytes = written(sequence);
    const auto next = next_logits(team, sequence, {ids[0]});
    CHECK(next_logits(team, *fork, {ids[0]}) == next);

    arch::Sequence again(*model);
    const auto end = again.read(*borrow_bytes(bytes, "state"));
    REQUIRE(end.has_value());
    CHECK(*end == bytes.size());
    CHECK(again.n_token() == n);
    CHECK(next_logits(team, again, {ids[0]}) == next);

    // Back by one token, where the model's memory can.
    if (sequence.truncate(n)) {
      CHECK(sequence.n_token() == n);
      CHECK(next_logits(team, sequence, {ids[0]}) == next);
    }
    CHECK(sequence.truncate(0));
    CHECK(sequence.n_token() == 0);

    for (const std::size_t cut : {std::size_t{0}, std::size_t{20},
                                  bytes.size() / 2, bytes.size() - 1}) {
      const auto part = std::span(bytes).first(cut);
      CHECK_FALSE(again.read(*borrow_bytes(part, "state")).has_value());
      CHECK(again.n_token() == 0);
    }
    for (std::size_t i = 0; i < 400 && i < bytes.size(); i += 7) {
      auto bad = bytes;
      bad[i] ^= std::byte{0x81};
      static_cast<void>(again.read(*borrow_bytes(bad, "state")));
    }
  });
}
