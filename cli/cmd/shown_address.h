// Where a person finds what a command made.
#pragma once

#include <string>

#include "hug/repo.h"
#include "spec/args.h"

namespace hug::cli::cmd {

/// `page`, the hub's address of it; for a hub in a directory, which answers no
/// longer than the program runs, hf://models/OWNER/NAME@REVISION.
std::string shown_address(const Args& args, const std::string& page,
                          const RepoId& repo, const std::string& revision = {});

}  // namespace hug::cli::cmd
