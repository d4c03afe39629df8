// One hub's directory:
//
//   hub.db              users, tokens, names (SQLite; schema.h)
//   repos/<id>.git      bare git, with hub.json (its row) and hub.lock beside
//   objects/ab/cd/...   large objects by sha256
//   tmp/<random>/       of one process, which holds a lock on it while it lives
//   trash/              what was deleted, until it is gone
//
// Order of writes, so that a crash at any moment leaves no dangling reference:
// object bytes, then their names; packs, then refs; a repo's folder, then its
// row; and the other way round when deleting.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "hub/store/accounts.h"
#include "hub/store/db.h"
#include "hub/store/objects.h"
#include "hub/store/registry.h"
#include "hub/store/repo_pool.h"
#include "hug/context.h"
#include "sys/sys.h"

namespace hug::hub {

struct NewRepo {
  RepoKind kind = RepoKind::kModel;
  std::string name_space;
  std::string name;
  bool is_private = false;
  std::string sdk = {};
  std::string author = {};
  /// More files for the first commit (README.md of a space): path, content.
  std::vector<std::pair<std::string, std::string>> files = {};
};

class Store {
 public:
  /// Opens or makes the directory, and removes what dead processes left.
  static Result<std::unique_ptr<Store>> open(Context& context,
                                             const std::string& dir);
  ~Store();
  Store(const Store&) = delete;
  Store& operator=(const Store&) = delete;

  sys::Fs& fs() noexcept { return *fs_; }

  sys::Clock& clock() noexcept { return *clock_; }

  const std::string& dir() const noexcept { return dir_; }

  /// This process's place for files that are not complete yet.
  const std::string& temp() const noexcept { return temp_; }

  Db& db() noexcept { return *db_; }

  Accounts& accounts() noexcept { return *accounts_; }

  Registry& registry() noexcept { return *registry_; }

  ObjectStore& objects() noexcept { return *objects_; }

  RepoPool& repos() noexcept { return *repos_; }

  /// A key that signs URLs; the same as long as the directory lives.
  Result<base::Secret> signing_key();

  /// Errors: kConflict (the name is taken), kUsage (not a name).
  Result<RepoRecordPtr> create_repo(const NewRepo& wanted);
  Result<void> delete_repo(const RepoRecord& record);
  Result<void> move_repo(const RepoRecord& record,
                         const std::string& name_space,
                         const std::string& name);
  /// Writes hub.json from the row.
  Result<void> write_identity(const RepoRecord& record);
  /// Brings the row's copy of head, date and card up to date with git.
  Result<void> refresh_derived(const RepoRecord& record, OpenRepo& repo);
  /// The same for every repo whose head has moved on without it.
  Result<void> refresh_all_derived();
  /// Empties the trash and the folders of dead processes; the number of files.
  Result<std::uint64_t> sweep();

 private:
  Store() = default;
  Result<void> make_temp();
  Result<std::uint64_t> sweep_temp();
  Result<Oid> first_commit(const std::string& git_dir, const NewRepo& wanted,
                           std::int64_t seconds);
  Result<void> to_trash(const std::string& path);

  std::shared_ptr<sys::Fs> fs_;
  std::shared_ptr<sys::Clock> clock_;
  std::string dir_;
  std::string temp_;
  sys::File temp_lock_;
  std::unique_ptr<Db> db_;
  std::unique_ptr<Accounts> accounts_;
  std::unique_ptr<Registry> registry_;
  std::unique_ptr<ObjectStore> objects_;
  std::unique_ptr<RepoPool> repos_;
};

/// hub.json: what fsck rebuilds a row from.
std::string format_identity(const RepoRecord& record);
std::optional<RepoRecord> parse_identity(std::string_view json);

}  // namespace hug::hub
