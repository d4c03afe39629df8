// Discussions and pull requests of repos, as far as commits need them: opening
// (with the ref refs/pr/N), reading, comments, titles, status, merging by
// fast-forward.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "hub/store/store.h"

namespace hug::hub {

struct NewDiscussion {
  std::string title;
  std::string description;
  std::string author;
  bool pull_request = false;
  std::string base = {};  // the ref it is made against
  std::string status = "open";
};

struct Discussion {
  std::uint64_t number = 0;
  std::string title;
  bool pull_request = false;
  std::string status;
  std::string author;
  std::string created;
  std::string base;
  std::string merged;  // commit id, once merged
};

struct DiscussionEvent {
  std::int64_t id = 0;
  std::string type;  // "comment", "status-change", "title-change"
  std::string author;
  std::string created;
  std::string data;  // JSON object
};

class Discussions {
 public:
  explicit Discussions(Store& store) : store_(store) {}

  /// Its number: they are counted per repo, from 1.
  Result<std::uint64_t> open(const RepoRecord& record,
                             const NewDiscussion& wanted);
  /// Also makes refs/pr/N. The caller holds the repo's write lock.
  Result<std::uint64_t> open_pull_request(const RepoRecord& record,
                                          OpenRepo& repo,
                                          const NewDiscussion& wanted,
                                          const Oid& commit);
  Result<std::optional<Discussion>> find(const RepoRecord& record,
                                         std::uint64_t number);
  Result<std::vector<Discussion>> list(const RepoRecord& record);
  Result<std::vector<DiscussionEvent>> events(const RepoRecord& record,
                                              std::uint64_t number);
  Result<DiscussionEvent> add_event(const RepoRecord& record,
                                    std::uint64_t number,
                                    const std::string& type,
                                    const std::string& author,
                                    const std::string& data);
  Result<void> set_title(const RepoRecord& record, std::uint64_t number,
                         const std::string& title);
  Result<void> set_status(const RepoRecord& record, std::uint64_t number,
                          const std::string& status);
  /// Moves the base branch to the pull request's head. Errors: kConflict when
  /// the base has moved on, kUsage when it is not open.
  Result<void> merge(const RepoRecord& record, const OpenRepoPtr& repo,
                     const Discussion& discussion);

 private:
  Store& store_;
};

}  // namespace hug::hub
