#include <arpa/inet.h>
#include <netinet/in.h>

#include <algorithm>

#include "http/server/server_exchange.h"

namespace hug::http {
namespace {

// A body may begin slowly; its rate counts after this.
constexpr std::chrono::seconds kBodyGrace{10};

}  // namespace

std::string address_text(const sockaddr* address) {
  char text[INET6_ADDRSTRLEN] = "";
  if (address == nullptr) return {};
  if (address->sa_family == AF_INET) {
    const auto* in = reinterpret_cast<const sockaddr_in*>(address);
    ::inet_ntop(AF_INET, &in->sin_addr, text, sizeof text);
  } else if (address->sa_family == AF_INET6) {
    const auto* in = reinterpret_cast<const sockaddr_in6*>(address);
    ::inet_ntop(AF_INET6, &in->sin6_addr, text, sizeof text);
  }
  return text;
}

bool is_loopback(std::string_view address) {
  return address == "::1" || address.starts_with("127.") ||
         address.starts_with("::ffff:127.");
}

bool ConnectionTable::may_enter(const std::string& peer) {
  const std::lock_guard lock(mutex_);
  if (!is_loopback(peer)) {
    const auto found = per_peer_.find(peer);
    if (found != per_peer_.end() && found->second >= options_.max_per_address) {
      return false;
    }
  }
  if (all_.size() < options_.max_connections) return true;
  // The list is in order of entry; what works is left alone.
  auto oldest = all_.end();
  for (auto it = all_.begin(); it != all_.end(); ++it) {
    const bool waits = it->fd >= 0 && (it->phase == Phase::kIdle ||
                                       it->phase == Phase::kHeader);
    if (waits && (oldest == all_.end() || it->since < oldest->since)) {
      oldest = it;
    }
  }
  if (oldest == all_.end()) return false;
  ::shutdown(oldest->fd, SHUT_RDWR);
  oldest->fd = -1;  // once is enough
  return true;
}

Connection* ConnectionTable::add(int fd, std::string peer) {
  const std::lock_guard lock(mutex_);
  ++per_peer_[peer];
  all_.push_back(
      {fd, std::move(peer), Phase::kIdle, std::chrono::steady_clock::now(), 0});
  return &all_.back();
}

void ConnectionTable::remove(Connection* connection) {
  const std::lock_guard lock(mutex_);
  const auto count = per_peer_.find(connection->peer);
  if (count != per_peer_.end() && --count->second == 0) per_peer_.erase(count);
  const auto found = std::ranges::find_if(
      all_, [&](const Connection& one) { return &one == connection; });
  if (found != all_.end()) all_.erase(found);
}

void ConnectionTable::set_phase(Connection* connection, Phase phase) {
  if (connection == nullptr) return;
  const auto now = std::chrono::steady_clock::now();
  const std::lock_guard lock(mutex_);
  connection->phase = phase;
  connection->since = now;
  connection->body_bytes = 0;
}

void ConnectionTable::count_body(Connection* connection, std::uint64_t bytes) {
  if (connection == nullptr) return;
  const std::lock_guard lock(mutex_);
  connection->body_bytes += bytes;
}

bool ConnectionTable::is_late(const Connection& connection,
                              SteadyTime now) const {
  const auto time = now - connection.since;
  switch (connection.phase) {
    case Phase::kIdle:
      return time > options_.idle_timeout + options_.header_deadline;
    case Phase::kHeader:
      return time > options_.header_deadline;
    case Phase::kBody: {
      if (time <= kBodyGrace) return false;
      const auto seconds =
          std::chrono::duration_cast<std::chrono::seconds>(time - kBodyGrace);
      const auto least =
          options_.min_body_rate * static_cast<std::uint64_t>(seconds.count());
      return connection.body_bytes < least;
    }
    case Phase::kAnswer:
      return false;  // silence is libmicrohttpd's to count
  }
  return false;
}

void ConnectionTable::cut_late(SteadyTime now) {
  const std::lock_guard lock(mutex_);
  for (auto& connection : all_) {
    if (connection.fd < 0 || !is_late(connection, now)) continue;
    ::shutdown(connection.fd, SHUT_RDWR);
    connection.fd = -1;
  }
}

unsigned ConnectionTable::size() const {
  const std::lock_guard lock(mutex_);
  return static_cast<unsigned>(all_.size());
}

void ServerCore::enter() {
  const std::lock_guard lock(mutex);
  ++active;
}

void ServerCore::leave() {
  const std::lock_guard lock(mutex);
  --active;
  changed.notify_all();
}

bool ServerCore::is_draining() {
  const std::lock_guard lock(mutex);
  return draining;
}

}  // namespace hug::http
