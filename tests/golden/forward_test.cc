// The forward pass against what transformers computes, for every decoder of
// tests/data/arch: logits of every position, what leaves each layer, and the
// greedy continuation.
#include "arch/forward.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>

#include "format/gguf.h"
#include "hug/convert.h"

using namespace hug;
namespace fs = std::filesystem;

namespace {

const fs::path kArch = HUG_SOURCE_DIR "/tests/data/arch";

std::string slurp(const fs::path& path) {
  std::ifstream in(path, std::ios::binary);
  std::stringstream out;
  out << in.rdbuf();
  return out.str();
}

std::vector<float> floats(const fs::path& path) {
  const std::string bytes = slurp(path);
  std::vector<float> out(bytes.size() / 4);
  std::memcpy(out.data(), bytes.data(), out.size() * 4);
  return out;
}

// The model's files and its tokenizer's, converted; the gguf's path.
fs::path converted(const std::string& name, const nlohmann::json& golden) {
  const fs::path home = fs::path(HUG_BINARY_DIR) / "golden" / name;
  const fs::path folder = home / name;
  fs::remove_all(home);
  fs::create_directories(folder);
  const auto copy = [&](const fs::path& from) {
    for (const auto& e : fs::recursive_directory_iterator(from)) {
      const auto to = folder / fs::relative(e.path(), from);
      if (e.is_directory()) {
        fs::create_directories(to);
      } else if (e.path().extension() != ".f32") {
        fs::copy_file(e.path(), to, fs::copy_options::overwrite_existing);
      }
    }
  };
  copy(kArch / name);
  copy(kArch / golden["tokenizer"]["folder"].get<std::string>());
  fs::remove(folder / "golden.json");
  fs::remove(folder / "gguf.json");
  fs::remove(folder / "tests.json");
  auto files = open_folder(folder);
  REQUIRE(files.has_value());
  Context context({});
  ConvertOptions options;
  options.type = "f32";
  const auto gguf = nlohmann::json::parse(slurp(kArch / name / "gguf.json"));
  if (gguf["pre"].is_object()) {
    options.pre = gguf["pre"]["name"];
  }
  const fs::path out = home / (name + ".gguf");
  const auto report = convert_to_gguf(context, **files, out, options);
  INFO(name, ": ", (report ? "" : report.error().message()));
  REQUIRE(report.has_value());
  return out;
}

std::shared_ptr<const arch::Model> loaded(const fs::path& path) {
  auto source = open_file(path, FileAccess::kMap);
  REQUIRE(source.has_value());
  auto gguf = format::read_gguf(**source);
  REQUIRE(gguf.has_value());
  auto model = arch::load_model(*gguf, *source);
  INFO((model ? "" : model.error().message()));
  REQUIRE(model.has_value());
  return *model;
}

double largest_difference(std::span<const float> a, std::span<const float> b) {
  REQUIRE(a.size() == b.size());
  double out = 0;
  for (std::size_t i = 0; i < a.size(); ++i) {
    const double d = std::abs(static_cast<double>(a[i]) - b[i]);
    if (!(d <= out)) out = d;
  }
  return out;
}

double deviation(std::span<const float> a) {
  double sum = 0;
  double squares = 0;
  for (const float v : a) {
    sum += static_cast<double>(v);
    squares += static_cast<double>(v) * v;
  }
  const auto n = static_cast<double>(a.size());
  return std::sqrt(std::max(squares / n - sum / n * sum / n, 0.0));
}

void check_prompt(const arch::Model& model, nn::Team& team,
                  const std::string& name, const nlohmann::json& prompt) {
  const auto ids = prompt["input_ids"].get<std::vector<std::int32_t>>();
  arch::Sequence sequence;
  const auto logits =
      arch::forward(model, team, sequence, ids, {}, arch::Want::kAllLogits);
  REQUIRE(logits.has_value());
  const auto expected = floats(kArch / name / prompt["logits"]);
  const auto rows = prompt["shape"][0].get<std::size_t>();
  const auto width = prompt["shape"][1].get<std::size_t>();
  const auto got = std::span<const float>(*logits).last(rows * width);
  CHECK(largest_difference(got, expected) <= 1e-4 * deviation(expected));
}

void check_hidden(const arch::Model& model, nn::Team& team,
                  const std::string& name, const nlohmann::json& golden) {
  const auto& hidden = golden["hidden"];
  const auto expected = floats(kArch / name / hidden["file"]);
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
  arch::Sequence sequence;
  REQUIRE(arch::forward(model, team, sequence, ids, {}, arch::Want::kHidden,
                        observe)
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
  arch::Sequence sequence;
  for (const std::int32_t id : expected) {
    const auto logits =
        arch::forward(model, team, sequence, ids, {}, arch::Want::kLastLogits);
    REQUIRE(logits.has_value());
    const auto best = std::max_element(logits->begin(), logits->end());
    CHECK(best - logits->begin() == id);
    ids = {id};
  }
}

}  // namespace

TEST_CASE("forward: decoders compute what transformers computes") {
  nn::Team team(2);
  int models = 0;
  for (const auto& entry : fs::directory_iterator(kArch)) {
    const std::string name = entry.path().filename();
    if (!fs::exists(entry.path() / "golden.json")) continue;
    const auto golden =
        nlohmann::json::parse(slurp(entry.path() / "golden.json"));
    if (golden["kind"] != "decoder") continue;
    CAPTURE(name);
    const auto model = loaded(converted(name, golden));
    for (const auto& prompt : golden["prompts"]) {
      check_prompt(*model, team, name, prompt);
    }
    check_hidden(*model, team, name, golden);
    check_greedy(*model, team, golden);
    ++models;
  }
  CHECK(models == 27);
}
