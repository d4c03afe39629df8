#include "transfer/select.h"

#include <algorithm>
#include <array>

#include "base/fnmatch.h"
#include "base/strings.h"

namespace hug::transfer {

namespace {

std::vector<std::string> normal(const std::vector<std::string>& patterns) {
  std::vector<std::string> out;
  out.reserve(patterns.size());
  for (const auto& pattern : patterns)
    out.push_back(normal_pattern(pattern));
  return out;
}

}  // namespace

std::string normal_pattern(std::string_view pattern) {
  auto out = base::replace_all(pattern, "\\", "/");
  if (out.ends_with('/')) out += '*';
  return out;
}

std::string base_name(std::string_view path) {
  while (path.size() > 1 && path.ends_with('/'))
    path.remove_suffix(1);
  const auto slash = path.rfind('/');
  return std::string(slash == path.npos ? path : path.substr(slash + 1));
}

bool is_pattern(std::string_view text) {
  return text.find_first_of("*?[") != text.npos;
}

bool matches_any(std::string_view path,
                 const std::vector<std::string>& patterns) {
  return std::any_of(patterns.begin(), patterns.end(),
                     [&](const auto& it) { return base::fnmatch(path, it); });
}

Selection::Selection(const std::vector<std::string>& include,
                     const std::vector<std::string>& exclude)
    : include_(normal(include)), exclude_(normal(exclude)) {}

Selection& Selection::without_own_files() {
  constexpr std::array<const char*, 8> kOwn{".git",
                                            ".git/*",
                                            "*/.git",
                                            "**/.git/**",
                                            ".cache/huggingface",
                                            ".cache/huggingface/*",
                                            "*/.cache/huggingface",
                                            "**/.cache/huggingface/**"};
  exclude_.insert(exclude_.end(), kOwn.begin(), kOwn.end());
  return *this;
}

bool Selection::takes(std::string_view path) const {
  if (!include_.empty() && !matches_any(path, include_)) return false;
  return !matches_any(path, exclude_);
}

}  // namespace hug::transfer
