// The values that an option of numbers takes, both ends included. They are
// declared with the option, checked while parsing and shown in its help.
#pragma once

#include <string>
#include <string_view>

#include "spec/command.h"

namespace hug::cli {

/// What is wrong with a value of the option's type (or with one of several):
/// "'70000' is not between 0 and 65535"; empty when it is in range.
std::string outside_range(const Option& option, std::string_view value);

/// "0 to 65535", "at least 1"; empty where that tells nothing.
std::string range_text(const Option& option);

}  // namespace hug::cli
