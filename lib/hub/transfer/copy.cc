// cp: files between this machine and hubs.
#include "hug/copy.h"

#include <utility>
#include <vector>

#include "api/session.h"
#include "hug/download.h"
#include "sys/atomic_file.h"
#include "sys/paths.h"
#include "transfer/copy_between.h"
#include "transfer/digest.h"
#include "transfer/range_fetch.h"
#include "transfer/select.h"

namespace hug {

namespace {

/// Where one file lands on this machine.
std::string local_destination(const Context::Parts& parts,
                              const std::string& text,
                              const std::string& name) {
  if (text.empty()) return name;
  auto path = sys::expand_path(parts.env, text);
  const auto info = parts.fs->find_info(path);
  const bool folder =
      path.ends_with('/') ||
      (info && *info && (*info)->kind == sys::FileKind::kDirectory);
  if (!folder) return path;
  while (path.size() > 1 && path.ends_with('/'))
    path.pop_back();
  return path + "/" + name;
}

/// Sends a file's bytes to a stream, from the cache when they are there. The
/// digest is checked at the end: a stream cannot be taken back, but the reader
/// learns that it was wrong.
Result<void> stream_file(Hub& hub, const RemoteFile& file,
                         const WriteBytes& write) {
  auto hasher = transfer::hasher_for(file.etag, file.size);
  transfer::RangeFetch fetch(hub, file);
  HUG_TRY(fetch.fetch({0, file.size}, [&](auto, auto bytes) -> Result<void> {
    hasher.update(bytes);
    return write(bytes);
  }));
  if (!transfer::keeps_promise(file.etag, hasher.finish())) {
    return Error(Code::kCorrupt, "'" + file.path + "' arrived damaged");
  }
  return {};
}

Result<void> stream_local(const Context::Parts& parts, const std::string& path,
                          const WriteBytes& write) {
  const auto file = HUG_TRY(parts.fs->open(path));
  std::vector<std::byte> buffer(256 * 1024);
  for (;;) {
    HUG_TRY(parts.check_stop());
    const auto n = HUG_TRY(parts.fs->read_some(file, buffer));
    if (n == 0) return {};
    HUG_TRY(write(std::span(buffer).first(n)));
  }
}

/// Copies a cached file to a place of its own, complete or not at all.
Result<void> place_copy(const Context::Parts& parts, const std::string& from,
                        const std::string& to) {
  auto& fs = *parts.fs;
  const auto parent = sys::At(to).parent().path();
  if (!parent.empty()) HUG_TRY(fs.make_dirs(parent));
  auto out = HUG_TRY(sys::AtomicFile::create(fs, to));
  HUG_TRY(
      stream_local(parts, from, [&](auto bytes) { return out.write(bytes); }));
  return out.commit();
}

Result<CopyResult> from_hub(Hub& hub, const CopyRequest& request) {
  const auto& parts = hub.parts().surroundings();
  const auto uri = HUG_TRY(transfer::copy_uri(hub, request.source));
  if (uri.path.empty() || uri.folder) {
    return Error(Code::kUsage, "'" + request.source + "' is a folder")
        .hint("use 'hug download' for folders and repositories");
  }
  DownloadRequest wanted;
  wanted.repo = uri.repo;
  wanted.revision = uri.revision;
  wanted.files = {uri.path};
  const auto plan = HUG_TRY(plan_download(hub, wanted));
  const auto& item = plan.items.at(0);
  CopyResult result{CopyResult::Kind::kDownloaded, request.source, "", 1,
                    item.size};
  if (request.destination == "-") {
    result.destination = "-";
    if (item.cached) {
      const auto done = HUG_TRY(download(hub, wanted));
      HUG_TRY(stream_local(parts, done.path, request.write));
    } else {
      HUG_TRY(stream_file(
          hub, {uri.repo, plan.commit, item.path, item.size, item.etag},
          request.write));
    }
    return result;
  }
  const auto target = local_destination(parts, request.destination,
                                        transfer::base_name(uri.path));
  const auto done = HUG_TRY(download(hub, wanted));
  HUG_TRY(place_copy(parts, done.path, target));
  result.destination = sys::real_path(target);
  return result;
}

Result<CopyResult> to_hub(Hub& hub, const CopyRequest& request) {
  const auto& parts = hub.parts().surroundings();
  auto uri = HUG_TRY(transfer::copy_uri(hub, request.destination));
  const bool stream = request.source == "-";
  const bool inside = uri.path.empty() || uri.folder;
  if (stream && inside) {
    return Error(Code::kUsage, "standard input needs a full destination name")
        .hint("write hf://OWNER/NAME/PATH");
  }
  if (inside) {
    if (!uri.path.empty()) uri.path += '/';
    uri.path += transfer::base_name(request.source);
    uri.folder = false;
  }
  UploadRequest wanted;
  wanted.repo = uri.repo;
  wanted.revision = uri.revision;
  wanted.path_in_repo = uri.path;
  wanted.message = request.message;
  wanted.create_repo = false;
  CopyResult result{CopyResult::Kind::kUploaded,
                    stream ? "stdin" : request.source, format_hub_uri(uri), 1,
                    0};
  if (stream) {
    result.bytes = HUG_TRY(upload_stream(hub, request.read, wanted)).sent_bytes;
    return result;
  }
  wanted.local_path = sys::expand_path(parts.env, request.source);
  const auto info = HUG_TRY(parts.fs->info(wanted.local_path));
  if (info.kind == sys::FileKind::kDirectory) {
    return Error(Code::kUsage, "'" + request.source + "' is a folder")
        .hint("use 'hug upload' for folders");
  }
  result.bytes = info.size;
  HUG_TRY(upload(hub, wanted));
  return result;
}

}  // namespace

Result<CopyResult> copy(Hub& hub, const CopyRequest& request) {
  const bool remote_source = is_hub_uri(request.source);
  const bool remote_target = is_hub_uri(request.destination);
  if (remote_source && remote_target)
    return transfer::copy_between(hub, request);
  if (remote_source) return from_hub(hub, request);
  if (remote_target) return to_hub(hub, request);
  return Error(Code::kUsage, "neither '" + request.source + "' nor '" +
                                 request.destination + "' is on a hub")
      .hint("write one of them as hf://OWNER/NAME/PATH");
}

}  // namespace hug
