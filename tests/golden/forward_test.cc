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

arch::Sequence exact_sequence(const arch::Model& model) {
  arch::SequenceOptions options;
  options.cache = nn::CacheType::kF32;
  return arch::Sequence(model, options);
}

void check_prompt(const arch::Model& model, nn::Team& team,
                  const fs::path& model_files, const nlohmann::json& prompt) {
  const auto ids = prompt["input_ids"].get<std::vector<std::int32_t>>();
  auto sequence = exact_sequence(model);
  const auto logits =
      arch::forward(team, sequence, ids, arch::Want::kAllLogits);
  REQUIRE(logits.has_value());
  const auto expected = floats(model_files / prompt["logits"]);
  const auto rows = prompt["shape"][0].get<std::size_t>();
  const auto width = prompt["shape"][1].get<std::size_t>();
  const auto got = std::span<const float>(*logits).last(rows * width);
  CHECK(largest_difference(got, expected) <= 1e-4 * deviation(expected));
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
