// What the tests of the room http share: handlers made of a function, and a
// server that sends exactly the bytes it is told to.
#pragma once

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "http/client/client.h"
#include "http/server/server.h"
#include "sys/fd.h"

namespace hug::http::test {

/// A handler made of functions; remembers what came.
class Routes final : public Handler {
 public:
  using Function = std::function<ServerResponse(ServerRequest&)>;
  using HeadFunction =
      std::function<std::optional<ServerResponse>(ServerRequest&)>;

  explicit Routes(Function handle, HeadFunction head = {})
      : handle_(std::move(handle)), head_(std::move(head)) {}

  std::optional<ServerResponse> on_head(ServerRequest& request) override {
    return head_ ? head_(request) : std::nullopt;
  }

  ServerResponse handle(ServerRequest& request) override {
    {
      const std::lock_guard lock(mutex_);
      seen_.push_back(request);
      seen_.back().body = request.body;
    }
    return handle_(request);
  }

  std::vector<ServerRequest> seen() const {
    const std::lock_guard lock(mutex_);
    return seen_;
  }

 private:
  Function handle_;
  HeadFunction head_;
  mutable std::mutex mutex_;
  std::vector<ServerRequest> seen_;
};

inline std::unique_ptr<Server> serve(Handler& handler,
                                     ServerOptions options = {}) {
  return Server::start(std::move(options), handler).value();
}

inline Url url_of(const Server& server, std::string_view path) {
  return parse_url(server.url() + std::string(path)).value();
}

inline Request get(Url url) {
  Request request;
  request.url = std::move(url);
  return request;
}

/// Answers every connection with the same bytes once a header has come, and
/// then closes it (or holds it until the test is over).
class RawServer {
 public:
  enum class End { kClose, kHold, kReset };

  explicit RawServer(std::string bytes, End end = End::kClose)
      : bytes_(std::move(bytes)),
        end_(end),
        listener_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    auto* const any = reinterpret_cast<sockaddr*>(&address);
    ::bind(listener_.get(), any, sizeof address);
    ::listen(listener_.get(), 64);
    socklen_t size = sizeof address;
    ::getsockname(listener_.get(), any, &size);
    port_ = ntohs(address.sin_port);
    thread_ = std::thread([this] { run(); });
  }

  ~RawServer() {
    ::shutdown(listener_.get(), SHUT_RDWR);
    thread_.join();
  }

  Url url(std::string_view path = "/") const {
    return parse_url("http://127.0.0.1:" + std::to_string(port_) +
                     std::string(path))
        .value();
  }

 private:
  void run() {
    std::vector<sys::Fd> held;
    for (;;) {
      sys::Fd peer(::accept(listener_.get(), nullptr, nullptr));
      if (!peer.valid()) return;
      std::string head;
      char buffer[4096];
      while (head.find("\r\n\r\n") == head.npos) {
        const auto count = ::recv(peer.get(), buffer, sizeof buffer, 0);
        if (count <= 0) break;
        head.append(buffer, static_cast<std::size_t>(count));
      }
      ::send(peer.get(), bytes_.data(), bytes_.size(), MSG_NOSIGNAL);
      if (end_ == End::kReset) {
        const linger now{1, 0};
        ::setsockopt(peer.get(), SOL_SOCKET, SO_LINGER, &now, sizeof now);
      }
      if (end_ == End::kHold) held.push_back(std::move(peer));
    }
  }

  std::string bytes_;
  End end_;
  sys::Fd listener_;
  std::uint16_t port_ = 0;
  std::thread thread_;
};

/// Sends bytes to a port of the loopback and returns all that comes back
/// until the other side closes.
inline std::string talk(std::uint16_t port, std::string_view bytes) {
  const sys::Fd fd(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (::connect(fd.get(), reinterpret_cast<sockaddr*>(&address),
                sizeof address) != 0) {
    return {};
  }
  ::send(fd.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
  std::string out;
  char buffer[4096];
  for (;;) {
    const auto count = ::recv(fd.get(), buffer, sizeof buffer, 0);
    if (count <= 0) return out;
    out.append(buffer, static_cast<std::size_t>(count));
  }
}

}  // namespace hug::http::test
