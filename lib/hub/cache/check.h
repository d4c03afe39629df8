// Checking a cache against itself: the public form is in hug/cache.h.
#pragma once

#include <functional>
#include <map>
#include <set>
#include <string>
#include <string_view>

#include "cache/tree_file.h"
#include "hug/cache.h"
#include "sys/context.h"
#include "sys/fs.h"

namespace hug::cache {

/// Collects problems and, where it is asked to, corrects them.
class Checker {
 public:
  Checker(const Context::Parts& parts, const CacheCheckOptions& options,
          const sys::Dir& root);

  /// Everything outside of the repositories.
  void check_root();
  /// One repository. Errors: kCancelled.
  Result<void> check_repo(const RepoId& id, const std::string& folder);
  /// What locks and journals of a repository are left.
  void check_locks(const std::string& folder);
  /// Permissions of the token files.
  void check_tokens();

  CacheReport take() { return std::move(report_); }

  /// Bytes of all blobs that will be hashed, for the plan.
  std::uint64_t bytes_to_hash(const std::string& folder) const;
  void begin(std::uint64_t total);
  void finish();

 private:
  using Repair = std::function<bool()>;

  void add(std::string_view id, CacheSeverity severity, const std::string& path,
           std::string text, const Repair& repair = {});
  /// Beneath the root; links are not followed.
  Repair removing(const std::string& path);

  void read_trees();
  Result<void> check_blobs();
  Result<void> check_blob(const std::string& name, sys::FileKind kind);
  void check_partial(const std::string& name);
  void check_shared_link(const std::string& name);
  bool is_broken_link(const std::string& name);
  Result<void> check_hash(const std::string& name);
  void check_refs();
  void check_snapshots();

  void check_complete(const std::string& commit);
  void check_absent_marks();

  const Context::Parts& parts_;
  sys::Fs& fs_;
  const CacheCheckOptions& options_;
  const sys::Dir& root_;
  CacheReport report_;
  Event progress_;

  // Of the repository at hand.
  std::string folder_;
  std::string path_;
  std::set<std::string> xet_hashes_;
  std::set<std::string> commits_;
  std::map<std::string, std::uint64_t> sizes_;  // by etag
  std::uint64_t n_seen_ = 0;                    // blobs, over all repositories
};

}  // namespace hug::cache
