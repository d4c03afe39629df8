// Files of a folder against a listing.
#include <map>

#include "cache/digest.h"
#include "hug/cache.h"
#include "sys/context.h"
#include "sys/paths.h"
#include "sys/tree.h"

namespace hug {

namespace {

bool is_ignored(std::string_view path) {
  return path == ".git" || path == ".cache/huggingface" ||
         path.ends_with("/.git") || path.ends_with("/.cache/huggingface");
}

Result<std::vector<std::string>> files_below(sys::Fs& fs,
                                             const std::string& folder) {
  std::vector<std::string> out;
  HUG_TRY(sys::walk(fs, folder, [&](const sys::WalkEntry& e) -> Result<bool> {
    if (is_ignored(e.path)) return false;
    if (e.kind != sys::FileKind::kDirectory) out.push_back(e.path);
    return true;
  }));
  return out;
}

}  // namespace

Result<FolderReport> check_folder(const Context& context,
                                  const std::string& folder,
                                  const std::vector<ExpectedFile>& expected) {
  const Context::Parts& parts = context.parts();
  FolderReport out;
  out.path = sys::real_path(folder);
  std::map<std::string, const ExpectedFile*> wanted;
  Event event;
  event.kind = Event::Kind::kPlan;
  for (const ExpectedFile& file : expected) {
    wanted.emplace(file.path, &file);
    event.total += file.size;
  }
  event.items = wanted.size();
  parts.emit(event);
  event.kind = Event::Kind::kProgress;
  for (const std::string& path : HUG_TRY(files_below(*parts.fs, out.path))) {
    const auto at = wanted.find(path);
    if (at == wanted.end()) {
      out.extra.push_back(path);
      continue;
    }
    const ExpectedFile& file = *at->second;
    wanted.erase(at);
    const Result<std::string> digest = cache::file_digest(
        parts, out.path + "/" + path, file.etag, [&](std::uint64_t n) {
          event.done += n;
          parts.emit(event);
        });
    if (!digest && digest.error().code() == Code::kCancelled) {
      return digest.error();
    }
    ++out.n_checked;
    if (!digest) {
      out.mismatches.push_back({path, file.etag, digest.error().message()});
    } else if (*digest != file.etag) {
      out.mismatches.push_back({path, file.etag, *digest});
    }
  }
  for (const auto& [path, file] : wanted)
    out.missing.push_back(path);
  event.kind = Event::Kind::kFinish;
  parts.emit(event);
  return out;
}

}  // namespace hug
