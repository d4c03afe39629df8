#include "hub/store/store.h"

#include <algorithm>
#include <cerrno>
#include <nlohmann/json.hpp>

#include "base/base.h"
#include "data/data.h"
#include "hub/git/git_rules.h"
#include "hub/git/pack_writer.h"
#include "hub/git/tree.h"

namespace hug::hub {
namespace {

constexpr const char* kIdentity = "/hub.json";

std::int64_t unix_seconds(const sys::Clock& clock) {
  return std::chrono::duration_cast<std::chrono::seconds>(
             clock.wall().time_since_epoch())
      .count();
}

// As the Hub's ids: eight digits of time, then random ones.
std::string new_id(const sys::Clock& clock) {
  std::string time;
  const auto seconds = static_cast<std::uint32_t>(unix_seconds(clock));
  for (const int shift : {24, 16, 8, 0}) {
    const auto byte = static_cast<std::byte>((seconds >> shift) & 0xff);
    time += base::to_hex(std::span(&byte, 1));
  }
  return time + sys::random_hex(16);
}

Result<void> sync_tree(sys::Fs& fs, const std::string& root) {
  std::vector<std::string> folders{root};
  HUG_TRY(sys::walk(fs, root, [&](const sys::WalkEntry& entry) -> Result<bool> {
    const std::string path = root + "/" + entry.path;
    if (entry.kind == sys::FileKind::kDirectory) {
      folders.push_back(path);
      return true;
    }
    const sys::File file = HUG_TRY(fs.open(path));
    HUG_TRY(fs.sync(file));
    return false;
  }));
  for (const std::string& folder : folders)
    HUG_TRY(fs.sync_dir(folder));
  return {};
}

}  // namespace

std::string format_identity(const RepoRecord& record) {
  const nlohmann::json out = {{"id", record.id},
                              {"type", kind_name(record.kind)},
                              {"namespace", record.name_space},
                              {"name", record.name},
                              {"private", record.is_private},
                              {"gated", record.gated},
                              {"sdk", record.sdk},
                              {"created", record.created}};
  return data::dump_json(out, {.indent = 1}) + "\n";
}

std::optional<RepoRecord> parse_identity(std::string_view json) {
  const auto parsed = data::parse_json(json, "hub.json", {.bytes = 1 << 20});
  if (!parsed) return std::nullopt;
  const auto kind =
      parse_kind_name(data::find_string(*parsed, "type").value_or(""));
  RepoRecord out;
  out.id = data::find_string(*parsed, "id").value_or("");
  out.name_space = data::find_string(*parsed, "namespace").value_or("");
  out.name = data::find_string(*parsed, "name").value_or("");
  out.created = data::find_string(*parsed, "created").value_or("");
  out.gated = data::find_string(*parsed, "gated").value_or("");
  out.sdk = data::find_string(*parsed, "sdk").value_or("");
  // A repo whose row was lost must not become public by that.
  out.is_private = data::find_bool(*parsed, "private", true);
  if (!kind || !base::is_lower_hex(out.id, 24) ||
      !is_valid_name(out.name_space) || !is_valid_name(out.name) ||
      !base::parse_iso(out.created)) {
    return std::nullopt;
  }
  out.kind = *kind;
  out.updated = out.created;
  return out;
}

Store::~Store() {
  if (registry_) registry_->flush();
  if (!temp_.empty()) (void)sys::remove_tree(*fs_, temp_);
}

Result<std::unique_ptr<Store>> Store::open(Context& context,
                                           const std::string& dir) {
  std::unique_ptr<Store> out(new Store());
  out->fs_ = context.parts().fs;
  out->clock_ = context.parts().clock;
  (void)HUG_TRY(out->fs_->make_dirs(dir, 0700));
  out->dir_ = sys::real_path(dir);
  for (const char* name : {"/repos", "/objects", "/tmp", "/trash"}) {
    (void)HUG_TRY(out->fs_->make_dirs(out->dir_ + name, 0700));
  }
  out->db_ = HUG_TRY_WITH(Db::open(out->dir_ + "/hub.db"),
                          "opening the hub in '" + out->dir_ + "'");
  (void)HUG_TRY(out->sweep_temp());
  HUG_TRY(out->make_temp());
  out->accounts_ = std::make_unique<Accounts>(*out->db_, *out->clock_);
  out->registry_ = std::make_unique<Registry>(*out->db_, *out->clock_);
  out->objects_ =
      std::make_unique<ObjectStore>(*out->fs_, out->dir_, out->temp_);
  out->repos_ = std::make_unique<RepoPool>(out->dir_ + "/repos");
  return out;
}

// A sweeper may take the lock, or remove its file, before we hold it; then
// another name is tried.
Result<void> Store::make_temp() {
  for (int attempt = 0; attempt < 10; ++attempt) {
    const std::string path = dir_ + "/tmp/" + sys::random_hex(16);
    sys::File lock = HUG_TRY(fs_->open(
        path + ".lock", {.write = true, .create = true, .mode = 0600}));
    if (fs_->try_lock(lock) == EWOULDBLOCK || !fs_->exists(path + ".lock")) {
      continue;
    }
    HUG_TRY(fs_->make_dir(path, 0700));
    temp_lock_ = std::move(lock);
    temp_ = path;
    return {};
  }
  return Error(Code::kBusy, "cannot make a temporary folder in '" + dir_ + "'");
}

// Folders whose lock nobody holds belonged to processes that are gone.
Result<std::uint64_t> Store::sweep_temp() {
  std::uint64_t removed = 0;
  for (const sys::DirEntry& entry : HUG_TRY(fs_->list(dir_ + "/tmp"))) {
    const std::string path = dir_ + "/tmp/" + entry.name;
    const bool is_lock = entry.name.ends_with(".lock");
    const std::string lock_path = is_lock ? path : path + ".lock";
    if (path == temp_ || lock_path == temp_ + ".lock") continue;
    auto lock = fs_->open(lock_path, {.write = true});
    if (lock && fs_->try_lock(*lock) == EWOULDBLOCK) continue;
    if (is_lock) {
      const std::string folder = path.substr(0, path.size() - 5);
      removed += HUG_TRY(sys::remove_tree(*fs_, folder));
      HUG_TRY(fs_->remove_if_present(path));
    } else if (!lock) {
      removed += HUG_TRY(sys::remove_tree(*fs_, path));
    }
  }
  return removed;
}

Result<std::uint64_t> Store::sweep() {
  std::uint64_t removed = HUG_TRY(sweep_temp());
  for (const sys::DirEntry& entry : HUG_TRY(fs_->list(dir_ + "/trash"))) {
    removed += HUG_TRY(sys::remove_tree(*fs_, dir_ + "/trash/" + entry.name));
  }
  return removed;
}

Result<base::Secret> Store::signing_key() {
  std::string key;
  HUG_TRY(db_->run("INSERT OR IGNORE INTO settings VALUES('signing_key', ?)",
                   {sys::random_hex(64)}));
  HUG_TRY(db_->query("SELECT value FROM settings WHERE key = 'signing_key'", {},
                     [&](const DbRow& row) { key = row.text(0); }));
  return base::Secret(std::move(key));
}

Result<Oid> Store::first_commit(const std::string& git_dir,
                                const NewRepo& wanted, std::int64_t seconds) {
  const auto repo = HUG_TRY(GitRepo::open(git_dir));
  PackWriter pack = HUG_TRY(PackWriter::create(*fs_, temp_));
  TreeEditor editor(*repo, Oid{});
  const Oid attributes =
      HUG_TRY(pack.add(ObjectType::kBlob, default_attributes(wanted.kind)));
  HUG_TRY(editor.put(".gitattributes", attributes));
  for (const auto& [path, content] : wanted.files) {
    HUG_TRY(check_repo_path(path));
    const Oid oid = HUG_TRY(pack.add(ObjectType::kBlob, content));
    HUG_TRY(editor.put(path, oid));
  }
  const Oid tree = HUG_TRY(editor.write(pack));
  const Oid commit = HUG_TRY(pack.add(
      ObjectType::kCommit,
      format_commit(tree, {}, wanted.author, seconds, "initial commit")));
  (void)HUG_TRY(pack.publish(git_dir + "/objects/pack"));
  HUG_TRY(repo->refresh());
  HUG_TRY(repo->set_ref("refs/heads/main", commit, Oid{}));
  return commit;
}

Result<RepoRecordPtr> Store::create_repo(const NewRepo& wanted) {
  auto record = std::make_shared<RepoRecord>();
  record->kind = wanted.kind;
  record->name_space = wanted.name_space;
  record->name = wanted.name;
  record->is_private = wanted.is_private;
  record->sdk = wanted.sdk;
  record->id = new_id(*clock_);
  record->created = record->updated = now_text(*clock_);
  if (!is_valid_name(wanted.name) || !is_valid_name(wanted.name_space) ||
      is_reserved_namespace(wanted.name_space)) {
    return Error(Code::kUsage,
                 "invalid repo name: '" + record->full_name() + "'");
  }
  if (HUG_TRY(registry_->find(wanted.kind, wanted.name_space, wanted.name))) {
    return Error(Code::kConflict,
                 "repo '" + record->full_name() + "' exists already");
  }
  const std::string building = temp_ + "/" + record->id + ".git";
  HUG_TRY(GitRepo::init(building));
  const Oid commit =
      HUG_TRY(first_commit(building, wanted, unix_seconds(*clock_)));
  record->head = commit.hex();
  HUG_TRY(sys::write_file(*fs_, building + kIdentity, format_identity(*record),
                          {.mode = 0600}));
  HUG_TRY(sync_tree(*fs_, building));
  HUG_TRY(fs_->rename(building, repos_->path(record->id)));
  HUG_TRY(fs_->sync_dir(dir_ + "/repos"));
  const auto inserted = registry_->insert(*record);
  if (!inserted) {
    (void)to_trash(repos_->path(record->id));
    (void)sweep();
    return inserted.error();
  }
  const OpenRepoPtr repo = HUG_TRY(repos_->open(record->id));
  HUG_TRY(refresh_derived(*record, *repo));
  return registry_->find(wanted.kind, wanted.name_space, wanted.name);
}

Result<void> Store::to_trash(const std::string& path) {
  return fs_->rename(path, dir_ + "/trash/" + sys::random_hex(16));
}

Result<void> Store::delete_repo(const RepoRecord& record) {
  const OpenRepoPtr repo = HUG_TRY(repos_->open(record.id));
  {
    const WriteLock lock = HUG_TRY(WriteLock::take(*fs_, repo));
    HUG_TRY(registry_->remove(record.id));
    repos_->forget(record.id);
    HUG_TRY(to_trash(repos_->path(record.id)));
  }
  // What remains is removed by the next start or gc.
  (void)sweep();
  return {};
}

Result<void> Store::move_repo(const RepoRecord& record,
                              const std::string& name_space,
                              const std::string& name) {
  if (!is_valid_name(name) || !is_valid_name(name_space) ||
      is_reserved_namespace(name_space)) {
    return Error(Code::kUsage,
                 "invalid repo name: '" + name_space + "/" + name + "'");
  }
  HUG_TRY(registry_->move(record, name_space, name));
  RepoRecord moved = record;
  moved.name_space = name_space;
  moved.name = name;
  return write_identity(moved);
}

Result<void> Store::write_identity(const RepoRecord& record) {
  return sys::write_file(*fs_, repos_->path(record.id) + kIdentity,
                         format_identity(record), {.mode = 0600});
}

Result<void> Store::refresh_derived(const RepoRecord& record, OpenRepo& repo) {
  const auto head = HUG_TRY(repo.git->find_ref("refs/heads/main"));
  if (!head) return {};
  const GitCommit commit = HUG_TRY(repo.git->commit(*head));
  const ListingPtr listing = HUG_TRY(repo.listings.get(*repo.git, commit.tree));
  const CardFactsPtr card =
      HUG_TRY(repo.cards.get(*repo.git, record.kind, listing));
  std::uint64_t storage = 0;
  for (const ListedEntry& entry : listing->entries) {
    storage = base::checked_add(storage, entry.size).value_or(storage);
  }
  return registry_->set_derived(record.id, head->hex(), commit.date,
                                format_card(*card), storage);
}

Result<void> Store::refresh_all_derived() {
  for (const RepoRecordPtr& record : HUG_TRY(registry_->list({}))) {
    // A repo that cannot be read is fsck's business, not a reason not to start.
    const auto repo = repos_->open(record->id);
    if (!repo) continue;
    const auto head = (*repo)->git->find_ref("refs/heads/main");
    if (head && *head && (*head)->hex() != record->head) {
      (void)refresh_derived(*record, **repo);
    }
  }
  return {};
}

}  // namespace hug::hub
