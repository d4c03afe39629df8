// Commits made of small parts: streams, texts, deletions.
#include <algorithm>
#include <array>

#include "api/commit.h"
#include "api/session.h"
#include "base/strings.h"
#include "hug/upload.h"
#include "sys/atomic_file.h"
#include "sys/paths.h"
#include "sys/random_source.h"
#include "transfer/select.h"

namespace hug {

namespace {

/// Removes a file when it goes out of scope.
class Spool {
 public:
  Spool(std::shared_ptr<sys::Fs> fs, std::string path)
      : fs_(std::move(fs)), path_(std::move(path)) {}

  ~Spool() { (void)fs_->remove_if_present(path_); }

  Spool(const Spool&) = delete;
  Spool& operator=(const Spool&) = delete;

  const std::string& path() const noexcept { return path_; }

 private:
  std::shared_ptr<sys::Fs> fs_;
  std::string path_;
};

Result<void> fill(const Context::Parts& parts, const std::string& path,
                  const ReadBytes& read) {
  auto file = HUG_TRY(parts.fs->open(
      path, {.write = true, .create = true, .exclusive = true, .mode = 0600}));
  std::vector<std::byte> buffer(256 * 1024);
  for (;;) {
    HUG_TRY(parts.check_stop());
    const auto n = HUG_TRY(read(buffer));
    if (n == 0) break;
    HUG_TRY(parts.fs->write_all(file, std::span(buffer).first(n)));
  }
  return parts.fs->close(std::move(file));
}

std::string default_message(const std::vector<std::string>& patterns) {
  return "Delete files " + base::join(patterns, " ") + " with hug";
}

}  // namespace

Result<UploadResult> upload_stream(Hub& hub, const ReadBytes& read,
                                   const UploadRequest& request) {
  if (request.path_in_repo.empty() || request.path_in_repo.ends_with('/')) {
    return Error(Code::kUsage, "a stream needs a full path in the repository");
  }
  const auto& parts = hub.parts().surroundings();
  const auto dir = sys::locations(parts.env).home + "/hug/spool";
  HUG_TRY(parts.fs->make_dirs(dir, 0700));
  const Spool spool(parts.fs, dir + "/" + sys::random_hex(16));
  HUG_TRY(fill(parts, spool.path(), read));
  auto wanted = request;
  wanted.local_path = spool.path();
  wanted.include.clear();
  wanted.exclude.clear();
  return upload(hub, wanted);
}

Result<CommitResult> create_commit(Hub& hub, const RepoId& repo,
                                   const CommitRequest& request) {
  std::vector<http::BodySourcePtr> lines{api::head_line(
      {request.message, request.description, request.parent_commit})};
  for (const auto& path : request.delete_folders) {
    const auto checked = HUG_TRY(api::check_repo_path(
        path.ends_with('/') ? path.substr(0, path.size() - 1) : path));
    lines.push_back(api::delete_line(checked, true));
  }
  for (const auto& path : request.delete_files) {
    lines.push_back(
        api::delete_line(HUG_TRY(api::check_repo_path(path)), false));
  }
  for (const auto& add : request.adds) {
    lines.push_back(api::file_line(HUG_TRY(api::check_repo_path(add.path)),
                                   http::text_body(add.content)));
  }
  if (lines.size() == 1) {
    return Error(Code::kUsage, "there is nothing to commit");
  }
  return api::post_commit(hub, repo, {request.revision, request.create_pr},
                          std::move(lines));
}

Result<DeleteFilesResult> delete_files(Hub& hub, const RepoId& repo,
                                       const DeleteFilesRequest& request) {
  std::vector<std::string> patterns;
  for (const auto& text : request.patterns) {
    patterns.push_back(transfer::normal_pattern(text));
  }
  DeleteFilesResult result;
  for (const auto& entry :
       HUG_TRY(list_tree(hub, repo, {.revision = request.revision}))) {
    if (entry.folder || entry.path == ".gitattributes") continue;
    if (transfer::matches_any(entry.path, patterns)) {
      result.paths.push_back(entry.path);
    }
  }
  if (result.paths.empty()) {
    return Error(Code::kNotFound,
                 "no file matches " + base::join(request.patterns, ", "));
  }
  CommitRequest commit;
  commit.revision = request.revision;
  commit.create_pr = request.create_pr;
  commit.message = request.message.empty() ? default_message(request.patterns)
                                           : request.message;
  commit.description = request.description;
  commit.delete_files = result.paths;
  result.commit = HUG_TRY(create_commit(hub, repo, commit));
  return result;
}

}  // namespace hug
