// Which names from outside may become paths, and where things are kept.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "hug/result.h"
#include "sys/env.h"

namespace hug::sys {

/// Checks the name of a file in a repository before it becomes part of a local
/// path, and returns it with '\' as '/'. Refused (kDenied): empty, absolute,
/// "." and ".." and empty segments, drives ("C:x"), NUL and control characters,
/// segments over 255 bytes, 4096 in all, ".git" in any case as a segment
/// unless `allow_git`.
Result<std::string> check_file_name(std::string_view name,
                                    bool allow_git = false);
/// What is odd about an accepted name (trailing dot or blank, a name Windows
/// reserves), else empty.
std::string odd_file_name(std::string_view name);
/// A revision as part of a path: what git allows in a ref name. Errors: kUsage.
Result<void> check_revision(std::string_view revision);
/// An etag as a file name: returns it when it is 1 to 128 of [0-9A-Za-z_-],
/// else the sha256 of it in hex.
std::string etag_file_name(std::string_view etag);
/// Pairs of names that fall together on a file system that ignores case
/// (ASCII) or normalises; each as "a and b". Order of `names` is kept.
std::vector<std::string> colliding_names(const std::vector<std::string>& names);

/// "~" and "$NAME", "${NAME}" replaced, as Python's expanduser and expandvars
/// do; unknown variables stay.
std::string expand_path(const Env& env, std::string_view path);
/// Absolute, links resolved as far as it exists.
std::string real_path(const std::string& path);

/// Where the Hub's tools keep things, from HF_HOME and its relatives.
struct Locations {
  std::string home;           // HF_HOME
  std::string hub_cache;      // HF_HUB_CACHE
  std::string assets_cache;   // HF_ASSETS_CACHE
  std::string xet_cache;      // HF_XET_CACHE
  std::string token;          // HF_TOKEN_PATH
  std::string stored_tokens;  // beside the token
};

Locations locations(const Env& env);
/// The user's home directory: HOME, else the password database, else "/".
std::string home_directory(const Env& env);

}  // namespace hug::sys
