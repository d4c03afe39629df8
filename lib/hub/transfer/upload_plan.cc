#include "transfer/upload_plan.h"

#include <algorithm>
#include <set>
#include <string_view>

#include "api/preupload.h"
#include "api/session.h"
#include "base/strings.h"
#include "sys/paths.h"
#include "sys/thread_pool.h"
#include "transfer/parallel.h"
#include "transfer/progress.h"

namespace hug::transfer {

namespace {

constexpr std::uint64_t kMostIgnoreBytes = 1U << 20;

std::string trimmed_folder(std::string_view path) {
  auto text = std::string(path);
  while (text.starts_with('/'))
    text.erase(0, 1);
  while (text.ends_with('/'))
    text.pop_back();
  return text == "." ? std::string() : text;
}

void fill_message(UploadRequest& request, bool single,
                  const std::vector<LocalFile>& files) {
  if (!request.message.empty()) return;
  request.message = single && !files.empty()
                        ? "Upload " + files.front().path + " with hug"
                        : "Upload folder using hug";
}

/// "*.safetensors" without such a file means that pattern in this folder.
void expand_pattern(const Context::Parts& parts, UploadRequest& request) {
  const auto path = sys::expand_path(parts.env, request.local_path);
  if (!is_pattern(path) || parts.fs->exists(path)) return;
  request.include = {request.local_path};
  request.local_path = ".";
  if (request.path_in_repo.empty()) request.path_in_repo = ".";
}

/// What has to be known before a file can be classified: sha256 of large
/// files, the git id of others where the hub has something to compare.
Result<void> identify(Hub& hub, const api::PreuploadAnswer& answer,
                      HashCache& hashes, ClassifiedFile& file) {
  const auto& parts = hub.parts().surroundings();
  auto& item = file.item;
  item.large = answer.large;
  file.ignored = answer.ignored;
  if (file.ignored || (!answer.large && answer.oid.empty())) return {};
  const auto kind =
      answer.large ? base::HashKind::kSha256 : base::HashKind::kSha1;
  if (auto known = hashes.find(item.file, kind)) {
    item.oid = std::move(*known);
  } else {
    ItemProgress progress(parts, item.id, item.file.path, item.file.stamp.size);
    if (answer.large) progress.state("hashing");
    item.oid = HUG_TRY(hash_local(parts, item.file, kind));
    hashes.keep(item.file, kind, item.oid);
  }
  file.unchanged = item.oid == answer.oid;
  return {};
}

}  // namespace

Result<PreparedUpload> prepare_upload(const Context::Parts& parts,
                                      UploadRequest request) {
  if (request.create_pr && !request.revision.empty() &&
      request.revision != "main") {
    return Error(Code::kUsage,
                 "a pull request is always made against main, not '" +
                     request.revision + "'");
  }
  expand_pattern(parts, request);
  PreparedUpload upload;
  upload.files = HUG_TRY(find_local_files(parts, request));
  upload.single = upload.files.size() == 1 &&
                  upload.files.front().local_path() ==
                      sys::expand_path(parts.env, request.local_path);
  fill_message(request, upload.single, upload.files);
  for (const auto& file : upload.files) {
    upload.total_bytes += file.stamp.size;
    if (file.path == ".gitignore") {
      upload.git_ignore =
          HUG_TRY(parts.fs->read_file(file.local_path(), kMostIgnoreBytes));
    }
  }
  if (request.workers == 0) request.workers = 1;
  upload.request = std::move(request);
  return upload;
}

Result<AskedFiles> ask(Hub& hub, const PreparedUpload& upload,
                       std::size_t first) {
  const auto& parts = hub.parts().surroundings();
  const auto count =
      std::min(api::kPreuploadBatch, upload.files.size() - first);
  std::vector<api::PreuploadFile> questions(count);
  for (std::size_t i = 0; i < count; ++i) {
    const auto& file = upload.files[first + i];
    questions[i] = {file.path, file.stamp.size,
                    HUG_TRY(read_sample(*parts.fs, file))};
  }
  auto answers = HUG_TRY(api::preupload(
      hub, upload.request.repo,
      {upload.request.revision, upload.request.create_pr, upload.git_ignore},
      questions));
  return AskedFiles{first, std::move(answers)};
}

std::optional<Result<AskedFiles>> Questions::next() {
  while (running_.size() < kAtOnce && next_ < upload_.files.size()) {
    running_.push_back(
        std::async(std::launch::async, [this, first = next_]() noexcept {
          return ask(hub_, upload_, first);
        }));
    next_ += std::min(api::kPreuploadBatch, upload_.files.size() - next_);
  }
  if (running_.empty()) return std::nullopt;
  auto answer = running_.front().get();
  running_.pop_front();
  return answer;
}

Result<std::vector<ClassifiedFile>> classify(Hub& hub,
                                             const PreparedUpload& upload,
                                             HashCache& hashes,
                                             const AskedFiles& asked) {
  const auto count = asked.answers.size();
  std::vector<ClassifiedFile> files(count);
  bool any_to_hash = false;
  for (std::size_t i = 0; i < count; ++i) {
    files[i].item.file = upload.files[asked.first + i];
    files[i].item.id = asked.first + i + 1;
    const auto& answer = asked.answers[i];
    any_to_hash = any_to_hash || answer.large || !answer.oid.empty();
  }
  const auto threads = any_to_hash ? sys::cpu_count() : 1;
  HUG_TRY(parallel_for(count, threads, [&](auto i) {
    return identify(hub, asked.answers[i], hashes, files[i]);
  }));
  return files;
}

Result<std::vector<std::string>> find_removals(Hub& hub,
                                               const PreparedUpload& upload) {
  const auto& request = upload.request;
  if (request.remove.empty() || upload.single) {
    return std::vector<std::string>();
  }
  std::vector<std::string> patterns;
  for (const auto& text : request.remove) {
    patterns.push_back(normal_pattern(text));
  }
  std::set<std::string_view> added;
  for (const auto& file : upload.files)
    added.insert(file.path);
  auto prefix = trimmed_folder(request.path_in_repo);
  if (!prefix.empty()) prefix += '/';
  const auto tree =
      HUG_TRY(list_tree(hub, request.repo, {.revision = request.revision}));
  std::vector<std::string> out;
  for (const auto& entry : tree) {
    if (entry.folder || entry.path == ".gitattributes") continue;
    if (!entry.path.starts_with(prefix) || added.count(entry.path) > 0) {
      continue;
    }
    const auto relative = std::string_view(entry.path).substr(prefix.size());
    if (matches_any(relative, patterns)) out.push_back(entry.path);
  }
  return out;
}

}  // namespace hug::transfer

namespace hug {

Result<UploadPlan> plan_upload(Hub& hub, const UploadRequest& request) {
  const auto& parts = hub.parts().surroundings();
  const auto upload = HUG_TRY(transfer::prepare_upload(parts, request));
  transfer::HashCache hashes(parts, upload.request.local_path);
  UploadPlan plan;
  plan.repo = upload.request.repo;
  plan.revision = upload.request.revision.empty() ? std::string("main")
                                                  : upload.request.revision;
  plan.total_bytes = upload.total_bytes;
  // A repository that is still to be made has nothing in it.
  const bool exists = HUG_TRY(repo_exists(hub, plan.repo));
  if (!exists) {
    for (const auto& file : upload.files) {
      plan.items.push_back({file.local_path(), file.path, file.stamp.size});
      plan.upload_bytes += file.stamp.size;
    }
    return plan;
  }
  transfer::Questions questions(hub, upload);
  while (auto answer = questions.next()) {
    const auto asked = HUG_TRY(std::move(*answer));
    for (const auto& file :
         HUG_TRY(transfer::classify(hub, upload, hashes, asked))) {
      const auto& item = file.item;
      plan.items.push_back(
          {item.file.local_path(), item.file.path, item.file.stamp.size,
           item.large ? UploadMode::kLarge : UploadMode::kRegular, file.ignored,
           file.unchanged});
      if (!file.ignored && !file.unchanged) {
        plan.upload_bytes += item.file.stamp.size;
      }
    }
  }
  plan.removals = HUG_TRY(transfer::find_removals(hub, upload));
  return plan;
}

}  // namespace hug
