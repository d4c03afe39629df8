// Users, organizations and tokens. Of a token only the sha256 is kept; what a
// request presents is hashed and looked up in memory, so checking costs no
// database access, and changes made by other processes count at once.
#pragma once

#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/base.h"
#include "hub/store/db.h"
#include "hug/hub_server.h"
#include "sys/clock.h"

namespace hug::hub {

/// Who makes a request.
struct Caller {
  std::int64_t user_id = 0;  // 0: anonymous
  std::string name = {};
  std::vector<std::string> organizations = {};
  bool can_write = false;
  bool owner = false;  // the directory's owner may do everything
  std::int64_t token_id = 0;
  std::string token_name = {};
  std::string token_created = {};

  bool anonymous() const noexcept { return user_id == 0; }

  /// Whether what lies in the namespace is theirs.
  bool owns(std::string_view name_space) const;
};

struct Account {
  std::int64_t id = 0;
  std::string name;
  bool organization = false;
  std::string created;
  std::vector<std::string> organizations;  // of a user
};

class Accounts {
 public:
  Accounts(Db& db, sys::Clock& clock) : db_(db), clock_(clock) {}

  Result<HubUser> add_user(const std::string& name,
                           const std::vector<std::string>& members);
  Result<std::vector<HubUser>> users();
  Result<std::optional<Account>> find(const std::string& name);
  Result<std::string> create_token(const std::string& user, HubRole role,
                                   const std::string& name, bool make_user);
  Result<std::vector<HubToken>> tokens(const std::string& user);
  Result<HubToken> revoke(const std::string& which);

  /// The caller a token stands for; nothing when it is not valid.
  Result<std::optional<Caller>> caller(const base::Secret& token);
  /// The user that stands for the directory's owner: the first user, or one
  /// made with the name `wanted`.
  Result<Account> owner(const std::string& wanted);
  /// A token for the owner that lives as long as this object.
  base::Secret grant_owner(const Account& account);

 private:
  Result<void> load();
  Result<HubUser> insert_user(const std::string& name, bool organization);

  Db& db_;
  sys::Clock& clock_;
  std::mutex mutex_;
  std::uint64_t loaded_version_ = 0;
  std::unordered_map<std::string, Caller> by_hash_;
  std::unordered_map<std::string, Caller> owners_by_hash_;
  std::unordered_map<std::int64_t, std::string> last_used_;
};

/// "2026-01-01T00:00:00.000Z" of the clock.
std::string now_text(const sys::Clock& clock);

}  // namespace hug::hub
