#include "cache/tree_file.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "base/hex.h"
#include "data/json.h"

namespace hug::cache {

namespace {

constexpr std::uint64_t kVersion = 1;

// A digest of `digits` hex digits, or absent; nothing for anything else.
std::optional<std::string> digest(const nlohmann::json& entry,
                                  std::string_view key, std::size_t digits) {
  const nlohmann::json* member = data::find_member(entry, key);
  if (member == nullptr || member->is_null()) return "";
  const auto text = data::find_string(entry, key);
  if (!text || !base::is_lower_hex(*text, digits)) return std::nullopt;
  return text;
}

std::optional<TreeFile> parse_file(const std::string& path,
                                   const nlohmann::json& entry) {
  const auto size = data::find_unsigned(entry, "size");
  const auto blob = digest(entry, "blob_id", 40);
  const auto sha256 = digest(entry, "lfs_sha256", 64);
  const auto xet = digest(entry, "xet_hash", 64);
  if (!size || !blob || !sha256 || !xet || blob->empty()) return std::nullopt;
  TreeFile out{path, *size, *blob, *sha256, 0, *xet};
  if (!sha256->empty()) {
    const auto lfs_size = data::find_unsigned(entry, "lfs_size");
    if (!lfs_size) return std::nullopt;
    out.lfs_size = *lfs_size;
  }
  return out;
}

nlohmann::ordered_json format_file(const TreeFile& file) {
  nlohmann::ordered_json out;
  out["size"] = file.size;
  out["blob_id"] = file.blob_id;
  if (!file.lfs_sha256.empty()) {
    out["lfs_sha256"] = file.lfs_sha256;
    out["lfs_size"] = file.lfs_size;
  }
  if (!file.xet_hash.empty()) out["xet_hash"] = file.xet_hash;
  return out;
}

}  // namespace

std::optional<std::vector<TreeFile>> parse_tree(std::string_view text) {
  const Result<nlohmann::json> json = data::parse_json(text, "tree");
  if (!json || data::find_unsigned(*json, "format_version") != kVersion) {
    return std::nullopt;
  }
  const nlohmann::json* files = data::find_object(*json, "files");
  if (files == nullptr) return std::nullopt;
  std::vector<TreeFile> out;
  for (const auto& [path, entry] : files->items()) {
    auto file = parse_file(path, entry);
    if (!file) return std::nullopt;
    out.push_back(std::move(*file));
  }
  return out;
}

std::string format_tree(std::vector<TreeFile> files) {
  std::sort(
      files.begin(), files.end(),
      [](const TreeFile& a, const TreeFile& b) { return a.path < b.path; });
  nlohmann::ordered_json out;
  out["format_version"] = kVersion;
  out["files"] = nlohmann::ordered_json::object();
  for (const TreeFile& file : files)
    out["files"][file.path] = format_file(file);
  data::JsonStyle style;
  style.indent = 1;
  style.ascii = true;
  return data::dump_json(out, style);
}

}  // namespace hug::cache
