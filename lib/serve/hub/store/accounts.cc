#include "hub/store/accounts.h"

#include <algorithm>
#include <array>

#include "hub/names.h"
#include "sys/random_source.h"

namespace hug::hub {
namespace {

constexpr std::size_t kTokenCharacters = 34;

// "hf_" and 34 letters and digits: the shape other programs check for.
std::string make_token() {
  constexpr std::string_view kAlphabet =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
  std::string out = "hf_";
  while (out.size() < 3 + kTokenCharacters) {
    std::array<std::byte, 64> random{};
    sys::random_bytes(random);
    for (const std::byte b : random) {
      const auto value = std::to_integer<unsigned>(b);
      // 248 is the largest multiple of 62 in a byte: no letter is likelier.
      if (value < 248 && out.size() < 3 + kTokenCharacters) {
        out += kAlphabet[value % kAlphabet.size()];
      }
    }
  }
  return out;
}

std::string_view role_name(HubRole role) {
  return role == HubRole::kWrite ? "write" : "read";
}

HubToken token_of(const DbRow& row) {
  HubToken out;
  out.id = static_cast<std::uint64_t>(row.number(0));
  out.user = row.text(1);
  out.name = row.text(2);
  out.role = row.text(3) == "write" ? HubRole::kWrite : HubRole::kRead;
  out.created_at = row.text(4);
  out.last_used_at = row.text(5);
  out.preview = row.text(6);
  return out;
}

constexpr const char* kSelectTokens =
    "SELECT t.id, u.name, t.name, t.role, t.created, t.used, t.preview"
    " FROM tokens t JOIN users u ON u.id = t.user ORDER BY t.id";

Error no_user(const std::string& name) {
  return Error(Code::kNotFound, "no such user: '" + name + "'")
      .hint("add it with 'hug hub user add'");
}

}  // namespace

std::string now_text(const sys::Clock& clock) {
  return base::format_iso(
      std::chrono::floor<std::chrono::milliseconds>(clock.wall()));
}

bool Caller::owns(std::string_view name_space) const {
  if (owner) return true;
  if (anonymous()) return false;
  if (base::equal_ignoring_case(name, name_space)) return true;
  return std::any_of(organizations.begin(), organizations.end(),
                     [&](const std::string& organization) {
                       return base::equal_ignoring_case(organization,
                                                        name_space);
                     });
}

Result<HubUser> Accounts::insert_user(const std::string& name,
                                      bool organization) {
  if (is_reserved_namespace(name)) {
    return Error(Code::kUsage, "the name '" + name + "' is reserved")
        .hint("choose another");
  }
  if (!is_valid_name(name)) {
    return Error(Code::kUsage, "invalid user name: '" + name + "'")
        .hint("use letters, digits, '-', '_' and '.'");
  }
  HubUser out;
  out.name = name;
  out.organization = organization;
  out.created_at = now_text(clock_);
  const auto done =
      db_.run("INSERT INTO users(name, organization, created) VALUES(?, ?, ?)",
              {name, std::int64_t{organization}, out.created_at});
  if (!done && done.error().code() == Code::kConflict) {
    return Error(Code::kConflict, "user '" + name + "' exists already");
  }
  if (!done) return done.error();
  return out;
}

Result<HubUser> Accounts::add_user(const std::string& name,
                                   const std::vector<std::string>& members) {
  HubUser out;
  HUG_TRY(db_.transaction([&]() -> Result<void> {
    out = HUG_TRY(insert_user(name, !members.empty()));
    for (const std::string& member : members) {
      HUG_TRY(
          db_.run("INSERT OR IGNORE INTO members SELECT o.id, u.id FROM"
                  " users o, users u WHERE o.name = ? AND u.name = ?"
                  " AND u.organization = 0",
                  {name, member}));
      if (db_.changes() == 0) return no_user(member);
    }
    return {};
  }));
  return out;
}

Result<std::vector<HubUser>> Accounts::users() {
  std::vector<HubUser> out;
  HUG_TRY(
      db_.query("SELECT u.name, u.organization, u.created,"
                " (SELECT count(*) FROM tokens t WHERE t.user = u.id)"
                " FROM users u ORDER BY u.name",
                {}, [&](const DbRow& row) {
                  out.push_back({row.text(0), row.number(1) != 0, row.text(2),
                                 static_cast<std::uint64_t>(row.number(3))});
                }));
  return out;
}

Result<std::optional<Account>> Accounts::find(const std::string& name) {
  std::optional<Account> out;
  HUG_TRY(db_.query(
      "SELECT id, name, organization, created FROM users WHERE name = ?",
      {name}, [&](const DbRow& row) {
        out = Account{
            row.number(0), row.text(1), row.number(2) != 0, row.text(3), {}};
      }));
  if (!out) return out;
  HUG_TRY(db_.query(
      "SELECT o.name FROM members m JOIN users o"
      " ON o.id = m.organization WHERE m.user = ?"
      " ORDER BY o.name",
      {out->id},
      [&](const DbRow& row) { out->organizations.push_back(row.text(0)); }));
  return out;
}

Result<std::string> Accounts::create_token(const std::string& user,
                                           HubRole role,
                                           const std::string& name,
                                           bool make_user) {
  if (name.size() > 96 || !base::is_valid_utf8(name) ||
      name.find('/') != std::string::npos) {
    return Error(Code::kUsage, "invalid token name")
        .hint("use at most 96 characters without '/'");
  }
  std::string token = make_token();
  HUG_TRY(db_.transaction([&]() -> Result<void> {
    auto account = HUG_TRY(find(user));
    if (!account && make_user) {
      (void)HUG_TRY(insert_user(user, false));
      account = HUG_TRY(find(user));
    }
    if (!account) return no_user(user);
    if (account->organization) {
      return Error(Code::kUsage,
                   "'" + user + "' is an organization, which has no tokens")
          .hint("make a token for one of its members");
    }
    return db_.run(
        "INSERT INTO tokens(user, name, role, hash, preview, created)"
        " VALUES(?, ?, ?, ?, ?, ?)",
        {account->id, name, std::string(role_name(role)),
         base::sha256_hex(token), token.substr(0, 7) + "...",
         now_text(clock_)});
  }));
  return token;
}

Result<std::vector<HubToken>> Accounts::tokens(const std::string& user) {
  std::vector<HubToken> out;
  HUG_TRY(db_.query(kSelectTokens, {}, [&](const DbRow& row) {
    HubToken token = token_of(row);
    if (user.empty() || base::equal_ignoring_case(token.user, user)) {
      out.push_back(std::move(token));
    }
  }));
  return out;
}

Result<HubToken> Accounts::revoke(const std::string& which) {
  std::int64_t by_hash = 0;
  HUG_TRY(db_.query("SELECT id FROM tokens WHERE hash = ?",
                    {base::sha256_hex(which)},
                    [&](const DbRow& row) { by_hash = row.number(0); }));
  std::vector<HubToken> fitting;
  for (HubToken& token : HUG_TRY(tokens({}))) {
    const bool fits =
        by_hash == static_cast<std::int64_t>(token.id) ||
        which == std::to_string(token.id) ||
        (!token.name.empty() && which == token.user + "/" + token.name);
    if (fits) fitting.push_back(std::move(token));
  }
  if (fitting.empty()) {
    return Error(Code::kNotFound, "no such token")
        .hint("name it by its number, as 'hug hub token list' shows");
  }
  if (fitting.size() > 1) {
    return Error(Code::kUsage, "several tokens are called '" + which + "'")
        .hint("name it by its number, as 'hug hub token list' shows");
  }
  HUG_TRY(db_.run("DELETE FROM tokens WHERE id = ?",
                  {static_cast<std::int64_t>(fitting.front().id)}));
  return std::move(fitting.front());
}

Result<void> Accounts::load() {
  const std::uint64_t version = db_.version();
  if (version == loaded_version_) return {};
  std::unordered_map<std::string, Caller> fresh;
  std::unordered_map<std::int64_t, std::vector<std::string>> organizations;
  HUG_TRY(
      db_.query("SELECT m.user, o.name FROM members m JOIN users o"
                " ON o.id = m.organization",
                {}, [&](const DbRow& row) {
                  organizations[row.number(0)].push_back(row.text(1));
                }));
  HUG_TRY(
      db_.query("SELECT t.hash, u.id, u.name, t.role, t.id, t.name, t.created"
                " FROM tokens t JOIN users u ON u.id = t.user",
                {}, [&](const DbRow& row) {
                  Caller caller;
                  caller.user_id = row.number(1);
                  caller.name = row.text(2);
                  caller.organizations = organizations[caller.user_id];
                  caller.can_write = row.text(3) == "write";
                  caller.token_id = row.number(4);
                  caller.token_name = row.text(5);
                  caller.token_created = row.text(6);
                  fresh.emplace(row.text(0), std::move(caller));
                }));
  by_hash_ = std::move(fresh);
  loaded_version_ = version;
  return {};
}

Result<std::optional<Caller>> Accounts::caller(const base::Secret& token) {
  // Looking up the hash tells nothing about the token by its timing.
  const std::string hash = base::sha256_hex(token.reveal());
  const std::lock_guard lock(mutex_);
  HUG_TRY(load());
  const auto owner = owners_by_hash_.find(hash);
  if (owner != owners_by_hash_.end()) {
    return std::optional<Caller>(owner->second);
  }
  const auto found = by_hash_.find(hash);
  if (found == by_hash_.end() ||
      !base::equal_in_constant_time(found->first, hash)) {
    return std::optional<Caller>();
  }
  const Caller& caller = found->second;
  // Noted once a minute, so that reading does not mean writing.
  const std::string minute = now_text(clock_).substr(0, 16);
  std::string& used = last_used_[caller.token_id];
  if (used != minute) {
    used = minute;
    (void)db_.run("UPDATE tokens SET used = ? WHERE id = ?",
                  {minute + ":00.000Z", caller.token_id});
    // Nothing that load() reads has changed, unless somebody else wrote too.
    const std::uint64_t now = db_.version();
    if (now == loaded_version_ + 1) loaded_version_ = now;
  }
  return std::optional<Caller>(caller);
}

Result<Account> Accounts::owner(const std::string& wanted) {
  std::string name;
  HUG_TRY(
      db_.query("SELECT name FROM users WHERE organization = 0"
                " ORDER BY id LIMIT 1",
                {}, [&](const DbRow& row) { name = row.text(0); }));
  if (name.empty()) {
    const bool usable = is_valid_name(wanted) && !is_reserved_namespace(wanted);
    name = usable ? wanted : "owner";
    const auto made = insert_user(name, false);
    if (!made && made.error().code() != Code::kConflict) return made.error();
  }
  auto account = HUG_TRY(find(name));
  if (!account) return no_user(name);
  return std::move(*account);
}

base::Secret Accounts::grant_owner(const Account& account) {
  base::Secret token(make_token());
  Caller caller;
  caller.user_id = account.id;
  caller.name = account.name;
  caller.organizations = account.organizations;
  caller.can_write = caller.owner = true;
  caller.token_name = "owner";
  caller.token_created = now_text(clock_);
  const std::lock_guard lock(mutex_);
  owners_by_hash_.emplace(base::sha256_hex(token.reveal()), caller);
  return token;
}

}  // namespace hug::hub
