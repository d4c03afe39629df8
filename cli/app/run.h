// From argv to an exit status.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "spec/command.h"

namespace hug::cli {

/// `program` is argv[0]; called as hf, exit statuses are hf's (0, 1, 2).
int run_program(const Command& root, std::string_view program,
                const std::vector<std::string>& words);

}  // namespace hug::cli
