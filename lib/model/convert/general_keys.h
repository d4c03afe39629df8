// general.*: what a model card, config.json, the folder's name and the number
// of weights tell of a model.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "arch/checkpoint/plan.h"
#include "arch/checkpoint/repository.h"
#include "format/gguf_value.h"
#include "hug/result.h"

namespace hug::convert {

struct GeneralOptions {
  std::string model_name = {};
  std::map<std::string, std::string> metadata = {};
};

/// general.sampling.* and everything from general.name on.
Result<void> write_general_keys(arch::Repository& files,
                                const arch::ParameterCount& count,
                                const GeneralOptions& options,
                                format::GgufMetadata& out);

}  // namespace hug::convert
