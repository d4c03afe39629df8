// The embedded hub: a directory that holds repos (bare git), large objects
// (by sha256), users and tokens, and a server over it that speaks the Hub's
// HTTP API. `hug hub serve` runs it for a network; `--endpoint file:DIR` runs
// it inside one command on a loopback socket.
//
//   auto server = HUG_TRY(hug::HubServer::start(context, {.dir = "hub"}));
//   ... server.endpoint() ...
//   server.wait();   // until the context's stop token
//   server.stop();   // drains; also done by the destructor
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "hug/context.h"
#include "hug/export.h"
#include "hug/result.h"

namespace hug {

struct HubServerOptions {
  /// The hub's directory; made (0700) where it does not exist.
  std::string dir = {};
  /// Address to listen on. Other than loopback only when asked for.
  std::string host = "127.0.0.1";
  /// 0 takes any free port; HubServer::endpoint() tells which.
  std::uint16_t port = 0;
  /// In-process use: start() also makes a token, valid as long as this server
  /// runs, that may do everything in the directory. See owner_token().
  bool owner = false;
  /// Host names (without port) that requests may name besides loopback names
  /// and `host`; anything else is answered 421 (DNS rebinding).
  std::vector<std::string> allowed_hosts = {};
  /// Web origins that may call the API from a browser ("https://x.example").
  std::vector<std::string> allowed_origins = {};
  /// Absolute URLs in answers begin with this instead of the request's Host.
  std::string public_url = {};
  /// LFS uploads above this many bytes are offered in parts to clients that
  /// can do it.
  std::uint64_t multipart_threshold = std::uint64_t{4} << 30;
  /// Bytes a part of such an upload.
  std::uint64_t multipart_part_size = std::uint64_t{512} << 20;
  /// Files above this size go to the object store by default (preupload), and
  /// are refused as regular files of a commit.
  std::uint64_t regular_limit = 10 * 1024 * 1024;
  /// Bytes of one commit request.
  std::uint64_t commit_limit = std::uint64_t{2} << 30;
};

/// A running hub. Not copyable; its methods may be called from any thread.
class HUG_EXPORT HubServer {
 public:
  /// Opens (or makes) the directory, repairs what a crash may have left, and
  /// listens. The context must outlive the server.
  /// Errors: kUsage (bad host), kIo, kDenied (directory), kBusy (port taken),
  /// kCorrupt (metadata unreadable; fsck says more).
  static Result<HubServer> start(Context& context, HubServerOptions options);

  HubServer(HubServer&&) noexcept;
  HubServer& operator=(HubServer&&) noexcept;
  HubServer(const HubServer&) = delete;
  HubServer& operator=(const HubServer&) = delete;
  /// Stops.
  ~HubServer();

  /// "http://127.0.0.1:8787", without a slash at the end.
  const std::string& endpoint() const noexcept;
  std::uint16_t port() const noexcept;
  /// The token of `owner` mode; empty otherwise. A secret.
  const std::string& owner_token() const noexcept;
  /// The user whom the owner token stands for; empty without `owner`.
  const std::string& owner_name() const noexcept;

  /// Blocks until the context's stop token is triggered or stop() is called.
  void wait();
  /// Answers what is under way (at most `grace`), then closes. Idempotent.
  void stop(std::chrono::milliseconds grace = std::chrono::seconds(10));

 private:
  struct Impl;
  explicit HubServer(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

/// What a token may do.
enum class HubRole : std::uint8_t { kRead, kWrite };

struct HubUser {
  std::string name = {};
  bool organization = false;    ///< a namespace without a login of its own
  std::string created_at = {};  ///< "2026-01-01T00:00:00.000Z"
  std::uint64_t tokens = 0;     ///< valid ones
};

struct HubToken {
  std::uint64_t id = 0;
  std::string user = {};
  std::string name = {};  ///< what its owner calls it
  HubRole role = HubRole::kRead;
  std::string created_at = {};
  std::string last_used_at = {};  ///< empty: never (kept to the minute)
  std::string preview = {};       ///< "hf_abcd...": first characters only
};

enum class HubSeverity : std::uint8_t { kInfo, kWarning, kError };

/// One thing fsck found.
struct HubFinding {
  std::string id = {};  ///< stable: "hub-object-hash", "hub-ref-dangling" ...
  HubSeverity severity = HubSeverity::kError;
  std::string path = {};    ///< relative to the hub's directory
  std::string detail = {};  ///< one clause
  bool repairable = false;
  bool repaired = false;
};

struct HubFsckOptions {
  /// Fix what can be fixed without losing anything that is reachable.
  bool repair = false;
  /// Read and hash every object; else names, sizes and links only.
  bool hash = true;
};

struct HubFsckReport {
  std::vector<HubFinding> findings = {};
  std::uint64_t repos = 0;
  std::uint64_t git_objects = 0;
  std::uint64_t large_objects = 0;
  std::uint64_t bytes_hashed = 0;

  /// No finding that is a warning or an error and was not repaired.
  bool clean() const noexcept {
    for (const auto& finding : findings) {
      if (finding.severity != HubSeverity::kInfo && !finding.repaired) {
        return false;
      }
    }
    return true;
  }
};

struct HubGcOptions {
  /// Objects younger than this stay, reachable or not: an upload may be about
  /// to commit them. A first run marks, a run after the grace removes.
  std::chrono::seconds grace = std::chrono::hours(1);
  bool dry_run = false;
};

struct HubGcReport {
  std::uint64_t reachable = 0;  ///< large objects in use
  std::uint64_t marked = 0;     ///< unreachable, waiting for the grace
  std::uint64_t removed = 0;    ///< large objects removed
  std::uint64_t removed_bytes = 0;
  std::uint64_t removed_files = 0;  ///< temporary files, trash, dead repos
  std::uint64_t packs_merged = 0;
};

/// Users, tokens and the upkeep of a hub's directory. Works while a server
/// runs over the same directory, also in another process: changes count from
/// the next request on.
class HUG_EXPORT HubDirectory {
 public:
  /// Where a hub lives when nobody says: $HUG_HUB_DIR, else
  /// $XDG_DATA_HOME/hug/hub, else ~/.local/share/hug/hub.
  static std::string default_dir(const Context& context);

  /// Opens the directory, making it unless `must_exist`.
  /// Errors: kNotFound, kIo, kDenied, kCorrupt.
  enum class Open { kMake, kMustExist };
  static Result<HubDirectory> open(Context& context, std::string dir,
                                   Open how = Open::kMake);

  HubDirectory(HubDirectory&&) noexcept;
  HubDirectory& operator=(HubDirectory&&) noexcept;
  ~HubDirectory();

  /// Adds a user, or an organization when `members` is not empty.
  /// Errors: kUsage (a name the Hub does not allow), kConflict (exists),
  /// kNotFound (a member).
  Result<HubUser> add_user(const std::string& name,
                           const std::vector<std::string>& members = {});
  Result<std::vector<HubUser>> users() const;
  /// Makes a token and returns it; only its hash is kept. Adds the user where
  /// there is none yet and `make_user` is set.
  /// Errors: kNotFound (no such user), kUsage.
  Result<std::string> create_token(const std::string& user, HubRole role,
                                   const std::string& name = {},
                                   bool make_user = false);
  /// All valid tokens, of one user when `user` is not empty.
  Result<std::vector<HubToken>> tokens(const std::string& user = {}) const;
  /// Revokes by id ("3"), by the token itself, or by "user/name".
  /// Errors: kNotFound, kUsage (the name fits several).
  Result<HubToken> revoke_token(const std::string& which);

  /// Checks everything. Findings are no errors of the call.
  Result<HubFsckReport> fsck(const HubFsckOptions& options = {});
  /// Removes what nothing refers to. Never removes what is reachable.
  Result<HubGcReport> gc(const HubGcOptions& options = {});

 private:
  struct Impl;
  explicit HubDirectory(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace hug
