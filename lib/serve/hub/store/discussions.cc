#include "hub/store/discussions.h"

#include <nlohmann/json.hpp>

#include "base/base.h"
#include "data/data.h"

namespace hug::hub {
namespace {

constexpr std::size_t kMaxHistory = 10'000;

Discussion discussion_of(const DbRow& row) {
  Discussion out;
  out.number = static_cast<std::uint64_t>(row.number(0));
  out.title = row.text(1);
  out.pull_request = row.number(2) != 0;
  out.status = row.text(3);
  out.author = row.text(4);
  out.created = row.text(5);
  out.base = row.text(6);
  out.merged = row.text(7);
  return out;
}

std::int64_t signed_of(std::uint64_t number) {
  return static_cast<std::int64_t>(number);
}

std::string pr_ref(std::uint64_t number) {
  return "refs/pr/" + std::to_string(number);
}

// Whether `ancestor` is in the first-parent history of `from`.
Result<bool> descends(const GitRepo& repo, Oid from, const Oid& ancestor) {
  for (std::size_t i = 0; i < kMaxHistory; ++i) {
    if (from == ancestor) return true;
    const GitCommit commit = HUG_TRY(repo.commit(from));
    if (commit.parents.empty()) return false;
    from = commit.parents.front();
  }
  return false;
}

}  // namespace

Result<std::uint64_t> Discussions::open(const RepoRecord& record,
                                        const NewDiscussion& wanted) {
  Db& db = store_.db();
  std::uint64_t number = 0;
  HUG_TRY(db.transaction([&]() -> Result<void> {
    HUG_TRY(
        db.run("UPDATE repos SET next_number = next_number + 1"
               " WHERE id = ?",
               {record.id}));
    HUG_TRY(db.query("SELECT next_number - 1 FROM repos WHERE id = ?",
                     {record.id}, [&](const DbRow& row) {
                       number = static_cast<std::uint64_t>(row.number(0));
                     }));
    if (number == 0) return Error(Code::kNotFound, "the repo was deleted");
    HUG_TRY(
        db.run("INSERT INTO discussions(repo, number, title, pull_request,"
               " status, author, created, base)"
               " VALUES(?, ?, ?, ?, ?, ?, ?, ?)",
               {record.id, signed_of(number), wanted.title,
                std::int64_t{wanted.pull_request}, wanted.status, wanted.author,
                now_text(store_.clock()), wanted.base}));
    const nlohmann::json data = {{"text", wanted.description}};
    (void)HUG_TRY(add_event(record, number, "comment", wanted.author,
                            data::dump_json(data)));
    return {};
  }));
  return number;
}

Result<std::uint64_t> Discussions::open_pull_request(
    const RepoRecord& record, OpenRepo& repo, const NewDiscussion& wanted,
    const Oid& commit) {
  // A crash between the two leaves a pull request without a ref at most; its
  // number is never used again.
  const std::uint64_t number = HUG_TRY(open(record, wanted));
  HUG_TRY(repo.git->set_ref(pr_ref(number), commit, Oid{}));
  return number;
}

Result<std::optional<Discussion>> Discussions::find(const RepoRecord& record,
                                                    std::uint64_t number) {
  std::optional<Discussion> out;
  HUG_TRY(store_.db().query(
      "SELECT number, title, pull_request, status, author, created, base,"
      " merged FROM discussions WHERE repo = ? AND number = ?",
      {record.id, signed_of(number)},
      [&](const DbRow& row) { out = discussion_of(row); }));
  return out;
}

Result<std::vector<Discussion>> Discussions::list(const RepoRecord& record) {
  std::vector<Discussion> out;
  HUG_TRY(store_.db().query(
      "SELECT number, title, pull_request, status, author, created, base,"
      " merged FROM discussions WHERE repo = ? ORDER BY number DESC",
      {record.id},
      [&](const DbRow& row) { out.push_back(discussion_of(row)); }));
  return out;
}

Result<std::vector<DiscussionEvent>> Discussions::events(
    const RepoRecord& record, std::uint64_t number) {
  std::vector<DiscussionEvent> out;
  HUG_TRY(store_.db().query(
      "SELECT id, type, author, created, data FROM events"
      " WHERE repo = ? AND number = ? ORDER BY id",
      {record.id, signed_of(number)}, [&](const DbRow& row) {
        out.push_back({row.number(0), row.text(1), row.text(2), row.text(3),
                       row.text(4)});
      }));
  return out;
}

Result<DiscussionEvent> Discussions::add_event(const RepoRecord& record,
                                               std::uint64_t number,
                                               const std::string& type,
                                               const std::string& author,
                                               const std::string& data) {
  DiscussionEvent out{0, type, author, now_text(store_.clock()), data};
  Db& db = store_.db();
  HUG_TRY(db.transaction([&]() -> Result<void> {
    HUG_TRY(db.run(
        "INSERT INTO events(repo, number, type, author, created,"
        " data) VALUES(?, ?, ?, ?, ?, ?)",
        {record.id, signed_of(number), type, author, out.created, data}));
    out.id = db.last_id();
    return {};
  }));
  return out;
}

Result<void> Discussions::set_title(const RepoRecord& record,
                                    std::uint64_t number,
                                    const std::string& title) {
  return store_.db().run(
      "UPDATE discussions SET title = ? WHERE repo = ? AND number = ?",
      {title, record.id, signed_of(number)});
}

Result<void> Discussions::set_status(const RepoRecord& record,
                                     std::uint64_t number,
                                     const std::string& status) {
  return store_.db().run(
      "UPDATE discussions SET status = ? WHERE repo = ? AND number = ?",
      {status, record.id, signed_of(number)});
}

Result<void> Discussions::merge(const RepoRecord& record,
                                const OpenRepoPtr& repo,
                                const Discussion& discussion) {
  if (!discussion.pull_request ||
      (discussion.status != "open" && discussion.status != "draft")) {
    return Error(Code::kUsage, "only open pull requests can be merged");
  }
  const WriteLock lock = HUG_TRY(WriteLock::take(store_.fs(), repo));
  const auto head = HUG_TRY(repo->git->find_ref(pr_ref(discussion.number)));
  const auto base = HUG_TRY(repo->git->find_ref(discussion.base));
  if (!head || !base) {
    return Error(Code::kNotFound, "the pull request or its base is gone");
  }
  if (!HUG_TRY(descends(*repo->git, *head, *base))) {
    return Error(Code::kConflict,
                 "the base branch has moved on since the pull request began");
  }
  if (*head != *base) {
    HUG_TRY(repo->git->set_ref(discussion.base, *head, *base));
  }
  if (discussion.base == "refs/heads/main") {
    (void)store_.refresh_derived(record, *repo);
  }
  return store_.db().run(
      "UPDATE discussions SET status = 'merged', merged = ?"
      " WHERE repo = ? AND number = ?",
      {head->hex(), record.id, signed_of(discussion.number)});
}

}  // namespace hug::hub
