#include "http/client/wire.h"

#include <algorithm>

#include "http/client/wire_run.h"

namespace hug::http {

Wire::Wire(const ClientOptions& options, Throttle& throttle, Shared& shared)
    : options_(options),
      throttle_(throttle),
      handles_(std::make_unique<Handles>(shared.share)) {}

Wire::~Wire() = default;

Result<WireReply> Wire::run(const WireRequest& request, std::stop_token stop) {
  last_origin_ = request.url.origin();
  return Run(*this, request, std::move(stop)).go();
}

WirePool::WirePool(const ClientOptions& options, Throttle& throttle)
    : options_(options), throttle_(throttle) {}

WirePool::~WirePool() = default;

Result<std::unique_ptr<Wire>> WirePool::take(const Origin& origin) {
  HUG_TRY(load_curl());
  const std::lock_guard lock(mutex_);
  if (!shared_) shared_ = std::make_unique<Wire::Shared>();
  const auto found = std::find_if(
      idle_.rbegin(), idle_.rend(),
      [&](const auto& wire) { return wire->last_origin() == origin; });
  if (found == idle_.rend()) {
    return std::make_unique<Wire>(options_, throttle_, *shared_);
  }
  auto wire = std::move(*found);
  idle_.erase(std::next(found).base());
  return wire;
}

void WirePool::give_back(std::unique_ptr<Wire> wire) {
  constexpr std::size_t kMostIdle = 32;
  std::unique_ptr<Wire> oldest;  // closed outside the lock
  const std::lock_guard lock(mutex_);
  idle_.push_back(std::move(wire));
  if (idle_.size() <= kMostIdle) return;
  oldest = std::move(idle_.front());
  idle_.erase(idle_.begin());
}

}  // namespace hug::http
