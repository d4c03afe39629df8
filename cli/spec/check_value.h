// What an option says about its values, held against one.
#pragma once

#include <string>

#include "hug/result.h"
#include "spec/command.h"

namespace hug::cli {

/// Errors: kUsage for what is none of the choices, of another type, or out
/// of range.
Result<void> check_value(const Option& option, const std::string& value);

/// How messages name an option: "--name", or an argument's VALUE.
std::string spoken(const Option& option);

}  // namespace hug::cli
