// The models of tests/data/arch and arch2: converted, loaded, compared.
#pragma once

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <filesystem>
#include <functional>
#include <memory>
#include <nlohmann/json.hpp>
#include <span>
#include <string>
#include <vector>

#include "arch/weights.h"
#include "format/gguf.h"
#include "hug/convert.h"
#include "support/temp_dir.h"
#include "tensor/isa.h"

namespace hug::golden {

inline std::vector<float> floats(const std::filesystem::path& path) {
  const std::string bytes = test::get_file(path);
  std::vector<float> out(bytes.size() / 4);
  std::memcpy(out.data(), bytes.data(), out.size() * 4);
  return out;
}

// The model's files and its tokenizer's in one folder, as in a repository;
// `home` is made anew around it.
inline std::filesystem::path gathered(const std::filesystem::path& model,
                                      const nlohmann::json& golden,
                                      const std::filesystem::path& home) {
  const std::string name = model.filename();
  const std::filesystem::path folder = home / name;
  std::filesystem::remove_all(home);
  std::filesystem::create_directories(folder);
  const auto copy = [&](const std::filesystem::path& from) {
    for (const auto& e : std::filesystem::recursive_directory_iterator(from)) {
      const auto to = folder / std::filesystem::relative(e.path(), from);
      if (e.is_directory()) {
        std::filesystem::create_directories(to);
      } else if (e.path().extension() != ".f32") {
        std::filesystem::copy_file(
            e.path(), to, std::filesystem::copy_options::overwrite_existing);
      }
    }
  };
  copy(model);
  std::filesystem::path tokenizer =
      model.parent_path() / golden["tokenizer"]["folder"].get<std::string>();
  if (!std::filesystem::exists(tokenizer)) {
    tokenizer = model.parent_path().parent_path() / "arch" /
                golden["tokenizer"]["folder"].get<std::string>();
  }
  copy(tokenizer);
  std::filesystem::remove(folder / "golden.json");
  std::filesystem::remove(folder / "gguf.json");
  std::filesystem::remove(folder / "tests.json");
  return folder;
}

// Those files converted; the gguf's path. `plain`: without the keys of our
// own.
inline std::filesystem::path converted(const std::filesystem::path& model,
                                       const nlohmann::json& golden,
                                       bool plain = false) {
  const std::string name = model.filename();
  const std::filesystem::path home = std::filesystem::path(HUG_BINARY_DIR) /
                                     "golden" /
                                     (plain ? name + "-plain" : name);
  const std::filesystem::path folder = gathered(model, golden, home);
  auto files = open_folder(folder);
  REQUIRE(files.has_value());
  Context context({});
  ConvertOptions options;
  options.type = "f32";
  options.plain = plain;
  const auto gguf = nlohmann::json::parse(test::get_file(model / "gguf.json"));
  if (gguf["pre"].is_object()) {
    options.pre = gguf["pre"]["name"];
  }
  const std::filesystem::path out = home / (name + ".gguf");
  const auto report = convert_to_gguf(context, **files, out, options);
  INFO(name, ": ", (report ? "" : report.error().message()));
  REQUIRE(report.has_value());
  return out;
}

inline std::shared_ptr<const arch::Model> loaded(
    const std::filesystem::path& path) {
  auto source = open_file(path, FileAccess::kMap);
  REQUIRE(source.has_value());
  auto gguf = format::read_gguf(**source);
  REQUIRE(gguf.has_value());
  auto model = arch::load_model(*gguf, *source);
  INFO((model ? "" : model.error().message()));
  REQUIRE(model.has_value());
  return *model;
}

/// The checkpoint as it lies there, without a conversion.
inline arch::TensorSet read_folder(const std::filesystem::path& model,
                                   const nlohmann::json& golden,
                                   const arch::LoadOptions& options = {}) {
  const std::filesystem::path home =
      std::filesystem::path(HUG_BINARY_DIR) / "golden" /
      (model.filename().string() + "-checkpoint");
  auto files = open_folder(gathered(model, golden, home));
  REQUIRE(files.has_value());
  nn::Team team(2);
  auto tensors = arch::read_tensors(**files, team, options);
  INFO((tensors ? "" : tensors.error().message()));
  REQUIRE(tensors.has_value());
  return *std::move(tensors);
}

inline std::shared_ptr<const arch::Model> loaded_checkpoint(
    const std::filesystem::path& model, const nlohmann::json& golden,
    const arch::LoadOptions& options = {}) {
  auto loaded = arch::load_model(read_folder(model, golden, options));
  INFO((loaded ? "" : loaded.error().message()));
  REQUIRE(loaded.has_value());
  return *loaded;
}

/// Not a number where one of the differences is none.
inline double largest_difference(std::span<const float> a,
                                 std::span<const float> b) {
  REQUIRE(a.size() == b.size());
  double out = 0;
  for (std::size_t i = 0; i < a.size(); ++i) {
    const double d = std::abs(static_cast<double>(a[i]) - b[i]);
    if (std::isnan(d)) return d;
    out = std::max(out, d);
  }
  return out;
}

inline double deviation(std::span<const float> a) {
  double sum = 0;
  double squares = 0;
  for (const float v : a) {
    sum += static_cast<double>(v);
    squares += static_cast<double>(v) * v;
  }
  const auto n = static_cast<double>(a.size());
  return std::sqrt(std::max(squares / n - sum / n * sum / n, 0.0));
}

inline void check_close(std::span<const float> got,
                        std::span<const float> expected) {
  REQUIRE_FALSE(expected.empty());
  // One number has no deviation of its own.
  const double scale =
      expected.size() > 1 ? deviation(expected) : std::abs(expected[0]);
  CHECK(largest_difference(got, expected) <= 1e-4 * scale);
}

/// Every set of instructions that this machine has.
inline std::vector<tensor::Isa> isas() {
  std::vector<tensor::Isa> out;
  for (const auto isa :
       {tensor::Isa::kScalar, tensor::Isa::kAvx2, tensor::Isa::kAvx512}) {
    if (isa <= tensor::best_isa()) out.push_back(isa);
  }
  return out;
}

/// Calls visit(folder, golden) for all models of a kind; how many there were.
inline int for_each_model(
    const std::string& kind,
    const std::function<void(const std::filesystem::path&,
                             const nlohmann::json&)>& visit) {
  int count = 0;
  for (const char* data : {"/tests/data/arch", "/tests/data/arch2"}) {
    for (const auto& entry : std::filesystem::directory_iterator(
             std::string(HUG_SOURCE_DIR) + data)) {
      if (!std::filesystem::exists(entry.path() / "golden.json")) continue;
      const auto golden =
          nlohmann::json::parse(test::get_file(entry.path() / "golden.json"));
      if (golden["kind"] != kind) continue;
      CAPTURE(entry.path().filename().string());
      visit(entry.path(), golden);
      ++count;
    }
  }
  return count;
}

}  // namespace hug::golden
