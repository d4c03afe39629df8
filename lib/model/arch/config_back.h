// config.json for a gguf file: what the family's class in transformers needs
// to compute the same.
#pragma once

#include <string>
#include <vector>

#include "arch/family.h"
#include "hug/result.h"

namespace hug::arch {

struct RestoredConfig {
  Config config;          // settled
  std::string text = {};  ///< config.json
  /// Keys of the file that config.json does not say, or not exactly.
  std::vector<std::string> lost = {};
};

/// `dtype`: of the weights, as torch has it ("bfloat16").
/// Errors: kCorrupt for numbers that make no sense.
Result<RestoredConfig> restore_config(const Family& family,
                                      const GgufFacts& file,
                                      std::string_view dtype);

/// Bases and scaling of rotary positions; the sizes of heads come first.
void restore_rope(const GgufFacts& file, Config& config);

}  // namespace hug::arch
