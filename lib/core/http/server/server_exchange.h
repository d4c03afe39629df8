// One connection and one request of the server, as libmicrohttpd's callbacks
// see them.
#pragma once

#include <microhttpd.h>
#include <sys/socket.h>

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <list>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <unordered_map>

#include "http/server/server.h"

namespace hug::http {

using SteadyTime = std::chrono::steady_clock::time_point;

/// What a connection is doing, for deadlines.
enum class Phase : std::uint8_t { kIdle, kHeader, kBody, kAnswer };

struct Connection {
  int fd = -1;
  std::string peer;
  Phase phase = Phase::kIdle;
  SteadyTime since;              // when the phase began
  std::uint64_t body_bytes = 0;  // received in this body
};

/// All open connections, and the deadlines that libmicrohttpd does not know:
/// it only counts silence, so that a client may hold a connection for ever by
/// sending a byte now and then.
class ConnectionTable {
 public:
  explicit ConnectionTable(const ServerOptions& options) : options_(options) {}

  /// Whether an address may open one more. Makes room by closing the one that
  /// has been idle longest when the table is full.
  bool may_enter(const std::string& peer);
  Connection* add(int fd, std::string peer);
  void remove(Connection* connection);
  void set_phase(Connection* connection, Phase phase);
  void count_body(Connection* connection, std::uint64_t bytes);
  /// Cuts what is past its deadline.
  void cut_late(SteadyTime now);
  unsigned size() const;

 private:
  bool is_late(const Connection& connection, SteadyTime now) const;

  const ServerOptions& options_;
  mutable std::mutex mutex_;
  std::list<Connection> all_;
  std::unordered_map<std::string, unsigned> per_peer_;
};

/// "127.0.0.1", "::1"; empty when it is no internet address.
std::string address_text(const sockaddr* address);
bool is_loopback(std::string_view address);

/// Everything the callbacks share.
struct ServerCore {
  ServerOptions options;
  Handler* handler = nullptr;
  std::string bound_host;
  ConnectionTable table{options};
  std::mutex mutex;
  std::condition_variable changed;
  unsigned active = 0;
  bool draining = false;

  void enter();
  void leave();
  bool is_draining();
};

/// One request from its first line to its answer.
class ServerExchange {
 public:
  ServerExchange(ServerCore& core, MHD_Connection* raw, std::string target);
  ~ServerExchange();
  ServerExchange(const ServerExchange&) = delete;
  ServerExchange& operator=(const ServerExchange&) = delete;

  /// The access handler's calls, in order: head, body pieces, end.
  MHD_Result step(const char* method, const char* data, std::size_t* size);

 private:
  enum class State : std::uint8_t { kNew, kBody, kAnswered };

  MHD_Result on_head(const char* method);
  MHD_Result on_body(std::string_view bytes);
  MHD_Result on_end();
  std::optional<ServerResponse> check_head();
  std::optional<ServerResponse> check_body_size() const;
  std::uint64_t body_limit() const;
  MHD_Result answer(ServerResponse response);
  Connection* connection() const;

  ServerCore& core_;
  MHD_Connection* raw_;
  ServerRequest request_;
  State state_ = State::kNew;
  std::optional<Error> body_error_;
  bool counted_ = false;
};

}  // namespace hug::http
