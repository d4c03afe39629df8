// The options every command takes, before or after its name.
#pragma once

#include <span>

#include "spec/command.h"

namespace hug::cli {

std::span<const Option> global_options();

}  // namespace hug::cli
