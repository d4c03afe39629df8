#include "http/client/retry.h"

#include <algorithm>
#include <condition_variable>
#include <map>
#include <mutex>

namespace hug::http {
namespace {

base::Time date_of(const sys::Clock& clock) {
  return std::chrono::floor<Millis>(clock.wall());
}

Error stays_closed(Millis wait, std::string_view who) {
  const auto seconds = std::chrono::ceil<std::chrono::seconds>(wait).count();
  return Error(Code::kRateLimited, std::string(who) +
                                       " takes no more requests for " +
                                       std::to_string(seconds) + " seconds")
      .hint("try again later, or sign in for a higher limit")
      .retry_after(wait);
}

/// How long an answer closes its window for.
std::optional<Millis> closing(int status, const Headers& headers,
                              base::Time now) {
  const auto limit = parse_rate_limit(headers.get("RateLimit"));
  if (limit && limit->remaining == 0) return Millis(limit->reset);
  if (status != 429 && status != 503) return std::nullopt;
  return parse_retry_after(headers.get("Retry-After"), now);
}

}  // namespace

bool is_transient_status(int status) {
  switch (status) {
    case 408:
    case 429:
    case 500:
    case 502:
    case 503:
    case 504:
      return true;
    default:
      return false;
  }
}

bool is_transient(const Error& error) {
  if (error.http_status() != 0) return is_transient_status(error.http_status());
  switch (error.code()) {
    case Code::kNetwork:
    case Code::kTimeout:
    case Code::kCorrupt:
      return true;
    default:
      return false;
  }
}

struct RateGate::State {
  std::shared_ptr<sys::Clock> clock;
  std::mutex mutex;
  std::map<std::string, sys::Clock::Steady, std::less<>> closed_until;
  sys::Random random;
};

RateGate::RateGate(std::shared_ptr<sys::Clock> clock)
    : state_(std::make_unique<State>()) {
  state_->clock = std::move(clock);
}

RateGate::~RateGate() = default;

Result<void> RateGate::wait(const std::string& key, Millis max_wait,
                            std::stop_token stop) {
  for (;;) {
    Millis left{0};
    {
      const std::lock_guard lock(state_->mutex);
      const auto found = state_->closed_until.find(key);
      if (found == state_->closed_until.end()) return {};
      left = std::chrono::ceil<Millis>(found->second - state_->clock->now());
      if (left <= Millis(0)) {
        state_->closed_until.erase(found);
        return {};
      }
      if (left > max_wait) return stays_closed(left, key);
      // Everybody who waits would start in the same instant otherwise.
      const auto tenth = static_cast<std::uint64_t>(
          std::min<Millis>(left / 10, Millis(1000)).count());
      left += Millis(static_cast<long>(state_->random.below(tenth + 1)));
    }
    HUG_TRY(state_->clock->sleep(left, stop));
  }
}

std::optional<Millis> RateGate::observe(const std::string& key, int status,
                                        const Headers& headers) {
  const auto wait = closing(status, headers, date_of(*state_->clock));
  if (!wait || *wait <= Millis(0)) return std::nullopt;
  const auto until = state_->clock->now() + *wait;
  const std::lock_guard lock(state_->mutex);
  auto& entry = state_->closed_until[key];
  entry = std::max(entry, until);
  return wait;
}

Retry::Retry(RetryPolicy policy, std::shared_ptr<sys::Clock> clock,
             std::stop_token stop, std::uint64_t seed)
    : policy_(policy),
      clock_(std::move(clock)),
      stop_(std::move(stop)),
      random_(seed != 0 ? sys::Random(seed) : sys::Random()) {}

Millis Retry::next_bound() const {
  const auto doublings = std::clamp(failures_ - 1, 0, 16);
  return std::min(policy_.cap, policy_.base * (1L << doublings));
}

Millis Retry::jittered(Millis bound) {
  return Millis(
      static_cast<long>(random_.unit() * static_cast<double>(bound.count())));
}

Result<void> Retry::wait(const Error& error, bool new_bytes) {
  if (stop_.stop_requested()) return Error(Code::kCancelled, "cancelled");
  if (!is_transient(error)) return error;
  if (new_bytes) failures_ = 0;
  const auto asked = error.retry_after();
  // A closed window is no failure of ours: it is sat out, a bounded number
  // of times.
  if (error.http_status() == 429 && asked) {
    if (++rate_waits_ > policy_.rate_limit_waits) return error;
    if (*asked > policy_.max_wait) return error;
    return clock_->sleep(*asked + jittered(*asked / 10), stop_);
  }
  ++failures_;
  if (failures_ >= policy_.attempts) return error;
  if (asked && *asked > policy_.max_wait) return error;
  const auto backoff = jittered(next_bound());
  return clock_->sleep(asked ? std::max(*asked, backoff) : backoff, stop_);
}

}  // namespace hug::http
