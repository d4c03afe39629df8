#include "sys/paths.h"

#include <pwd.h>
#include <unistd.h>
#include <utf8proc.h>

#include <algorithm>
#include <array>
#include <filesystem>
#include <map>

#include "base/hash.h"
#include "base/strings.h"

namespace hug::sys {

namespace {

constexpr std::size_t kMaxSegment = 255;
constexpr std::size_t kMaxName = 4096;

bool is_letter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

bool is_control(char c) {
  return static_cast<unsigned char>(c) < 0x20 || c == 0x7f;
}

// Why a segment may not be part of a path, or null.
const char* segment_fault(std::string_view s, bool allow_git) {
  if (s.empty()) return "it has an empty segment";
  if (s == ".") return "it has a '.' segment";
  if (s == "..") return "it has a '..' segment";
  if (s.size() > kMaxSegment) return "a segment is longer than 255 bytes";
  if (s.size() >= 2 && is_letter(s[0]) && s[1] == ':') {
    return "it names a drive";
  }
  if (!allow_git && base::equal_ignoring_case(s, ".git")) {
    return "it has a '.git' segment";
  }
  return nullptr;
}

const char* name_fault(std::string_view name, bool allow_git) {
  if (name.empty()) return "it is empty";
  if (name.size() > kMaxName) return "it is longer than 4096 bytes";
  if (std::any_of(name.begin(), name.end(), is_control)) {
    return "it has control characters";
  }
  if (name.front() == '/') return "it is absolute";
  for (const std::string_view s : base::split(name, '/')) {
    if (const char* fault = segment_fault(s, allow_git)) return fault;
  }
  return nullptr;
}

constexpr std::array<std::string_view, 4> kReserved = {"con", "prn", "aux",
                                                       "nul"};

bool is_reserved_on_windows(std::string_view segment) {
  const std::string stem = base::to_lower(segment.substr(0, segment.find('.')));
  if (std::find(kReserved.begin(), kReserved.end(), stem) != kReserved.end()) {
    return true;
  }
  return stem.size() == 4 &&
         (stem.starts_with("com") || stem.starts_with("lpt")) &&
         stem[3] >= '1' && stem[3] <= '9';
}

// NFC with case folded: equal for names that some file systems take for one.
std::string folded(const std::string& name) {
  utf8proc_uint8_t* out = nullptr;
  const auto options = static_cast<utf8proc_option_t>(
      UTF8PROC_STABLE | UTF8PROC_COMPOSE | UTF8PROC_CASEFOLD);
  const utf8proc_ssize_t n =
      utf8proc_map(reinterpret_cast<const utf8proc_uint8_t*>(name.data()),
                   static_cast<utf8proc_ssize_t>(name.size()), &out, options);
  if (n < 0) return base::to_lower(name);
  std::string text(reinterpret_cast<const char*>(out),
                   static_cast<std::size_t>(n));
  std::free(out);
  return text;
}

bool is_bad_in_revision(char c) {
  return is_control(c) ||
         std::string_view(" ~^:?*[\\").find(c) != std::string_view::npos;
}

bool is_revision(std::string_view r) {
  if (r.empty() || r.size() > kMaxSegment || r == "@" || r.ends_with('.')) {
    return false;
  }
  if (r.find("..") != r.npos || r.find("@{") != r.npos) return false;
  if (std::any_of(r.begin(), r.end(), is_bad_in_revision)) return false;
  for (const std::string_view part : base::split(r, '/')) {
    if (part.empty() || part.front() == '.' || part.ends_with(".lock")) {
      return false;
    }
  }
  return true;
}

bool is_etag_char(char c) {
  return is_letter(c) || (c >= '0' && c <= '9') || c == '_' || c == '-';
}

}  // namespace

Result<std::string> check_file_name(std::string_view name, bool allow_git) {
  std::string out = base::replace_all(name, "\\", "/");
  if (const char* fault = name_fault(out, allow_git)) {
    return Error(Code::kDenied, "the file name '" + std::string(name) +
                                    "' is not safe: " + fault);
  }
  return out;
}

std::string odd_file_name(std::string_view name) {
  for (const std::string_view s : base::split(name, '/')) {
    if (s.ends_with('.') || s.ends_with(' ')) {
      return "a part ends in a dot or blank, which Windows drops";
    }
    if (is_reserved_on_windows(s)) return "Windows reserves a part of it";
  }
  return {};
}

Result<void> check_revision(std::string_view revision) {
  if (is_revision(revision)) return {};
  return Error(Code::kUsage,
               "'" + std::string(revision) + "' is not a revision")
      .hint("give a branch, a tag or a full commit id");
}

std::string etag_file_name(std::string_view etag) {
  const bool plain = !etag.empty() && etag.size() <= 128 &&
                     std::all_of(etag.begin(), etag.end(), is_etag_char);
  return plain ? std::string(etag) : base::sha256_hex(etag);
}

std::vector<std::string> colliding_names(
    const std::vector<std::string>& names) {
  std::map<std::string, const std::string*> seen;
  std::vector<std::string> out;
  for (const std::string& name : names) {
    const auto [at, fresh] = seen.emplace(folded(name), &name);
    if (!fresh && *at->second != name) {
      out.push_back("'" + *at->second + "' and '" + name + "'");
    }
  }
  return out;
}

std::string real_path(const std::string& path) {
  std::error_code error;
  const auto absolute = std::filesystem::absolute(path, error);
  if (error) return path;
  const auto real = std::filesystem::weakly_canonical(absolute, error);
  std::string out =
      error ? absolute.lexically_normal().string() : real.string();
  if (out.size() > 1 && out.ends_with('/')) out.pop_back();
  return out;
}

}  // namespace hug::sys
