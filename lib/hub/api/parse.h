// The Hub's JSON objects as values of repo.h. Absent and odd members are left
// empty: hubs differ, and only what is needed is insisted on.
#pragma once

#include <nlohmann/json_fwd.hpp>

#include "hug/repo.h"

namespace hug::api {

/// Errors: kCorrupt when it has no id.
Result<RepoInfo> parse_repo_info(const nlohmann::json& json, RepoType type);
/// An item of a tree or paths-info listing. Errors: kCorrupt without a path,
/// type or (of files) size.
Result<TreeEntry> parse_tree_entry(const nlohmann::json& json,
                                   bool keep_json = false);
/// A member that must be a string. Errors: kCorrupt naming `what`.
Result<std::string> need_string(const nlohmann::json& json, const char* key,
                                const char* what);

}  // namespace hug::api
