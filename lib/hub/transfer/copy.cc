// cp: files between this machine and hubs, or from hub to hub.
#include "hug/copy.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <utility>

#include "api/address.h"
#include "api/commit.h"
#include "api/session.h"
#include "base/strings.h"
#include "data/json.h"
#include "hug/download.h"
#include "sys/atomic_file.h"
#include "sys/paths.h"
#include "transfer/digest.h"
#include "transfer/listing.h"
#include "transfer/range_fetch.h"

namespace hug {

namespace {

// Regular files of a copy between repositories are held in memory up to here.
constexpr std::uint64_t kMostRegular = 16U << 20;
constexpr std::size_t kDuplicateBatch = 500;

std::string base_name(std::string_view path) {
  while (path.size() > 1 && path.ends_with('/'))
    path.remove_suffix(1);
  const auto slash = path.rfind('/');
  return std::string(slash == path.npos ? path : path.substr(slash + 1));
}

Result<HubUri> parse_repo_uri(const Hub& hub, const std::string& text) {
  auto uri = HUG_TRY(parse_hub_uri(text, hub.endpoint()));
  if (uri.bucket) {
    return Error(Code::kUnsupported, "'" + text + "' is in a bucket");
  }
  return uri;
}

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
  const auto uri = HUG_TRY(parse_repo_uri(hub, request.source));
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
          hub, {uri.repo, item.commit, item.path, item.size, item.etag},
          request.write));
    }
    return result;
  }
  const auto target =
      local_destination(parts, request.destination, base_name(uri.path));
  const auto done = HUG_TRY(download(hub, wanted));
  HUG_TRY(place_copy(parts, done.path, target));
  result.destination = sys::real_path(target);
  return result;
}

Result<CopyResult> to_hub(Hub& hub, const CopyRequest& request) {
  const auto& parts = hub.parts().surroundings();
  auto uri = HUG_TRY(parse_repo_uri(hub, request.destination));
  const bool stream = request.source == "-";
  const bool inside = uri.path.empty() || uri.folder;
  if (stream && inside) {
    return Error(Code::kUsage, "standard input needs a full destination name")
        .hint("write hf://OWNER/NAME/PATH");
  }
  if (inside) {
    if (!uri.path.empty()) uri.path += '/';
    uri.path += base_name(request.source);
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

struct RemoteCopy {
  TreeEntry entry = {};
  std::string to = {};
};

/// The files of a copy between repositories, with their new names.
Result<std::vector<RemoteCopy>> map_copies(Hub& hub, const HubUri& from,
                                           const HubUri& to) {
  const auto tree =
      HUG_TRY(list_tree(hub, from.repo, {.revision = from.revision}));
  const auto target =
      HUG_TRY(list_tree(hub, to.repo, {.revision = to.revision}));
  const bool into =
      to.path.empty() || to.folder ||
      std::any_of(target.begin(), target.end(), [&](const auto& entry) {
        return entry.folder && entry.path == to.path;
      });
  const auto root = to.path.empty() ? std::string() : to.path + "/";
  const auto prefix = from.path.empty() ? std::string() : from.path + "/";
  std::vector<RemoteCopy> out;
  for (const auto& entry : tree) {
    if (entry.folder) continue;
    if (entry.path == from.path) {
      return std::vector<RemoteCopy>{
          {entry, into ? root + base_name(entry.path) : to.path}};
    }
    if (!entry.path.starts_with(prefix)) continue;
    auto name = entry.path.substr(prefix.size());
    // As `cp -r`: into a folder that exists goes the folder itself, unless a
    // slash said "what is in it".
    if (into && !from.path.empty() && !from.folder) {
      name = base_name(from.path) + "/" + name;
    }
    out.push_back({entry, root + name});
  }
  if (out.empty()) {
    return Error(Code::kNotFound, "no files at '" + from.path + "' in " +
                                      api::describe(from.repo));
  }
  return out;
}

/// Lets the target repository hold the large objects of the source.
Result<void> duplicate_large(Hub& hub, const HubUri& from, const HubUri& to,
                             const std::vector<RemoteCopy>& copies) {
  if (from.repo == to.repo) return {};
  std::vector<const RemoteCopy*> large;
  for (const auto& copy : copies) {
    if (!copy.entry.sha256.empty()) large.push_back(&copy);
  }
  for (std::size_t at = 0; at < large.size(); at += kDuplicateBatch) {
    auto files = nlohmann::json::array();
    const auto end = std::min(large.size(), at + kDuplicateBatch);
    for (auto i = at; i < end; ++i) {
      nlohmann::json file{{"sha256", large[i]->entry.sha256},
                          {"filename", large[i]->to}};
      if (!large[i]->entry.xet_hash.empty()) {
        file["xetHash"] = large[i]->entry.xet_hash;
      }
      files.push_back(std::move(file));
    }
    api::Call call;
    call.method = "POST";
    call.action = "copy large files from " + api::describe(from.repo);
    call.url = api::repo_url(hub, from.repo, "/lfs-files/duplicate");
    api::set_json(
        call,
        {{"target",
          {{"type", repo_type_name(to.repo.type)}, {"name", to.repo.full()}}},
         {"files", std::move(files)}});
    const auto answer = HUG_TRY(api::fetch_json(hub, call));
    const auto* failed = data::find_array(answer, "failed");
    if (failed != nullptr && !failed->empty()) {
      return Error(Code::kFailure, "the hub could not copy " +
                                       std::to_string(failed->size()) +
                                       " large files");
    }
  }
  return {};
}

Result<CopyResult> between(Hub& hub, const CopyRequest& request) {
  const auto from = HUG_TRY(parse_repo_uri(hub, request.source));
  const auto to = HUG_TRY(parse_repo_uri(hub, request.destination));
  const auto copies = HUG_TRY(map_copies(hub, from, to));
  HUG_TRY(duplicate_large(hub, from, to, copies));
  CopyResult result{CopyResult::Kind::kCopied, request.source,
                    format_hub_uri(to), copies.size(), 0};
  api::CommitHead head;
  head.summary = request.message.empty()
                     ? "Copy files from " +
                           std::string(repo_type_name(from.repo.type)) + "s/" +
                           from.repo.full()
                     : request.message;
  std::vector<http::BodySourcePtr> lines{api::head_line(head)};
  for (const auto& copy : copies) {
    result.bytes += copy.entry.size;
    const auto path = HUG_TRY(api::check_repo_path(copy.to));
    if (!copy.entry.sha256.empty()) {
      lines.push_back(
          api::large_line(path, copy.entry.sha256, copy.entry.size));
    } else {
      lines.push_back(api::file_line(
          path,
          http::text_body(HUG_TRY(read_file(hub, from.repo, from.revision,
                                            copy.entry.path, kMostRegular)))));
    }
  }
  HUG_TRY(
      api::post_commit(hub, to.repo, {to.revision, false}, std::move(lines)));
  return result;
}

}  // namespace

Result<CopyResult> copy(Hub& hub, const CopyRequest& request) {
  const bool remote_source = is_hub_uri(request.source);
  const bool remote_target = is_hub_uri(request.destination);
  if (remote_source && remote_target) return between(hub, request);
  if (remote_source) return from_hub(hub, request);
  if (remote_target) return to_hub(hub, request);
  return Error(Code::kUsage, "neither '" + request.source + "' nor '" +
                                 request.destination + "' is on a hub")
      .hint("write one of them as hf://OWNER/NAME/PATH");
}

}  // namespace hug
