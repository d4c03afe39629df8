// What went wrong: one code a program can branch on, one sentence a person can
// read, one hint that helps, and the chain of what was being done.
//
// Messages are lower-case clauses without a full stop that name the object and
// the cause: "cannot open 'x.gguf': no such file". A hint is one imperative
// sentence. Both may hold text from outside; only cli/out prints them, and it
// escapes them.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "hug/export.h"

namespace hug {

enum class Code : std::uint8_t {
  kFailure,       // nothing more precise is known
  kUsage,         // the caller asked for something that makes no sense
  kNotFound,      // no such repo, revision, file, key
  kUnauthorized,  // no token, or the token is not accepted
  kDenied,        // the token is accepted but may not do this
  kGated,         // access must be asked for first
  kConflict,      // somebody else changed it, or it exists already
  kBusy,          // a lock or lease is held
  kRateLimited,   // 429 after all waiting
  kNetwork,       // could not reach, or lost, the other side
  kTimeout,       // no progress within the allowed time
  kTls,           // certificate or handshake
  kOffline,       // offline mode, and the answer is not in the cache
  kCorrupt,       // bytes are not what they should be
  kUnsupported,   // understood, but this program cannot do it
  kLimit,         // a bound on untrusted input or on memory was hit
  kNoSpace,       // disk or quota is full
  kIo,            // the operating system refused a file operation
  kCancelled,     // the stop token was triggered
  kInternal,      // a bug
};

/// The stable snake-case name of a code ("not_found").
HUG_EXPORT std::string_view code_name(Code code) noexcept;

/// The process exit status for a code (see hug-exit-codes(7)).
HUG_EXPORT int exit_status(Code code) noexcept;

/// An error value; one pointer wide, movable, deep-copied.
class [[nodiscard]] HUG_EXPORT Error {
 public:
  Error(Code code, std::string message);
  Error(const Error& other);
  Error(Error&&) noexcept;
  Error& operator=(const Error& other);
  Error& operator=(Error&&) noexcept;
  ~Error();

  Code code() const noexcept;
  const std::string& message() const noexcept;
  const std::string& hint() const noexcept;
  /// What was being done, outermost first.
  std::vector<std::string> chain() const;
  /// HTTP status that caused it; 0 where there was none.
  int http_status() const noexcept;
  const std::string& request_id() const noexcept;
  std::optional<std::chrono::milliseconds> retry_after() const noexcept;
  /// The machine name a hub gave its error ("RepoNotFound"), else empty.
  const std::string& remote_code() const noexcept;

  // Builders; each returns the error itself so that they chain.
  Error&& with(std::string context) &&;  ///< adds an outer "while ..." clause
  Error&& hint(std::string text) &&;
  Error&& code(Code code) &&;
  Error&& http(int status, std::string request_id) &&;
  Error&& remote(std::string remote_code) &&;
  Error&& retry_after(std::chrono::milliseconds wait) &&;

 private:
  struct Data;
  std::unique_ptr<Data> data_;
};

}  // namespace hug
