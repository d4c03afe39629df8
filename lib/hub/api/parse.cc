#include "api/parse.h"

#include <nlohmann/json.hpp>

#include "base/hex.h"
#include "data/json.h"

namespace hug::api {

namespace {

using data::find_string;
using data::find_unsigned;

/// Digests from listings become file names: anything else is not taken over.
std::string hex_or_empty(std::optional<std::string> text, std::size_t size) {
  if (!text || !base::is_lower_hex(*text, size)) return {};
  return std::move(*text);
}

void parse_sibling(const nlohmann::json& json, RepoInfo& info) {
  auto path = find_string(json, "rfilename");
  if (!path) return;
  TreeEntry entry;
  entry.path = std::move(*path);
  entry.size = find_unsigned(json, "size").value_or(0);
  entry.blob_id = hex_or_empty(find_string(json, "blobId"), 40);
  if (const auto* lfs = data::find_object(json, "lfs")) {
    entry.sha256 = hex_or_empty(find_string(*lfs, "sha256"), 64);
    entry.size = find_unsigned(*lfs, "size").value_or(entry.size);
    entry.pointer_size = find_unsigned(*lfs, "pointerSize").value_or(0);
  }
  info.files.push_back(std::move(entry));
}

void parse_weights(const nlohmann::json& json, RepoInfo& info) {
  const auto* counts = data::find_object(json, "parameters");
  if (counts == nullptr) return;
  for (const auto& [type, count] : counts->items()) {
    if (count.is_number_unsigned())
      info.weights.push_back({type, count.get<std::uint64_t>()});
  }
}

std::string gated_text(const nlohmann::json& json) {
  if (auto text = find_string(json, "gated")) return std::move(*text);
  return data::find_bool(json, "gated") ? "auto" : "";
}

Error broken(const std::string& what) {
  return Error(Code::kCorrupt, "the hub's listing is broken: " + what);
}

LastCommit parse_last_commit(const nlohmann::json& json) {
  return {find_string(json, "id").value_or(""),
          find_string(json, "title").value_or(""),
          find_string(json, "date").value_or("")};
}

}  // namespace

Result<std::string> need_string(const nlohmann::json& json, const char* key,
                                const char* what) {
  if (auto text = find_string(json, key)) return std::move(*text);
  return Error(Code::kCorrupt, std::string("the hub's answer to ") + what +
                                   " has no '" + key + "'");
}

Result<RepoInfo> parse_repo_info(const nlohmann::json& json, RepoType type) {
  const auto id = HUG_TRY(need_string(json, "id", "a question for a repo"));
  RepoInfo info;
  info.id.type = type;
  const auto slash = id.find('/');
  if (slash != id.npos) info.id.owner = id.substr(0, slash);
  info.id.name = slash == id.npos ? id : id.substr(slash + 1);
  info.sha = hex_or_empty(find_string(json, "sha"), 40);
  info.created_at = find_string(json, "createdAt").value_or("");
  info.last_modified = find_string(json, "lastModified").value_or("");
  info.is_private = data::find_bool(json, "private");
  info.disabled = data::find_bool(json, "disabled");
  info.gated = gated_text(json);
  info.downloads = find_unsigned(json, "downloads").value_or(0);
  info.likes = find_unsigned(json, "likes").value_or(0);
  info.pipeline_tag = find_string(json, "pipeline_tag").value_or("");
  info.library_name = find_string(json, "library_name").value_or("");
  info.sdk = find_string(json, "sdk").value_or("");
  if (const auto* tags = data::find_array(json, "tags")) {
    for (const auto& tag : *tags) {
      if (tag.is_string()) info.tags.push_back(tag.get<std::string>());
    }
  }
  if (const auto* siblings = data::find_array(json, "siblings")) {
    for (const auto& item : *siblings)
      parse_sibling(item, info);
  }
  if (const auto* weights = data::find_object(json, "safetensors"))
    parse_weights(*weights, info);
  info.json = data::dump_json(json);
  return info;
}

Result<TreeEntry> parse_tree_entry(const nlohmann::json& json, bool keep_json) {
  TreeEntry entry;
  auto path = find_string(json, "path");
  if (!path || path->empty()) return broken("an entry has no path");
  entry.path = std::move(*path);
  const auto type = find_string(json, "type").value_or("");
  if (type != "file" && type != "directory") {
    return broken("'" + entry.path + "' has no type");
  }
  entry.folder = type == "directory";
  entry.blob_id = hex_or_empty(find_string(json, "oid"), 40);
  const auto size = find_unsigned(json, "size");
  if (!size && !entry.folder) return broken("'" + entry.path + "' has no size");
  entry.size = size.value_or(0);
  if (const auto* lfs = data::find_object(json, "lfs")) {
    entry.sha256 = hex_or_empty(find_string(*lfs, "oid"), 64);
    entry.size = find_unsigned(*lfs, "size").value_or(entry.size);
    entry.pointer_size = find_unsigned(*lfs, "pointerSize").value_or(0);
  }
  entry.xet_hash = hex_or_empty(find_string(json, "xetHash"), 64);
  if (const auto* commit = data::find_object(json, "lastCommit")) {
    entry.last_commit = parse_last_commit(*commit);
  }
  if (keep_json) entry.json = data::dump_json(json);
  return entry;
}

}  // namespace hug::api
