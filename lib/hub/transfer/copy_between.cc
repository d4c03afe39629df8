#include "transfer/copy_between.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <set>
#include <span>
#include <utility>
#include <vector>

#include "api/address.h"
#include "api/commit.h"
#include "api/session.h"
#include "data/json.h"
#include "transfer/large_objects.h"
#include "transfer/remote_body.h"
#include "transfer/select.h"

namespace hug::transfer {

namespace {

constexpr std::size_t kDuplicateBatch = 500;
// Objects on their way through this machine at once: each holds a block.
constexpr unsigned kWorkers = 4;

struct RemoteCopy {
  TreeEntry entry = {};
  std::string to = {};
};

using Copies = std::vector<RemoteCopy>;

/// The files of a copy with their new names.
Result<Copies> map_copies(Hub& hub, const HubUri& from, const HubUri& to) {
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
  Copies out;
  for (const auto& entry : tree) {
    if (entry.folder) continue;
    if (entry.path == from.path) {
      return Copies{{entry, into ? root + base_name(entry.path) : to.path}};
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

class Between {
 public:
  Between(Hub& hub, HubUri from, HubUri to)
      : hub_(hub), from_(std::move(from)), to_(std::move(to)) {}

  Result<CopyResult> run(const CopyRequest& request) {
    const auto copies = HUG_TRY(map_copies(hub_, from_, to_));
    if (from_.repo != to_.repo) HUG_TRY(provide_large(copies));
    HUG_TRY(commit(copies, request.message));
    CopyResult result{CopyResult::Kind::kCopied, request.source,
                      format_hub_uri(to_), copies.size(), 0};
    for (const auto& copy : copies)
      result.bytes += copy.entry.size;
    return result;
  }

 private:
  /// Sees to it that the target may name the large objects of the source.
  Result<void> provide_large(const Copies& copies) {
    std::vector<const RemoteCopy*> large;
    for (const auto& copy : copies) {
      if (!copy.entry.sha256.empty()) large.push_back(&copy);
    }
    std::vector<LargeFile> left;
    for (std::size_t at = 0; at < large.size(); at += kDuplicateBatch) {
      const auto end = std::min(large.size(), at + kDuplicateBatch);
      const std::span batch(large.data() + at, end - at);
      const auto failed = HUG_TRY(duplicate(batch));
      for (const auto* copy : batch) {
        if (failed.count(copy->entry.sha256) > 0)
          left.push_back(to_send(*copy));
      }
    }
    HUG_TRY(send_large_files(hub_, to_.repo, {to_.revision, kWorkers}, left));
    return {};
  }

  /// Asks the hub; what it could not do.
  Result<std::set<std::string>> duplicate(
      std::span<const RemoteCopy* const> copies) {
    auto files = nlohmann::json::array();
    for (const auto* copy : copies) {
      nlohmann::json file{{"sha256", copy->entry.sha256},
                          {"filename", copy->to}};
      if (!copy->entry.xet_hash.empty()) file["xetHash"] = copy->entry.xet_hash;
      files.push_back(std::move(file));
    }
    api::Call call;
    call.method = "POST";
    call.action = "copy large files from " + api::describe(from_.repo);
    call.url = api::repo_url(hub_, from_.repo, "/lfs-files/duplicate");
    api::set_json(
        call,
        {{"target",
          {{"type", repo_type_name(to_.repo.type)}, {"name", to_.repo.full()}}},
         {"files", std::move(files)}});
    const auto answer = api::fetch_json(hub_, call);
    std::set<std::string> failed;
    if (!answer) {
      if (!is_missing(answer.error())) return answer.error();
      for (const auto* copy : copies)
        failed.insert(copy->entry.sha256);
    } else if (const auto* list = data::find_array(*answer, "failed")) {
      for (const auto& item : *list)
        failed.insert(data::find_string(item, "sha256").value_or(""));
    }
    return failed;
  }

  /// Hubs that speak the protocol but do not have this endpoint.
  static bool is_missing(const Error& error) {
    const auto status = error.http_status();
    return status == 404 || status == 405 || status == 501;
  }

  LargeFile to_send(const RemoteCopy& copy) {
    const auto file = source(copy.entry);
    return {copy.to,
            file.size,
            copy.entry.sha256,
            0,
            [this, file](auto offset, auto size) {
              return remote_body(hub_, file, offset, size);
            },
            [] { return Result<void>(); }};
  }

  RemoteFile source(const TreeEntry& entry) const {
    return {from_.repo, std::string(api::or_main(from_.revision)), entry.path,
            entry.size, entry.etag()};
  }

  Result<void> commit(const Copies& copies, const std::string& message) {
    api::CommitHead head;
    head.summary = message;
    if (message.empty()) {
      head.summary = "Copy files from " +
                     std::string(repo_type_name(from_.repo.type)) + "s/" +
                     from_.repo.full();
    }
    std::vector<http::BodySourcePtr> lines{api::head_line(head)};
    for (const auto& copy : copies) {
      const auto path = HUG_TRY(api::check_repo_path(copy.to));
      const auto& entry = copy.entry;
      lines.push_back(
          entry.sha256.empty()
              ? api::file_line(path, remote_body(hub_, source(entry)))
              : api::large_line(path, entry.sha256, entry.size));
    }
    HUG_TRY(api::post_commit(hub_, to_.repo, {to_.revision, false},
                             std::move(lines)));
    return {};
  }

  Hub& hub_;
  HubUri from_;
  HubUri to_;
};

}  // namespace

Result<HubUri> copy_uri(const Hub& hub, const std::string& text) {
  auto uri = HUG_TRY(parse_hub_uri(text, hub.endpoint()));
  if (uri.bucket) {
    return Error(Code::kUnsupported, "'" + text + "' is in a bucket");
  }
  return uri;
}

Result<CopyResult> copy_between(Hub& hub, const CopyRequest& request) {
  auto from = HUG_TRY(copy_uri(hub, request.source));
  auto to = HUG_TRY(copy_uri(hub, request.destination));
  return Between(hub, std::move(from), std::move(to)).run(request);
}

}  // namespace hug::transfer
