// Lists of numbers as options take them, and numbers as people read them.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "hug/result.h"

namespace hug::cli::cmd {

/// "0,8192" as numbers. Errors: kUsage naming the option.
Result<std::vector<std::size_t>> parse_counts(std::string_view text,
                                              std::string_view option);
/// With so many decimals.
std::string rounded(double value, int decimals);

}  // namespace hug::cli::cmd
