// The small real model of tests/data/tiny-llama, converted and loaded.
#pragma once

#include <doctest/doctest.h>

#include <cstdint>
#include <filesystem>
#include <string>

#include "hug/convert.h"
#include "hug/mapped_files.h"
#include "hug/model.h"

namespace hug::test {

inline const std::filesystem::path kTiny =
    HUG_SOURCE_DIR "/tests/data/tiny-llama";

/// A gguf file of it, made anew.
inline std::filesystem::path convert_tiny(const std::string& type) {
  const std::filesystem::path out =
      std::filesystem::path(HUG_BINARY_DIR) / ("tiny-llama-" + type + ".gguf");
  std::filesystem::remove(out);
  auto files = open_folder(kTiny);
  REQUIRE(files.has_value());
  Context context({});
  ConvertOptions options;
  options.type = type;
  REQUIRE(convert_to_gguf(context, **files, out, options).has_value());
  return out;
}

inline LocalModel open_model(const std::filesystem::path& path) {
  auto model = LocalModel::open(path);
  INFO((model ? "" : model.error().message()));
  REQUIRE(model.has_value());
  return *model;
}

inline GenerateOptions greedy(std::uint64_t n) {
  GenerateOptions out;
  out.sampling.temperature = 0;
  out.max_tokens = n;
  return out;
}

/// No token ends it before n.
inline GenerateOptions greedy_through(std::uint64_t n) {
  GenerateOptions out = greedy(n);
  out.ignore_eos = true;
  return out;
}

}  // namespace hug::test
