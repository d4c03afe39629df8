#include "hub/store/registry.h"

#include "base/base.h"
#include "hub/store/accounts.h"

namespace hug::hub {
namespace {

constexpr std::size_t kMaxCached = 10'000;
constexpr auto kFlushEvery = std::chrono::seconds(5);

#define HUG_REPO_COLUMNS                                                    \
  "r.id, r.kind, r.namespace, r.name, r.private, r.gated, r.disabled,"      \
  " r.sdk, r.created, r.downloads,"                                         \
  " (SELECT count(*) FROM likes l WHERE l.repo = r.id), r.head, r.updated," \
  " r.card, r.storage"

RepoRecordPtr record_of(const DbRow& row) {
  auto out = std::make_shared<RepoRecord>();
  out->id = row.text(0);
  const auto kind = static_cast<std::size_t>(row.number(1));
  out->kind = kRepoKinds[kind < std::size(kRepoKinds) ? kind : 0];
  out->name_space = row.text(2);
  out->name = row.text(3);
  out->is_private = row.number(4) != 0;
  out->gated = row.text(5);
  out->disabled = row.number(6) != 0;
  out->sdk = row.text(7);
  out->created = row.text(8);
  out->downloads = static_cast<std::uint64_t>(row.number(9));
  out->likes = static_cast<std::uint64_t>(row.number(10));
  out->head = row.text(11);
  out->updated = row.text(12);
  out->card = row.text(13);
  out->storage = static_cast<std::uint64_t>(row.number(14));
  return out;
}

std::int64_t kind_number(RepoKind kind) {
  return static_cast<std::int64_t>(kind);
}

std::string key_of(RepoKind kind, std::string_view name_space,
                   std::string_view name) {
  return base::to_lower(std::string(kind_name(kind)) + "/" +
                        std::string(name_space) + "/" + std::string(name));
}

}  // namespace

RepoRecordPtr Registry::cached(const std::string& key) {
  const std::uint64_t now = db_.version();
  const std::lock_guard lock(mutex_);
  if (now != version_ || by_name_.size() > kMaxCached) {
    by_name_.clear();
    version_ = now;
  }
  const auto found = by_name_.find(key);
  return found == by_name_.end() ? nullptr : found->second;
}

Result<RepoRecordPtr> Registry::find(RepoKind kind, std::string_view name_space,
                                     std::string_view name) {
  const std::string key = key_of(kind, name_space, name);
  if (RepoRecordPtr known = cached(key)) return known;
  const std::uint64_t before = db_.version();
  RepoRecordPtr out;
  HUG_TRY(
      db_.query("SELECT " HUG_REPO_COLUMNS " FROM repos r"
                " WHERE r.kind = ? AND r.namespace = ? AND r.name = ?",
                {kind_number(kind), std::string(name_space), std::string(name)},
                [&](const DbRow& row) { out = record_of(row); }));
  const std::lock_guard lock(mutex_);
  if (out && version_ == before) by_name_[key] = out;
  return out;
}

Result<RepoRecordPtr> Registry::find_moved(RepoKind kind,
                                           std::string_view name_space,
                                           std::string_view name) {
  RepoRecordPtr out;
  HUG_TRY(
      db_.query("SELECT " HUG_REPO_COLUMNS
                " FROM moves m JOIN repos r ON r.id = m.repo"
                " WHERE m.kind = ? AND m.namespace = ? AND m.name = ?",
                {kind_number(kind), std::string(name_space), std::string(name)},
                [&](const DbRow& row) { out = record_of(row); }));
  return out;
}

Result<RepoRecordPtr> Registry::find_by_id(const std::string& id) {
  RepoRecordPtr out;
  HUG_TRY(db_.query("SELECT " HUG_REPO_COLUMNS " FROM repos r WHERE r.id = ?",
                    {id}, [&](const DbRow& row) { out = record_of(row); }));
  return out;
}

Result<std::vector<RepoRecordPtr>> Registry::list(
    std::optional<RepoKind> kind) {
  std::vector<RepoRecordPtr> out;
  const std::int64_t number = kind ? kind_number(*kind) : -1;
  HUG_TRY(db_.query("SELECT " HUG_REPO_COLUMNS
                    " FROM repos r WHERE ? < 0 OR r.kind = ?"
                    " ORDER BY r.namespace, r.name",
                    {number, number},
                    [&](const DbRow& row) { out.push_back(record_of(row)); }));
  return out;
}

Result<void> Registry::insert(const RepoRecord& r) {
  return db_.transaction([&]() -> Result<void> {
    // A former name of another repo is free again.
    HUG_TRY(db_.run(
        "DELETE FROM moves WHERE kind = ? AND namespace = ? AND name = ?",
        {kind_number(r.kind), r.name_space, r.name}));
    const auto done = db_.run(
        "INSERT INTO repos(id, kind, namespace, name, private, gated, disabled,"
        " sdk, created, updated, head, card)"
        " VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        {r.id, kind_number(r.kind), r.name_space, r.name,
         std::int64_t{r.is_private}, r.gated, std::int64_t{r.disabled}, r.sdk,
         r.created, r.updated, r.head, r.card.empty() ? "{}" : r.card});
    if (!done && done.error().code() == Code::kConflict) {
      return Error(Code::kConflict,
                   "repo '" + r.full_name() + "' exists already");
    }
    return done;
  });
}

Result<void> Registry::remove(const std::string& id) {
  return db_.run("DELETE FROM repos WHERE id = ?", {id});
}

Result<void> Registry::move(const RepoRecord& record,
                            const std::string& name_space,
                            const std::string& name) {
  return db_.transaction([&]() -> Result<void> {
    const std::int64_t kind = kind_number(record.kind);
    HUG_TRY(db_.run(
        "DELETE FROM moves WHERE kind = ? AND namespace = ? AND name = ?",
        {kind, name_space, name}));
    const auto done =
        db_.run("UPDATE repos SET namespace = ?, name = ? WHERE id = ?",
                {name_space, name, record.id});
    if (!done && done.error().code() == Code::kConflict) {
      return Error(Code::kConflict,
                   "repo '" + name_space + "/" + name + "' exists already");
    }
    HUG_TRY(Result<void>(done));
    // A change of case only is no other name.
    if (key_of(record.kind, name_space, name) ==
        key_of(record.kind, record.name_space, record.name)) {
      return {};
    }
    return db_.run(
        "INSERT OR REPLACE INTO moves(kind, namespace, name, repo)"
        " VALUES(?, ?, ?, ?)",
        {kind, record.name_space, record.name, record.id});
  });
}

Result<void> Registry::set_visibility(const std::string& id, bool is_private) {
  return db_.run("UPDATE repos SET private = ? WHERE id = ?",
                 {std::int64_t{is_private}, id});
}

Result<void> Registry::set_gated(const std::string& id,
                                 const std::string& gated) {
  return db_.run("UPDATE repos SET gated = ? WHERE id = ?", {gated, id});
}

Result<void> Registry::set_derived(const std::string& id,
                                   const std::string& head,
                                   const std::string& updated,
                                   const std::string& card,
                                   std::uint64_t storage) {
  return db_.run(
      "UPDATE repos SET head = ?, updated = ?, card = ?, storage = ?"
      " WHERE id = ?",
      {head, updated, card, static_cast<std::int64_t>(storage), id});
}

void Registry::count_download(const std::string& id) {
  bool due = false;
  {
    const std::lock_guard lock(downloads_mutex_);
    ++downloads_[id];
    const auto now = clock_.now();
    due = now - flushed_ >= kFlushEvery;
    if (due) flushed_ = now;
  }
  if (due) flush();
}

void Registry::flush() {
  std::unordered_map<std::string, std::int64_t> counts;
  {
    const std::lock_guard lock(downloads_mutex_);
    counts.swap(downloads_);
  }
  if (counts.empty()) return;
  // Losing a count is harmless; failing a download for it would not be.
  (void)db_.transaction([&]() -> Result<void> {
    for (const auto& [id, count] : counts) {
      HUG_TRY(
          db_.run("UPDATE repos SET downloads = downloads + ?"
                  " WHERE id = ?",
                  {count, id}));
    }
    return {};
  });
}

Result<void> Registry::like(const std::string& id, std::int64_t user,
                            bool liked) {
  if (!liked) {
    return db_.run("DELETE FROM likes WHERE repo = ? AND user = ?", {id, user});
  }
  return db_.run(
      "INSERT OR IGNORE INTO likes(repo, user, created)"
      " VALUES(?, ?, ?)",
      {id, user, now_text(clock_)});
}

Result<std::vector<std::string>> Registry::likers(const std::string& id) {
  std::vector<std::string> out;
  HUG_TRY(
      db_.query("SELECT u.name FROM likes l JOIN users u ON u.id = l.user"
                " WHERE l.repo = ? ORDER BY l.created, u.name",
                {id}, [&](const DbRow& row) { out.push_back(row.text(0)); }));
  return out;
}

Result<void> Registry::grant(const std::string& id, std::int64_t user,
                             bool granted) {
  if (!granted) {
    return db_.run("DELETE FROM grants WHERE repo = ? AND user = ?",
                   {id, user});
  }
  return db_.run(
      "INSERT OR IGNORE INTO grants(repo, user, created)"
      " VALUES(?, ?, ?)",
      {id, user, now_text(clock_)});
}

Result<void> Registry::note_upload(const std::string& oid, std::int64_t user) {
  return db_.run("INSERT OR IGNORE INTO uploads(oid, user) VALUES(?, ?)",
                 {oid, user});
}

Result<bool> Registry::has_uploaded(const std::string& oid, std::int64_t user) {
  bool out = false;
  HUG_TRY(db_.query("SELECT 1 FROM uploads WHERE oid = ? AND user = ?",
                    {oid, user}, [&](const DbRow&) { out = true; }));
  return out;
}

Result<void> Registry::forget_object(const std::string& oid) {
  return db_.run("DELETE FROM uploads WHERE oid = ?", {oid});
}

Result<bool> Registry::is_granted(const std::string& id, std::int64_t user) {
  bool out = false;
  HUG_TRY(db_.query("SELECT 1 FROM grants WHERE repo = ? AND user = ?",
                    {id, user}, [&](const DbRow&) { out = true; }));
  return out;
}

}  // namespace hug::hub
