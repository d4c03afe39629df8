// What the front matter of README.md says of a model.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "arch/checkpoint/repository.h"
#include "hug/result.h"

namespace hug::convert {

/// A model or data set that this one was made from.
struct CardSource {
  std::optional<std::string> name = {};
  std::optional<std::string> author = {};
  std::optional<std::string> version = {};
  std::optional<std::string> organization = {};
  std::optional<std::string> description = {};
  std::optional<std::string> url = {};
  std::optional<std::string> doi = {};
  std::optional<std::string> uuid = {};
  std::optional<std::string> repo_url = {};
};

struct CardFacts {
  std::optional<std::string> name = {};
  std::optional<std::string> author = {};
  std::optional<std::string> version = {};
  std::optional<std::string> organization = {};
  std::optional<std::string> finetune = {};
  std::optional<std::string> basename = {};
  std::optional<std::string> description = {};
  std::optional<std::string> quantized_by = {};
  std::optional<std::string> size_label = {};
  std::optional<std::string> license = {};
  std::optional<std::string> license_name = {};
  std::optional<std::string> license_link = {};
  std::optional<std::string> url = {};
  std::optional<std::string> doi = {};
  std::optional<std::string> uuid = {};
  std::optional<std::string> repo_url = {};
  std::optional<std::string> source_url = {};
  std::optional<std::string> source_doi = {};
  std::optional<std::string> source_uuid = {};
  std::optional<std::string> source_repo_url = {};
  std::optional<std::vector<CardSource>> base_models = {};
  std::optional<std::vector<CardSource>> datasets = {};
  std::vector<std::string> tags = {};
  std::vector<std::string> languages = {};
};

/// Empty when there is no card or its front matter cannot be read.
Result<CardFacts> read_model_card(arch::Repository& files,
                                  std::uint64_t n_parameters);

}  // namespace hug::convert
