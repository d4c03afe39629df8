// Uploads: which way each file goes (preupload), and commits.
#include <nlohmann/json.hpp>

#include "data/data.h"
#include "hub/api/handlers.h"
#include "hub/api/object_rights.h"
#include "hub/git/git_rules.h"
#include "hub/git/revision.h"
#include "hub/store/commit.h"

namespace hug::hub {
namespace {

using Json = nlohmann::json;

constexpr std::size_t kMaxFiles = 10'000;
constexpr std::uint64_t kMaxRules = std::uint64_t{4} << 20;

// A commit's body: read line by line while it arrives. An error is kept and
// answered once the whole body is here.
class CommitSink : public http::BodySink {
 public:
  CommitSink(OpenRepoPtr repo, PackWriter pack, CommitLimits limits)
      : repo_(std::move(repo)),
        pack_(std::move(pack)),
        reader_(limits,
                [this](std::string_view content) { return keep(content); }) {}

  Result<void> write(std::span<const std::byte> bytes) override {
    if (!failed_) {
      note(reader_.feed(
          {reinterpret_cast<const char*>(bytes.data()), bytes.size()}));
    }
    return {};
  }

  Result<void> finish() {
    if (!failed_) note(reader_.finish());
    if (failed_) return *failed_;
    return {};
  }

  const CommitReader& reader() const { return reader_; }

  PackWriter take_pack() { return std::move(pack_); }

 private:
  Result<Oid> keep(std::string_view content) {
    const Oid oid = object_id(ObjectType::kBlob, content);
    if (repo_->git->has(oid)) return oid;
    return pack_.add(oid, ObjectType::kBlob, content);
  }

  void note(Result<void> result) {
    if (!result) failed_ = result.error();
  }

  OpenRepoPtr repo_;
  PackWriter pack_;
  CommitReader reader_;
  std::optional<Error> failed_;
};

using CommitSinkPtr = std::shared_ptr<CommitSink>;

bool creates_pr(const Exchange& x) {
  return x.flag("create_pr");
}

// Pull requests may be made by everybody who can read; commits to a pull
// request's ref by its author or the owner.
Result<void> check_rights(Exchange& x, const RepoTarget& repo,
                          const std::string& revision) {
  HUG_TRY(x.need_login());
  if (creates_pr(x) || revision.starts_with("refs/pr/")) {
    if (!x.caller.can_write) return not_allowed("write: the token only reads");
    if (x.caller.owns(repo.record->name_space) || creates_pr(x)) return {};
    const auto number = base::parse_unsigned(revision.substr(8)).value_or(0);
    std::string author;
    HUG_TRY(x.store().db().query(
        "SELECT author FROM discussions WHERE repo = ? AND number = ?",
        {repo.record->id, static_cast<std::int64_t>(number)},
        [&](const DbRow& row) { author = row.text(0); }));
    if (author == x.caller.name) return {};
  }
  return x.need_write(repo.record->name_space);
}

std::string revision_of(const Rest& rest) {
  return rest.empty() ? "main" : base::join(rest, "/");
}

Result<std::string> read_text(const RepoTarget& repo, const Listing& listing,
                              std::string_view path) {
  const ListedEntry* entry = listing.find(path);
  if (entry == nullptr || entry->folder || entry->is_lfs() ||
      entry->size > kMaxRules) {
    return std::string();
  }
  return repo.git().read(entry->oid, ObjectType::kBlob);
}

// With create_pr the segment may be "None": the base is main then.
Result<Oid> upload_base(const Exchange& x, const RepoTarget& repo,
                        const std::string& revision) {
  const auto found = HUG_TRY(find_revision(repo.git(), revision));
  if (found) return *found;
  if (creates_pr(x)) return resolve_revision(repo.git(), "HEAD");
  return revision_not_found(revision);
}

Json mode_of(const Json& file, const LfsRules& lfs, const IgnoreRules& ignore,
             const Listing& listing, std::uint64_t regular_limit) {
  const std::string path = data::find_string(file, "path").value_or("");
  const std::uint64_t size = data::find_unsigned(file, "size").value_or(0);
  const bool large = size != 0 && (lfs.covers(path) || size > regular_limit);
  Json out = {{"path", path},
              {"uploadMode", large ? "lfs" : "regular"},
              {"shouldIgnore", ignore.ignores(path)}};
  const ListedEntry* present = listing.find(path);
  if (present != nullptr && !present->folder) out["oid"] = present->etag();
  return out;
}

}  // namespace

Reply preupload(Exchange& x, const RepoTarget& repo, const Rest& rest) {
  const std::string revision = revision_of(rest);
  HUG_TRY(check_rights(x, repo, revision));
  const Json body = HUG_TRY(x.json_body());
  const Json* files = data::find_array(body, "files");
  if (files == nullptr) return bad_request("The request names no files");
  if (files->size() > kMaxFiles) return bad_request("Too many files at once");
  const Oid commit = HUG_TRY(upload_base(x, repo, revision));
  const ListingPtr listing = HUG_TRY(repo.open->files_of(commit));
  auto attributes = data::find_string(body, "gitAttributes");
  if (!attributes) {
    attributes = HUG_TRY(read_text(repo, *listing, ".gitattributes"));
  }
  auto ignored = data::find_string(body, "gitIgnore");
  if (!ignored) ignored = HUG_TRY(read_text(repo, *listing, ".gitignore"));
  const LfsRules lfs(*attributes);
  const IgnoreRules ignore(*ignored);
  Json out = Json::array();
  for (const Json& file : *files) {
    out.push_back(
        mode_of(file, lfs, ignore, *listing, x.parts.options.regular_limit));
  }
  return json_reply({{"files", std::move(out)}, {"commitOid", commit.hex()}});
}

Result<void> begin_commit(Exchange& x, const RepoTarget& repo,
                          const Rest& rest) {
  HUG_TRY(check_rights(x, repo, revision_of(rest)));
  Store& store = x.store();
  PackWriter pack = HUG_TRY(PackWriter::create(store.fs(), store.temp()));
  const CommitLimits limits{.regular_file = x.parts.options.regular_limit};
  auto sink = std::make_shared<CommitSink>(repo.open, std::move(pack), limits);
  x.request.limit_body(x.parts.options.commit_limit);
  x.request.context = sink;
  x.request.stream_body(std::move(sink));
  return {};
}

Reply commit(Exchange& x, const RepoTarget& repo, const Rest& rest) {
  const auto* sink = std::any_cast<CommitSinkPtr>(&x.request.context);
  if (sink == nullptr) return bad_request("The request has no commit");
  HUG_TRY((*sink)->finish());
  ObjectRights rights(x, repo);
  const CommitWanted wanted{.revision = revision_of(rest),
                            .create_pr = creates_pr(x),
                            .author = x.caller.name,
                            .may_use = [&](const std::string& oid, bool copy) {
                              return rights.may_use(oid, copy);
                            }};
  const CommitDone done =
      HUG_TRY(apply_commit(x.store(), *repo.record, repo.open, wanted,
                           (*sink)->reader(), (*sink)->take_pack()));
  const std::string page = x.repo_url(*repo.record);
  Json out = {{"success", true},
              {"commitOid", done.commit.hex()},
              {"commitUrl", page + "/commit/" + done.commit.hex()},
              {"hookOutput", ""}};
  if (done.pull_request != 0) {
    out["pullRequestUrl"] =
        page + "/discussions/" + std::to_string(done.pull_request);
  }
  return json_reply(out);
}

}  // namespace hug::hub
