// Numbers as people read them.
#pragma once

#include <string>

namespace hug::cli::cmd {

/// With so many decimals.
std::string rounded(double value, int decimals);

}  // namespace hug::cli::cmd
