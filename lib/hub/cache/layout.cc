#include "cache/layout.h"

#include <algorithm>
#include <array>

#include "base/hex.h"
#include "base/strings.h"
#include "sys/atomic_file.h"
#include "sys/paths.h"

namespace hug::cache {

namespace {

constexpr std::string_view kTag =
    "Signature: 8a477f597d28d172789f06886806bc55\n"
    "# This file is a cache directory tag created by huggingface_hub.\n"
    "# For information about cache directory tags, see:\n"
    "#\thttps://bford.info/cachedir/\n";

struct TypeRow {
  RepoType type;
  std::string_view folder;
};

constexpr std::array<TypeRow, 4> kTypes{{{RepoType::kModel, "models"},
                                         {RepoType::kDataset, "datasets"},
                                         {RepoType::kSpace, "spaces"},
                                         {RepoType::kKernel, "kernels"}}};

}  // namespace

std::string repo_folder(const RepoId& id) {
  std::string out;
  for (const TypeRow& row : kTypes) {
    if (row.type == id.type) out = std::string(row.folder) + "--";
  }
  if (!id.owner.empty()) out += id.owner + "--";
  return out + id.name;
}

std::optional<RepoId> parse_repo_folder(std::string_view name) {
  const auto n = name.find("--");
  if (n == name.npos) return std::nullopt;
  const auto type = std::find_if(
      kTypes.begin(), kTypes.end(),
      [&](const TypeRow& row) { return row.folder == name.substr(0, n); });
  if (type == kTypes.end()) return std::nullopt;
  const std::string id = base::replace_all(name.substr(n + 2), "--", "/");
  const auto slash = id.find('/');
  RepoId out{type->type, "", id};
  if (slash != id.npos) {
    out.owner = id.substr(0, slash);
    out.name = id.substr(slash + 1);
  }
  if (out.name.empty()) return std::nullopt;
  return out;
}

bool is_commit(std::string_view text) {
  return base::is_lower_hex(text, 40);
}

std::string pointer_target(std::string_view file, std::string_view etag) {
  std::string out = "../../";
  for (const char c : file) {
    if (c == '/') out += "../";
  }
  return out + "blobs/" + sys::etag_file_name(etag);
}

Result<CacheSettings> cache_settings(const sys::Env& env,
                                     std::string_view root) {
  CacheSettings out;
  out.root = sys::real_path(root.empty() ? sys::locations(env).hub_cache
                                         : sys::expand_path(env, root));
  out.symlinks = !env.flag("HF_HUB_DISABLE_SYMLINKS");
  out.shared_blobs = !env.flag("HF_HUB_DISABLE_SHARED_BLOBS") &&
                     !env.flag("HF_HUB_DISABLE_XET");
  out.lock_wait = HUG_TRY(env.seconds("HUG_LOCK_TIMEOUT"));
  return out;
}

void tag_cache_dir(sys::Fs& fs, const sys::Dir& dir) {
  const sys::At tag = dir / "CACHEDIR.TAG";
  if (fs.exists(tag)) return;
  sys::AtomicOptions options;
  options.sync = false;
  options.replace = false;
  (void)sys::write_file(fs, tag, kTag, options);
}

}  // namespace hug::cache
