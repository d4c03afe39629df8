// general.*: what a model card, config.json, the folder's name and the number
// of weights tell of a model.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "convert/repository.h"
#include "format/gguf_value.h"
#include "hug/result.h"

namespace hug::convert {

struct ParameterCount {
  std::uint64_t total = 0;
  std::uint64_t shared = 0;  ///< of all experts alike
  std::uint64_t expert = 0;  ///< of one expert
  std::uint64_t n_expert = 0;
};

struct GeneralOptions {
  std::string model_name = {};
  std::map<std::string, std::string> metadata = {};
};

/// general.sampling.* and everything from general.name on.
Result<void> write_general_keys(Repository& files, const ParameterCount& count,
                                const GeneralOptions& options,
                                format::GgufMetadata& out);

}  // namespace hug::convert
