#include "http/server/server.h"

#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <cstdarg>
#include <cstring>
#include <thread>

#include "http/server/mhd_library.h"
#include "http/server/server_exchange.h"
#include "sys/fd.h"
#include "sys/fs.h"

namespace hug::http {
namespace {

/// Resolves a numeric address and listens on it.
Result<sys::Fd> listen_on(const std::string& host, std::uint16_t port) {
  addrinfo wish{};
  wish.ai_flags = AI_NUMERICHOST | AI_NUMERICSERV | AI_PASSIVE;
  wish.ai_socktype = SOCK_STREAM;
  addrinfo* found = nullptr;
  const auto name = host == "localhost" ? std::string("127.0.0.1") : host;
  const auto service = std::to_string(port);
  if (::getaddrinfo(name.c_str(), service.c_str(), &wish, &found) != 0) {
    return Error(Code::kUsage, "'" + host + "' is not an address to listen on")
        .hint("give a numeric address such as 127.0.0.1 or ::1");
  }
  const std::unique_ptr<addrinfo, decltype(&::freeaddrinfo)> owner(
      found, ::freeaddrinfo);
  sys::Fd fd(::socket(found->ai_family, SOCK_STREAM | SOCK_CLOEXEC, 0));
  const std::string what =
      "cannot listen on " + host + " port " + std::to_string(port);
  if (!fd.valid()) return sys::os_error(errno, what);
  const int on = 1;
  ::setsockopt(fd.get(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  if (::bind(fd.get(), found->ai_addr, found->ai_addrlen) != 0) {
    auto error = sys::os_error(errno, what);
    if (errno == EADDRINUSE) {
      return std::move(error)
          .code(Code::kBusy)
          .hint("choose another port, or 0 for any free one");
    }
    return error;
  }
  if (::listen(fd.get(), 511) != 0) return sys::os_error(errno, what);
  return fd;
}

std::uint16_t port_of(int fd) {
  sockaddr_storage address{};
  socklen_t size = sizeof address;
  auto* const any = reinterpret_cast<sockaddr*>(&address);
  if (::getsockname(fd, any, &size) != 0) return 0;
  if (address.ss_family == AF_INET6) {
    return ntohs(reinterpret_cast<sockaddr_in6*>(&address)->sin6_port);
  }
  return ntohs(reinterpret_cast<sockaddr_in*>(&address)->sin_port);
}

void no_log(void*, const char*, va_list) {}

MHD_Result on_accept(void* core, const sockaddr* address, socklen_t) {
  auto& table = static_cast<ServerCore*>(core)->table;
  return table.may_enter(address_text(address)) ? MHD_YES : MHD_NO;
}

void on_connection(void* core, MHD_Connection* raw, void** context,
                   MHD_ConnectionNotificationCode code) {
  auto& table = static_cast<ServerCore*>(core)->table;
  if (code == MHD_CONNECTION_NOTIFY_CLOSED) {
    if (*context != nullptr) table.remove(static_cast<Connection*>(*context));
    *context = nullptr;
    return;
  }
  const auto* fd =
      mhd().get_connection_info(raw, MHD_CONNECTION_INFO_CONNECTION_FD);
  const auto* peer =
      mhd().get_connection_info(raw, MHD_CONNECTION_INFO_CLIENT_ADDRESS);
  const int on = 1;
  ::setsockopt(fd->connect_fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  *context = table.add(fd->connect_fd, address_text(peer->client_addr));
}

/// The first thing libmicrohttpd says about a request: its raw target.
void* on_target(void* core, const char* target, MHD_Connection* raw) {
  return new (std::nothrow)
      ServerExchange(*static_cast<ServerCore*>(core), raw, target);
}

MHD_Result on_step(void*, MHD_Connection*, const char*, const char* method,
                   const char*, const char* data, std::size_t* size,
                   void** exchange) {
  if (*exchange == nullptr) return MHD_NO;
  return static_cast<ServerExchange*>(*exchange)->step(method, data, size);
}

void on_completed(void*, MHD_Connection*, void** exchange,
                  MHD_RequestTerminationCode) {
  delete static_cast<ServerExchange*>(*exchange);
  *exchange = nullptr;
}

}  // namespace

struct Server::State {
  ServerCore core;
  MHD_Daemon* daemon = nullptr;
  std::uint16_t port = 0;
  std::jthread watchdog;

  ~State() {
    watchdog = {};
    if (daemon != nullptr) mhd().stop_daemon(daemon);
  }

  bool start_daemon(int fd);
  void watch(const std::stop_token& stop);
};

bool Server::State::start_daemon(int fd) {
  constexpr unsigned kFlags = MHD_USE_THREAD_PER_CONNECTION |
                              MHD_USE_INTERNAL_POLLING_THREAD | MHD_USE_POLL |
                              MHD_USE_ITC | MHD_USE_ERROR_LOG;
  // The table makes room before libmicrohttpd's own limit is reached, at which
  // it would stop to accept.
  constexpr unsigned kSpare = 64;
  constexpr std::size_t kStack = 1 << 20;
  const auto& options = core.options;
  daemon = mhd().start_daemon(
      kFlags, 0, on_accept, &core, on_step, &core, MHD_OPTION_EXTERNAL_LOGGER,
      no_log, nullptr, MHD_OPTION_LISTEN_SOCKET, fd,
      MHD_OPTION_CONNECTION_LIMIT, options.max_connections + kSpare,
      MHD_OPTION_CONNECTION_TIMEOUT,
      static_cast<unsigned>(options.idle_timeout.count()),
      MHD_OPTION_CONNECTION_MEMORY_LIMIT, options.max_header_bytes + 64 * 1024,
      MHD_OPTION_CONNECTION_MEMORY_INCREMENT, std::size_t{64 * 1024},
      MHD_OPTION_THREAD_STACK_SIZE, kStack, MHD_OPTION_STRICT_FOR_CLIENT, 1,
      MHD_OPTION_NOTIFY_CONNECTION, on_connection, &core,
      MHD_OPTION_NOTIFY_COMPLETED, on_completed, nullptr,
      MHD_OPTION_URI_LOG_CALLBACK, on_target, &core, MHD_OPTION_END);
  return daemon != nullptr;
}

void Server::State::watch(const std::stop_token& stop) {
  std::mutex mutex;
  std::condition_variable_any tick;
  std::unique_lock lock(mutex);
  while (!stop.stop_requested()) {
    tick.wait_for(lock, stop, std::chrono::seconds(1), [] { return false; });
    core.table.cut_late(std::chrono::steady_clock::now());
  }
}

Server::Server(std::unique_ptr<State> state) : state_(std::move(state)) {}

Server::~Server() {
  drain(std::chrono::milliseconds(0));
}

Result<std::unique_ptr<Server>> Server::start(ServerOptions options,
                                              Handler& handler) {
  HUG_TRY(load_mhd());
  auto fd = HUG_TRY(listen_on(options.host, options.port));
  auto state = std::make_unique<State>();
  state->core.bound_host = options.host;
  state->core.options = std::move(options);
  state->core.handler = &handler;
  state->port = port_of(fd.get());
  if (!state->start_daemon(fd.get())) {
    return Error(Code::kIo, "the HTTP server cannot start");
  }
  (void)std::move(fd).release();  // the daemon closes it
  auto* const raw = state.get();
  state->watchdog =
      std::jthread([raw](const std::stop_token& stop) { raw->watch(stop); });
  return std::unique_ptr<Server>(new Server(std::move(state)));
}

std::uint16_t Server::port() const noexcept {
  return state_->port;
}

std::string Server::url() const {
  auto host = state_->core.options.host;
  if (host == "0.0.0.0") host = "127.0.0.1";
  if (host == "::") host = "::1";
  if (host.find(':') != host.npos) host = "[" + host + "]";
  return "http://" + host + ":" + std::to_string(state_->port);
}

bool Server::drain(std::chrono::milliseconds deadline) {
  if (state_->daemon == nullptr) return true;
  const auto listener = mhd().quiesce_daemon(state_->daemon);
  if (listener != MHD_INVALID_SOCKET) ::close(listener);
  bool clean = false;
  {
    std::unique_lock lock(state_->core.mutex);
    state_->core.draining = true;
    clean = state_->core.changed.wait_for(
        lock, deadline, [this] { return state_->core.active == 0; });
  }
  state_->watchdog = {};
  mhd().stop_daemon(state_->daemon);
  state_->daemon = nullptr;
  return clean;
}

unsigned Server::active() const noexcept {
  const std::lock_guard lock(state_->core.mutex);
  return state_->core.active;
}

unsigned Server::connections() const noexcept {
  return state_->core.table.size();
}

}  // namespace hug::http
