// When to try again, and how long to wait. Give-up is certain: a fixed number
// of attempts without new bytes, a bound on every wait. Waits go through the
// clock, so tests run on a fake one.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>

#include "http/headers.h"
#include "hug/error.h"
#include "hug/result.h"
#include "sys/clock.h"
#include "sys/random_source.h"

namespace hug::http {

using Millis = sys::Millis;

struct RetryPolicy {
  int attempts = 6;           ///< without new bytes, the first one included
  Millis base{500};           ///< full jitter in [0, base * 2^k]
  Millis cap{30'000};         ///< bound of one backoff
  Millis max_wait{600'000};   ///< longest Retry-After that is waited for
  int rate_limit_waits = 20;  ///< windows of 429 that are sat out
};

/// True for failures that another attempt may cure: lost connections, time
/// outs, 408, 429, 500, 502, 503, 504, and answers that were cut or mangled
/// (kCorrupt).
bool is_transient(const Error& error);
bool is_transient_status(int status);

/// Closed windows per (origin, bucket), shared by everything in a process that
/// talks to the same servers. Threads may share it.
class RateGate {
 public:
  explicit RateGate(std::shared_ptr<sys::Clock> clock);
  ~RateGate();

  /// Waits until the window is open. Errors: kCancelled; kRateLimited when it
  /// stays closed for longer than `max_wait`.
  Result<void> wait(const std::string& key, Millis max_wait,
                    std::stop_token stop);
  /// Learns from an answer: 429 and 503 with Retry-After, RateLimit with r=0.
  /// Returns how long the window is closed now, if it is.
  std::optional<Millis> observe(const std::string& key, int status,
                                const Headers& headers);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

/// One operation's attempts. One thread at a time.
///
///   Retry retry(policy, clock, stop);
///   for (;;) {
///     auto result = attempt();
///     if (result) return result;
///     HUG_TRY(retry.wait(result.error(), got_new_bytes));
///   }
class Retry {
 public:
  Retry(RetryPolicy policy, std::shared_ptr<sys::Clock> clock,
        std::stop_token stop, std::uint64_t seed = 0);

  /// Waits before the next attempt, or returns the error that ends it: the
  /// given one when it is not transient or the attempts are used up,
  /// kCancelled, kRateLimited. New bytes reset the count.
  Result<void> wait(const Error& error, bool new_bytes);

  /// Attempts that failed since the last new bytes.
  int failures() const noexcept { return failures_; }

  /// The wait that wait() would do next, for messages; without jitter.
  Millis next_bound() const;

 private:
  Millis jittered(Millis bound);

  RetryPolicy policy_;
  std::shared_ptr<sys::Clock> clock_;
  std::stop_token stop_;
  sys::Random random_;
  int failures_ = 0;
  int rate_waits_ = 0;
};

}  // namespace hug::http
