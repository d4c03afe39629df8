// The names of repos and what belongs to a name: kind, visibility, gating,
// former names, likes. Lookups are answered from memory.
#pragma once

#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "hub/names.h"
#include "hub/store/db.h"
#include "sys/clock.h"

namespace hug::hub {

struct RepoRecord {
  std::string id;  // 24 hex digits; the folder is repos/<id>.git
  RepoKind kind = RepoKind::kModel;
  std::string name_space;
  std::string name;
  bool is_private = false;
  std::string gated;  // "", "auto", "manual"
  bool disabled = false;
  std::string sdk;  // of spaces
  std::string created;
  std::uint64_t downloads = 0;
  std::uint64_t likes = 0;
  // Derived from git; may lag behind it until refreshed.
  std::string head;
  std::string updated;
  std::string card;  // JSON, see card.h
  std::uint64_t storage = 0;

  std::string full_name() const { return name_space + "/" + name; }

  /// "datasets/ns/name": as in URLs of the web pages.
  std::string web_path() const {
    return std::string(kind_prefix(kind)) + full_name();
  }
};

using RepoRecordPtr = std::shared_ptr<const RepoRecord>;

class Registry {
 public:
  Registry(Db& db, sys::Clock& clock) : db_(db), clock_(clock) {}

  /// By name, ignoring case. Null when there is none.
  Result<RepoRecordPtr> find(RepoKind kind, std::string_view name_space,
                             std::string_view name);
  /// The repo that once had this name. Null when there is none.
  Result<RepoRecordPtr> find_moved(RepoKind kind, std::string_view name_space,
                                   std::string_view name);
  Result<RepoRecordPtr> find_by_id(const std::string& id);
  /// All repos of a kind, or of all kinds.
  Result<std::vector<RepoRecordPtr>> list(std::optional<RepoKind> kind);

  /// Errors: kConflict when the name is taken.
  Result<void> insert(const RepoRecord& record);
  Result<void> remove(const std::string& id);
  /// Gives it another name; the old one leads to it from now on.
  Result<void> move(const RepoRecord& record, const std::string& name_space,
                    const std::string& name);
  Result<void> set_visibility(const std::string& id, bool is_private);
  Result<void> set_gated(const std::string& id, const std::string& gated);
  Result<void> set_derived(const std::string& id, const std::string& head,
                           const std::string& updated, const std::string& card,
                           std::uint64_t storage);

  /// Counts a download; written now and then (flush()).
  void count_download(const std::string& id);
  void flush();

  Result<void> like(const std::string& id, std::int64_t user, bool liked);
  Result<std::vector<std::string>> likers(const std::string& id);
  Result<void> grant(const std::string& id, std::int64_t user, bool granted);
  /// Remembers that the user has sent the bytes of a large object.
  Result<void> note_upload(const std::string& oid, std::int64_t user);
  Result<bool> has_uploaded(const std::string& oid, std::int64_t user);
  Result<void> forget_object(const std::string& oid);
  Result<bool> is_granted(const std::string& id, std::int64_t user);

 private:
  RepoRecordPtr cached(const std::string& key);

  Db& db_;
  sys::Clock& clock_;
  std::mutex mutex_;
  std::uint64_t version_ = 0;
  std::unordered_map<std::string, RepoRecordPtr> by_name_;
  std::mutex downloads_mutex_;
  std::unordered_map<std::string, std::int64_t> downloads_;
  sys::Clock::Steady flushed_{};
};

}  // namespace hug::hub
