// Encoders and encoder-decoders against what transformers computes: what
// leaves every layer, pooled vectors, heads, and greedy translations.
#include "arch/encoder.h"

#include <doctest/doctest.h>

#include <algorithm>

#include "arch/encoder_decoder.h"
#include "arch/head.h"
#include "golden/models.h"

using namespace hug;
using namespace hug::golden;
namespace fs = std::filesystem;

namespace {

using Ids = std::vector<std::int32_t>;

nn::Workspace& workspace() {
  static nn::Workspace work;
  return work;
}

void check_file(std::span<const float> got, const fs::path& file) {
  CAPTURE(file.filename().string());
  check_close(got, floats(file));
}

std::vector<float> encoded(const arch::Model& model, nn::Team& team,
                           const arch::EncoderInput& input,
                           const arch::Observer& observe = {}) {
  auto out = arch::encode(model, team, workspace(), input, observe);
  INFO((out ? "" : out.error().message()));
  REQUIRE(out.has_value());
  return *out;
}

void check_head(const arch::Model& model, nn::Team& team, const fs::path& files,
                const nlohmann::json& prompt, std::span<const float> rows) {
  const auto first = rows.first(model.embeddings.n_in);
  if (prompt.contains("pooler_output"))
    check_file(arch::run_pooler(model, team, workspace(), first),
               files / prompt["pooler_output"]);
  if (!prompt.contains("logits")) return;
  const bool each_token = prompt["logits_shape"].size() == 2;
  CHECK(model.head->kind ==
        (each_token ? arch::HeadKind::kMask : arch::HeadKind::kLabels));
  check_file(
      arch::run_head(model, team, workspace(), each_token ? rows : first),
      files / prompt["logits"]);
}

void check_layers(const arch::Model& model, nn::Team& team,
                  const fs::path& files, const nlohmann::json& golden) {
  const auto& hidden = golden["hidden"];
  const auto expected = floats(files / hidden["file"]);
  const auto width = hidden["shape"][1].get<std::size_t>();
  const auto position = hidden["position"].get<std::size_t>();
  const Ids ids = golden["prompts"][0]["input_ids"];
  std::size_t row = 0;
  encoded(model, team, {ids, {}, {}}, [&](int layer, auto rows) {
    CAPTURE(layer);
    const auto want =
        std::span<const float>(expected).subspan(row * width, width);
    CHECK(largest_difference(rows.subspan(position * width, width), want) <=
          1e-4 * deviation(want));
    ++row;
  });
  CHECK(row == hidden["rows"].size());
}

// All prompts as one batch must give what each gives alone.
void check_packed(const arch::Model& model, nn::Team& team,
                  const nlohmann::json& golden) {
  Ids all;
  std::vector<std::size_t> lengths;
  std::vector<float> alone;
  for (int round = 0; round < 2; ++round) {
    for (const auto& prompt : golden["prompts"]) {
      const Ids ids = prompt["input_ids"];
      all.insert(all.end(), ids.begin(), ids.end());
      lengths.push_back(ids.size());
      const auto rows = encoded(model, team, {ids, {}, {}});
      alone.insert(alone.end(), rows.begin(), rows.end());
    }
  }
  const auto together = encoded(model, team, {all, {}, lengths});
  CHECK(largest_difference(together, alone) <= 1e-5 * deviation(alone));
}

void check_encoder(const arch::Model& model, nn::Team& team,
                   const fs::path& files, const nlohmann::json& golden) {
  for (const auto& prompt : golden["prompts"]) {
    const Ids ids = prompt["input_ids"];
    const auto rows = encoded(model, team, {ids, {}, {}});
    check_file(rows, files / prompt["last_hidden"]);
    check_head(model, team, files, prompt, rows);
  }
  check_layers(model, team, files, golden);
  check_packed(model, team, golden);
  if (!golden.contains("token_types")) return;
  const auto& types = golden["token_types"];
  const Ids ids = types["input_ids"];
  const Ids segments = types["token_type_ids"];
  check_file(encoded(model, team, {ids, segments, {}}),
             files / types["last_hidden"]);
}

arch::DecoderState begun(const arch::Model& model, nn::Team& team,
                         std::span<const float> rows) {
  auto out = arch::DecoderState::begin(model, team, workspace(), rows);
  REQUIRE(out.has_value());
  return std::move(*out);
}

std::vector<float> decoded(nn::Team& team, arch::DecoderState& state,
                           const Ids& ids, arch::Want want) {
  auto out = state.decode(team, ids, want);
  INFO((out ? "" : out.error().message()));
  REQUIRE(out.has_value());
  return *out;
}

void check_translator(const arch::Model& model, nn::Team& team,
                      const fs::path& files, const nlohmann::json& golden) {
  for (const auto& prompt : golden["prompts"]) {
    const Ids ids = prompt["input_ids"];
    const auto rows = encoded(model, team, {ids, {}, {}});
    check_file(rows, files / prompt["encoder_output"]);
    auto state = begun(model, team, rows);
    check_file(decoded(team, state, prompt["decoder_input_ids"],
                       arch::Want::kAllLogits),
               files / prompt["logits"]);
  }
  check_packed(model, team, golden);
  const auto& greedy = golden["greedy"];
  const Ids ids =
      golden["prompts"][greedy["prompt"].get<std::size_t>()]["input_ids"];
  auto state = begun(model, team, encoded(model, team, {ids, {}, {}}));
  Ids next = greedy["start"];
  for (const auto& id : greedy["ids"]) {
    const auto logits = decoded(team, state, next, arch::Want::kLastLogits);
    const auto best = std::max_element(logits.begin(), logits.end());
    CHECK(best - logits.begin() == id.get<std::int32_t>());
    next = {id.get<std::int32_t>()};
  }
}

using CheckModel = void (*)(const arch::Model&, nn::Team&, const fs::path&,
                            const nlohmann::json&);

// Every model of a kind: converted and from its folder widened, both with all
// instructions, and as it is stored.
int check_models(const std::string& kind, CheckModel check) {
  return for_each_model(kind, [&](const fs::path& path, const auto& golden) {
    const auto model = loaded(converted(path, golden));
    // The reference widens 16 bits; others may round to them.
    const auto wide =
        loaded_checkpoint(path, golden, {.quantize = tensor::DType::kF32});
    for (const auto isa : isas()) {
      CAPTURE(tensor::name(isa));
      nn::Team team(2, isa);
      check(*model, team, path, golden);
      INFO("from the folder");
      check(*wide, team, path, golden);
    }
    const auto stored = loaded_checkpoint(path, golden);
    nn::Team reference(2, tensor::Isa::kScalar);
    check(*stored, reference, path, golden);
  });
}

}  // namespace

TEST_CASE("encoders compute what transformers computes") {
  CHECK(check_models("encoder", check_encoder) == 13);
}

TEST_CASE("encoder-decoders compute what transformers computes") {
  CHECK(check_models("t5", check_translator) == 2);
}
