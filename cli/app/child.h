// Other programs, run for what they print.
#pragma once

#include <stop_token>
#include <string>
#include <vector>

#include "hug/result.h"

namespace hug::cli {

/// Runs a program (found on PATH unless it has a '/') with nothing on standard
/// input and the standard error of this one; what it prints. Stopping sends it
/// SIGTERM. Errors: kNotFound, kFailure with its exit status, kLimit beyond
/// 64 MiB, kCancelled.
Result<std::string> run_child(const std::vector<std::string>& words,
                              std::stop_token stop);

}  // namespace hug::cli
