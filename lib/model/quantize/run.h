// Carrying out a plan: blocks of rows are read, encoded and written by all
// threads, each block at its own place in a file that can be resumed.
#pragma once

#include <string>
#include <vector>

#include "hug/context.h"
#include "hug/quantize.h"
#include "hug/result.h"
#include "quantize/plan.h"

namespace hug::quantize {

/// Names of the output: `path`, or shards of it ("x.gguf" becomes
/// "x-00001-of-00003.gguf").
std::vector<std::string> output_names(const Plan& plan,
                                      const std::string& path);

/// See Quantization::run. `names` are output_names().
Result<QuantizeReport> run_plan(const Context& context, const Plan& plan,
                                const QuantizeOptions& options,
                                const std::vector<std::string>& names);

}  // namespace hug::quantize
