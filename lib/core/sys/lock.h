// Advisory locks that people can ask about: flock(2) (as the Python client's
// filelock does) on a file that says who holds it. Nothing is ever wrong when
// such a lock fails to exclude; two processes only do the same work twice.
//
// Where flock is not available (ENOSYS, ENOLCK, EOPNOTSUPP) the existence of
// the file "<name>.lease" is the lock. A lease whose holder is a dead process
// of this machine is taken over at once; one of another machine, or of one
// that does not tell, after it was not refreshed for `stale_after` of the
// waiter's own clock.
//
// Content of both files, one line each: pid, host name, boot id, start time,
// what is done. It is read back by nobody but for messages and take-over.
#pragma once

#include <functional>
#include <memory>
#include <stop_token>
#include <string>

#include "hug/result.h"
#include "sys/clock.h"
#include "sys/fs.h"

namespace hug::sys {

struct LockOptions {
  Millis wait = std::chrono::minutes(10);  // then kBusy, naming the holder
  Millis notice_after = std::chrono::seconds(2);
  Millis heartbeat = std::chrono::seconds(10);
  Millis stale_after = std::chrono::seconds(60);
  std::string purpose = {};  // "downloading model.safetensors"
  /// Called once, with a sentence naming the holder, when the wait is long.
  std::function<void(std::string_view)> on_wait = {};
  std::stop_token stop = {};
};

class Lock {
 public:
  /// Waits for the lock. The directory must exist. Errors: kBusy after
  /// `wait`, kCancelled, kIo.
  static Result<Lock> acquire(Fs& fs, Clock& clock, At at,
                              LockOptions options = {});
  /// The lock, or kBusy at once.
  static Result<Lock> try_acquire(Fs& fs, Clock& clock, At at);
  Lock(Lock&&) noexcept;
  Lock& operator=(Lock&&) noexcept;
  ~Lock();  // releases; never fails

  /// Call it now and then while working: refreshes the lease when it is due.
  void beat();
  /// False when the lock was taken over from a holder that may still live.
  bool exclusive() const noexcept;

 private:
  struct State;
  explicit Lock(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

struct LockHolder {
  long pid = 0;
  std::string host = {};
  std::string boot = {};
  std::string since = {};
  std::string purpose = {};
};

/// Who wrote the lock file; empty fields where it does not say.
LockHolder parse_lock_holder(std::string_view content);
/// True when the holder is a process of this machine that has ended.
bool is_gone(const LockHolder& holder);
/// The content this process writes.
std::string format_lock_holder(Clock& clock, std::string_view purpose);

}  // namespace hug::sys
