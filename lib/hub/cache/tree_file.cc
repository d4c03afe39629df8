#include "cache/tree_file.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "base/hex.h"
#include "data/json.h"
#include "data/json_items.h"

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

/// Sorted by path, and of equal paths the last one.
void settle(std::vector<TreeFile>& files) {
  const auto not_before = [](const TreeFile& a, const TreeFile& b) {
    return a.path >= b.path;
  };
  if (std::adjacent_find(files.begin(), files.end(), not_before) ==
      files.end()) {
    return;  // as nearly always
  }
  std::stable_sort(
      files.begin(), files.end(),
      [](const TreeFile& a, const TreeFile& b) { return a.path < b.path; });
  const auto last = std::unique(
      files.rbegin(), files.rend(),
      [](const TreeFile& a, const TreeFile& b) { return a.path == b.path; });
  files.erase(files.begin(), last.base());
}

/// As text at once: a listing may have a hundred thousand files.
void format_file(const TreeFile& file, std::string& out) {
  const auto member = [&out](std::string_view key, std::string_view value) {
    out.append(",\n   \"").append(key).append("\": ").append(value);
  };
  out += "\n  " + data::quote_json(file.path, true) +
         ": {\n   \"size\": " + std::to_string(file.size);
  member("blob_id", data::quote_json(file.blob_id));
  if (!file.lfs_sha256.empty()) {
    member("lfs_sha256", data::quote_json(file.lfs_sha256));
    member("lfs_size", std::to_string(file.lfs_size));
  }
  if (!file.xet_hash.empty()) {
    member("xet_hash", data::quote_json(file.xet_hash));
  }
  out += "\n  }";
}

}  // namespace

std::optional<std::vector<TreeFile>> parse_tree(std::string_view text) {
  std::optional<std::string_view> files;
  bool right_version = false;
  const auto parts = data::each_json_member(
      text, "tree", [&](const auto& key, auto value) -> Result<void> {
        if (key == "files") {
          files = value;
          return {};
        }
        const auto other = HUG_TRY(data::parse_json(value, key));
        if (key == "format_version") right_version = other == kVersion;
        return {};
      });
  if (!parts || !files || !right_version) return std::nullopt;
  std::vector<TreeFile> out;
  const auto entries = data::each_json_member(
      *files, "files", [&](const auto& path, auto value) -> Result<void> {
        auto file = parse_file(path, HUG_TRY(data::parse_json(value, path)));
        if (!file) return Error(Code::kCorrupt, "no description of a file");
        out.push_back(std::move(*file));
        return {};
      });
  if (!entries) return std::nullopt;
  settle(out);
  return out;
}

std::string format_tree(const std::vector<TreeFile>& files) {
  std::vector<const TreeFile*> sorted;
  for (const TreeFile& file : files)
    sorted.push_back(&file);
  std::sort(sorted.begin(), sorted.end(),
            [](const auto* a, const auto* b) { return a->path < b->path; });
  std::string out = "{\n \"format_version\": " + std::to_string(kVersion) +
                    ",\n \"files\": {";
  for (const auto* file : sorted) {
    if (file != sorted.front()) out += ',';
    format_file(*file, out);
  }
  return out + (sorted.empty() ? "}\n}" : "\n }\n}");
}

}  // namespace hug::cache
