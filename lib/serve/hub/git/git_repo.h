// One bare git repository, through libgit2: reading objects, and refs. Objects
// are written by PackWriter. git2.h stays in the .cc file.
//
// Threads: reading objects is safe from several threads at once; refs are
// guarded by a mutex of this object. Callers hold the repo's write lock (see
// RepoPool) around every change of a ref.
#pragma once

#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "hub/git/oid.h"
#include "hug/result.h"

struct git_odb;
struct git_repository;

namespace hug::hub {

struct GitObject {
  ObjectType type = ObjectType::kBlob;
  std::string content;
};

struct GitObjectHeader {
  ObjectType type = ObjectType::kBlob;
  std::uint64_t size = 0;
};

struct GitRef {
  std::string name;  // "refs/heads/main"
  Oid commit;        // annotated tags are followed
};

struct GitCommit {
  Oid id;
  Oid tree;
  std::vector<Oid> parents;
  std::string author;  // name only
  std::string date;    // "2026-01-01T00:00:00.000Z"
  std::string title;
  std::string message;  // what follows the title and its blank line
};

class GitRepo {
 public:
  /// Makes a bare repository whose HEAD is refs/heads/main (not born yet).
  static Result<void> init(const std::string& path);
  static Result<std::unique_ptr<GitRepo>> open(const std::string& path);
  ~GitRepo();
  GitRepo(const GitRepo&) = delete;
  GitRepo& operator=(const GitRepo&) = delete;

  const std::string& path() const noexcept { return path_; }

  /// Errors: kNotFound, kCorrupt (the content does not hash to the id), kIo.
  Result<GitObject> read(const Oid& oid) const;
  /// Errors: as read(); kCorrupt when it is of another type.
  Result<std::string> read(const Oid& oid, ObjectType type) const;
  Result<GitObjectHeader> header(const Oid& oid) const;
  /// Whether the object is here, without looking for new packs.
  bool has(const Oid& oid) const;
  Result<GitCommit> commit(const Oid& oid) const;
  /// The one commit whose id starts with these digits (at least 7).
  std::optional<Oid> find_by_prefix(std::string_view hex) const;
  /// All objects of the store, in no order.
  Result<std::vector<Oid>> all_objects() const;
  /// Sees packs that were added since.
  Result<void> refresh();

  /// The commit a ref leads to; nothing when there is no such ref.
  Result<std::optional<Oid>> find_ref(const std::string& name) const;
  /// Refs that start with `prefix`, sorted by name. Refs that lead nowhere are
  /// left out.
  Result<std::vector<GitRef>> refs(std::string_view prefix) const;
  /// Names of refs that lead to nothing, or to no commit.
  Result<std::vector<std::string>> broken_refs() const;
  /// Creates or moves a ref, durably. `expected`: the commit it leads to now,
  /// a null id when it must not exist. Errors: kConflict.
  Result<void> set_ref(const std::string& name, const Oid& target,
                       const Oid& expected);
  Result<void> delete_ref(const std::string& name);
  /// Writes a small object by itself, durably (annotated tags).
  Result<Oid> write_loose(ObjectType type, std::string_view content);

 private:
  GitRepo(std::string path, git_repository* repo, git_odb* odb);
  void remove_stale_lock(const std::string& name) const;
  Result<void> each_ref(
      const std::function<void(const std::string&, std::optional<Oid>)>& visit)
      const;

  std::string path_;
  git_repository* repo_;
  git_odb* odb_;
  mutable std::mutex refs_mutex_;
};

/// A commit object's text. `parents` may be empty.
std::string format_commit(const Oid& tree, const std::vector<Oid>& parents,
                          std::string_view author, std::int64_t unix_time,
                          std::string_view message);
/// Reads a commit object's text. Errors: kCorrupt.
Result<GitCommit> parse_commit(const Oid& id, std::string_view text);

}  // namespace hug::hub
