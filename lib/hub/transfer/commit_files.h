// Files become commits: in batches whose size follows how long the hub takes,
// once each also when an answer is lost, and checked afterwards.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "api/commit.h"
#include "hug/upload.h"
#include "transfer/local_files.h"

namespace hug::transfer {

struct CommitItem {
  LocalFile file = {};
  bool large = false;
  std::string oid = {};  ///< sha256 of large files; else filled when sent
  std::uint64_t id = 0;
};

/// How many files go into the next commit.
class BatchSize {
 public:
  std::size_t files() const noexcept;
  /// Bytes of files inside a commit.
  static constexpr std::uint64_t kBytes = 100U << 20;

  void took(std::chrono::milliseconds time, std::size_t files);
  /// False when it is as small as it gets.
  bool shrink();

 private:
  std::size_t step_ = 10;  // 2500 files; less when the hub is slow
};

/// Where commits go; changes when the first one opens a pull request.
struct CommitPlace {
  RepoId repo = {};
  std::string revision = {};
  bool create_pr = false;
  std::string parent = {};  ///< for the first commit
  std::string summary = {};
  std::string description = {};
  std::uint64_t commits = 0;  ///< made so far
  CommitResult last = {};
};

/// Commits the items and removals; splits a batch that the hub cannot take in
/// time. Errors: kConflict when the parent is not the head or a file changed,
/// kCorrupt when the hub holds something else afterwards.
Result<void> commit_batch(Hub& hub, CommitPlace& place, BatchSize& size,
                          std::vector<CommitItem> items,
                          const std::vector<std::string>& removals);

}  // namespace hug::transfer
