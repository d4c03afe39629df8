// The HTTP server, over libmicrohttpd: one thread a connection, so handlers
// may block on disks and databases. Limits and deadlines keep slow or hostile
// clients from holding what others need.
#pragma once

#include <any>
#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>

#include "http/body.h"
#include "http/headers.h"
#include "http/range.h"
#include "http/url.h"
#include "hug/result.h"

namespace hug::http {

/// An open file that answers share; closed with its last owner.
class FileHandle {
 public:
  explicit FileHandle(int fd) noexcept : fd_(fd) {}

  ~FileHandle();
  FileHandle(const FileHandle&) = delete;
  FileHandle& operator=(const FileHandle&) = delete;

  int fd() const noexcept { return fd_; }

 private:
  int fd_;
};

using FileHandlePtr = std::shared_ptr<FileHandle>;

/// Opens a file for reading (no links followed at its last component).
/// Errors: kNotFound, kIo.
Result<FileHandlePtr> open_handle(const std::string& path);

struct FilePart {
  FileHandlePtr file = {};
  std::uint64_t offset = 0;
  std::uint64_t size = 0;
};

/// Fills a part of the buffer; 0 ends the body, an error cuts the connection
/// (the client sees that the body is not complete). Runs on the connection's
/// thread and may block.
using BodyStream = std::function<Result<std::size_t>(std::span<char>)>;

struct StreamBody {
  BodyStream read = {};
  std::optional<std::uint64_t> size = {};  ///< nothing: chunked
};

struct ServerResponse {
  int status = 200;
  Headers headers = {};
  std::variant<std::string, FilePart, StreamBody> body = std::string();

  static ServerResponse text(int status, std::string body,
                             std::string_view type = "text/plain");
  static ServerResponse json(int status, std::string body);
};

/// The status that a client is told of an error by. What is corrupt counts as
/// the client's own (400).
int status_for(Code code) noexcept;

class ServerRequest {
 public:
  std::string method = {};
  std::string target = {};  ///< as it stood in the request line
  std::string path = {};    ///< the part before '?', still encoded
  Query query = {};         ///< decoded
  Headers headers = {};
  std::string peer = {};  ///< address without port
  std::string body = {};  ///< unless it went to a sink
  std::uint64_t body_bytes = 0;
  /// Whatever on_head wants handle to know.
  std::any context = {};

  /// The value of a query parameter; nothing when absent.
  std::optional<std::string_view> param(std::string_view name) const;

  // For on_head only:
  /// The body may have this many bytes (default: ServerOptions::max_body).
  void limit_body(std::uint64_t bytes) { max_body_ = bytes; }

  /// The body goes here instead of into memory. The sink is destroyed before
  /// `handle` runs unless on_head keeps it in `context` too.
  void stream_body(std::shared_ptr<BodySink> sink) { sink_ = std::move(sink); }

 private:
  friend class ServerExchange;
  std::optional<std::uint64_t> max_body_;
  std::shared_ptr<BodySink> sink_;
};

/// Runs on connection threads, several at a time. Exceptions become 500.
class Handler {
 public:
  virtual ~Handler() = default;

  /// After the header, before the body. An answer given here is sent at once
  /// and the body is not read; otherwise the body is read, then handle() runs.
  virtual std::optional<ServerResponse> on_head(ServerRequest& request) {
    (void)request;
    return std::nullopt;
  }

  /// After the whole body.
  virtual ServerResponse handle(ServerRequest& request) = 0;
};

struct ServerOptions {
  std::string host = "127.0.0.1";  ///< address to listen on; "::1" for IPv6
  std::uint16_t port = 0;          ///< 0: any free one
  unsigned max_connections = 1024;
  unsigned max_per_address = 128;  ///< loopback is exempt
  std::size_t max_header_bytes = 64 * 1024;
  unsigned max_header_fields = 100;
  std::size_t max_target = 8 * 1024;
  std::uint64_t max_body = std::uint64_t{8} << 20;
  std::chrono::seconds header_deadline{10};
  std::chrono::seconds idle_timeout{60};  ///< keep-alive, and stalled writes
  std::uint64_t min_body_rate = 1024;     ///< bytes a second after 10 s
  /// Whether a Host field may come in (DNS rebinding). Unset: localhost,
  /// loopback addresses and the address that was bound. The answer is 421.
  std::function<bool(std::string_view host_without_port)> host_allowed = {};
  std::string server_name = "hug";  ///< the Server field
};

class Server {
 public:
  /// Binds and starts to accept. The handler must outlive the server. Errors:
  /// kBusy when the port is taken, kUsage for a bad address, kIo.
  static Result<std::unique_ptr<Server>> start(ServerOptions options,
                                               Handler& handler);
  ~Server();  // drain(0)
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;

  std::uint16_t port() const noexcept;
  /// "http://127.0.0.1:8080"
  std::string url() const;
  /// Stops accepting, lets requests in flight finish until the deadline, then
  /// cuts what is left. True when nothing had to be cut.
  bool drain(std::chrono::milliseconds deadline);
  /// Requests being worked on.
  unsigned active() const noexcept;
  /// Open connections.
  unsigned connections() const noexcept;

 private:
  struct State;
  explicit Server(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

struct FileAnswer {
  FileHandlePtr file = {};
  std::uint64_t size = 0;
  std::string etag = {};  ///< with quotes; empty: none
  std::optional<base::Time> modified = {};
  std::string type = "application/octet-stream";
  Headers headers = {};  ///< more fields
};

/// GET and HEAD of a file: ranges (206, 416), If-Range, If-None-Match and
/// If-Modified-Since (304), If-Match (412), Accept-Ranges.
ServerResponse serve_file(const ServerRequest& request, FileAnswer answer);

}  // namespace hug::http
