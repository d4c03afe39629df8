// Everything written from the command tree: completion scripts, manual pages,
// the README's tables. `hug_gen` writes them into the source tree (target
// docs) or says which are stale (test docs.fresh).
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "spec/command.h"

namespace hug::cli {

/// Of bash, zsh, fish and powershell; nothing for another name.
std::optional<std::string> completion_script(const Command& root,
                                             std::string_view shell);

std::string bash_completion(const Command& root);
std::string zsh_completion(const Command& root);
std::string fish_completion(const Command& root);
std::string powershell_completion(const Command& root);

/// File name to text: hug.1, hug-VERB.1, hug-exit-codes.7, hug-environment.7.
std::map<std::string, std::string> manual_pages(const Command& root);

/// The README with the parts between "<!-- begin NAME -->" and
/// "<!-- end NAME -->" written anew.
std::string readme_with_tables(const Command& root, std::string readme);

}  // namespace hug::cli
