#include "sys/tree.h"

#include <fcntl.h>

namespace hug::sys {

namespace {

constexpr int kMaxDepth = 255;

using Visit = std::function<Result<bool>(const WalkEntry&)>;

Result<void> walk_below(Fs& fs, const Dir& dir, const std::string& prefix,
                        int depth, const Visit& visit) {
  if (depth > kMaxDepth) {
    return Error(Code::kLimit, "'" + dir.path() + "' is nested too deeply");
  }
  const Result<std::vector<DirEntry>> entries = fs.list(At(dir, "."));
  if (!entries) {
    if (entries.error().code() == Code::kNotFound) return {};
    return entries.error();
  }
  for (const DirEntry& entry : *entries) {
    const std::string path = prefix + entry.name;
    const bool enter = HUG_TRY(visit({path, entry.kind}));
    if (!enter || entry.kind != FileKind::kDirectory) continue;
    const Result<Dir> below = fs.open_dir(dir / entry.name);
    if (!below && below.error().code() == Code::kNotFound) continue;
    if (!below) return below.error();
    HUG_TRY(walk_below(fs, *below, path + "/", depth + 1, visit));
  }
  return {};
}

bool is_gone(const Error& error) {
  return error.code() == Code::kNotFound;
}

// The directory opened without following a link at its own name, and writable
// for its owner, or its entries could not be removed.
Result<Dir> open_to_empty(Fs& fs, const At& at) {
  OpenOptions options;
  options.no_follow = true;
  File file = HUG_TRY(fs.open(at, options));
  const FileInfo info = HUG_TRY(fs.info(file));
  if ((info.mode & 0700) != 0700) {
    (void)fs.set_mode(file, info.mode | 0700);
  }
  return Dir(std::move(file).take(), at.path());
}

Result<std::uint64_t> empty(Fs& fs, const Dir& dir, int depth) {
  if (depth > kMaxDepth) {
    return Error(Code::kLimit, "'" + dir.path() + "' is nested too deeply");
  }
  std::uint64_t count = 0;
  for (const DirEntry& entry : HUG_TRY(fs.list(At(dir, ".")))) {
    const At at = dir / entry.name;
    if (entry.kind != FileKind::kDirectory) {
      count += HUG_TRY(fs.remove_if_present(at)) ? 1U : 0U;
      continue;
    }
    {
      const Result<Dir> below = open_to_empty(fs, at);
      if (!below && is_gone(below.error())) continue;
      if (!below) return below.error();
      count += HUG_TRY(empty(fs, *below, depth + 1));
    }
    Result<void> removed = fs.remove_dir(at);
    if (!removed && !is_gone(removed.error())) {
      return std::move(removed).error();
    }
  }
  return count;
}

}  // namespace

Result<void> walk(Fs& fs, const At& root, const Visit& visit) {
  const Dir dir = HUG_TRY(fs.open_dir(root));
  return walk_below(fs, dir, "", 0, visit);
}

Result<std::uint64_t> remove_tree(Fs& fs, const At& root) {
  const std::optional<FileInfo> info = HUG_TRY(fs.find_link_info(root));
  if (!info) return std::uint64_t{0};
  if (info->kind != FileKind::kDirectory) {
    HUG_TRY(fs.remove(root));
    return std::uint64_t{1};
  }
  std::uint64_t count = 0;
  {
    const Dir dir = HUG_TRY(open_to_empty(fs, root));
    count = HUG_TRY(empty(fs, dir, 0));
  }
  HUG_TRY(fs.remove_dir(root));
  return count;
}

void remove_empty_parents(Fs& fs, const Dir& stop, std::string relative) {
  while (!relative.empty() && relative != ".") {
    if (!fs.remove_dir(stop / relative)) return;
    const auto n = relative.rfind('/');
    relative = n == relative.npos ? "" : relative.substr(0, n);
  }
}

}  // namespace hug::sys
