#include "hub/names.h"

#include <algorithm>
#include <array>

#include "base/base.h"

namespace hug::hub {
namespace {

bool is_word(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
         (c >= '0' && c <= '9') || c == '_';
}

constexpr std::array<std::string_view, 26> kReserved = {
    "api",     "datasets",      "spaces",      "kernels", "buckets", "models",
    "oauth",   "settings",      "collections", "papers",  "docs",    "login",
    "join",    "cas",           "logout",      "new",     "search",  "uploads",
    "lfs",     "organizations", "users",       "me",      "resolve", "raw",
    "healthz", "metrics"};

Error bad_path(std::string_view path, std::string_view why) {
  std::string shown(path.substr(0, 200));
  return Error(Code::kUsage,
               "invalid path '" + shown + "': " + std::string(why));
}

std::optional<std::string_view> segment_fault(std::string_view segment) {
  if (segment.empty()) return "it has an empty segment";
  if (segment == "." || segment == "..") return "it has a dot segment";
  if (segment.size() > 255) return "a segment is longer than 255 bytes";
  if (base::equal_ignoring_case(segment, ".git")) return "'.git' is reserved";
  return std::nullopt;
}

}  // namespace

std::string_view kind_name(RepoKind kind) {
  switch (kind) {
    case RepoKind::kModel:
      return "model";
    case RepoKind::kDataset:
      return "dataset";
    case RepoKind::kSpace:
      return "space";
  }
  return "model";
}

std::string_view kind_plural(RepoKind kind) {
  switch (kind) {
    case RepoKind::kModel:
      return "models";
    case RepoKind::kDataset:
      return "datasets";
    case RepoKind::kSpace:
      return "spaces";
  }
  return "models";
}

std::string_view kind_prefix(RepoKind kind) {
  switch (kind) {
    case RepoKind::kModel:
      return "";
    case RepoKind::kDataset:
      return "datasets/";
    case RepoKind::kSpace:
      return "spaces/";
  }
  return "";
}

std::optional<RepoKind> parse_kind_name(std::string_view text) {
  for (const RepoKind kind : kRepoKinds) {
    if (text == kind_name(kind)) return kind;
  }
  return std::nullopt;
}

std::optional<RepoKind> parse_kind_plural(std::string_view text) {
  for (const RepoKind kind : kRepoKinds) {
    if (text == kind_plural(kind)) return kind;
  }
  return std::nullopt;
}

bool is_valid_name(std::string_view name) {
  if (name.empty() || name.size() > 96) return false;
  if (!is_word(name.front()) || !is_word(name.back())) return false;
  const bool charset = std::all_of(name.begin(), name.end(), [](char c) {
    return is_word(c) || c == '-' || c == '.';
  });
  return charset && name.find("--") == std::string_view::npos &&
         name.find("..") == std::string_view::npos && !name.ends_with(".git");
}

bool is_reserved_namespace(std::string_view name) {
  return std::any_of(kReserved.begin(), kReserved.end(),
                     [&](std::string_view word) {
                       return base::equal_ignoring_case(word, name);
                     });
}

bool is_valid_ref_name(std::string_view name) {
  if (name.empty() || name.size() > 200 || name == "@" || name == "HEAD") {
    return false;
  }
  if (name.front() == '-' || name.back() == '.' ||
      name.find("..") != std::string_view::npos ||
      name.find("@{") != std::string_view::npos || !base::is_valid_utf8(name)) {
    return false;
  }
  for (const std::string_view part : base::split(name, '/')) {
    if (part.empty() || part.front() == '.' || part.ends_with(".lock")) {
      return false;
    }
  }
  return std::none_of(name.begin(), name.end(), [](char c) {
    const auto byte = static_cast<unsigned char>(c);
    return byte <= 0x20 || byte == 0x7f ||
           std::string_view("~^:?*[\\").find(c) != std::string_view::npos;
  });
}

Result<void> check_repo_path(std::string_view path) {
  if (path.empty()) return bad_path(path, "it is empty");
  if (path.size() > 4096) return bad_path(path, "it is too long");
  if (path.front() == '/') return bad_path(path, "it is absolute");
  for (const char c : path) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte < 0x20 || byte == 0x7f) {
      return bad_path("", "it has a control character");
    }
    if (c == '\\') return bad_path(path, "it has a backslash");
  }
  if (!base::is_valid_utf8(path)) return bad_path("", "it is not UTF-8");
  for (const std::string_view segment : base::split(path, '/')) {
    if (const auto fault = segment_fault(segment))
      return bad_path(path, *fault);
  }
  return {};
}

bool is_commit_id(std::string_view text) {
  return base::is_lower_hex(text, 40);
}

bool is_sha256(std::string_view text) {
  return base::is_lower_hex(text, 64);
}

}  // namespace hug::hub
