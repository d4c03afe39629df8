// One exchange on one connection: what stands between Client and libcurl.
#pragma once

#include <cstdint>
#include <memory>
#include <mutex>
#include <stop_token>
#include <string>
#include <vector>

#include "http/client/client.h"
#include "http/client/throttle.h"

namespace hug::http {

/// One request without redirects, and where its parts go.
struct WireRequest {
  std::string method = {};
  Url url = {};
  Headers headers = {};  // complete, Authorization included
  BodySource* body = nullptr;
  BodySink* sink = nullptr;    // for 2xx answers
  std::uint64_t max_body = 0;  // for bodies in memory
  bool compressed = false;
  bool keep_body = true;  // false: the body of the answer is dropped
  Timeouts timeouts = {};
  const std::function<void(std::uint64_t)>* on_sent = nullptr;
};

struct WireReply {
  ResponseHead head = {};
  std::string body = {};
  std::uint64_t received = 0;  // body bytes, decoded
  std::uint64_t sent = 0;      // body bytes
  long connects = 0;           // new connections
};

/// A libcurl multi handle with one easy handle and its idle connections. Used
/// by one thread at a time.
class Wire {
 public:
  struct Shared;  // name and TLS session caches of all wires

  Wire(const ClientOptions& options, Throttle& throttle, Shared& shared);
  ~Wire();
  Wire(const Wire&) = delete;
  Wire& operator=(const Wire&) = delete;

  Result<WireReply> run(const WireRequest& request, std::stop_token stop);

  /// The origin of the last request: a connection to it may be open.
  const Origin& last_origin() const noexcept { return last_origin_; }

 private:
  class Run;
  struct Handles;

  const ClientOptions& options_;
  Throttle& throttle_;
  std::unique_ptr<Handles> handles_;
  Origin last_origin_;
};

/// Hands out wires: one that talked to the origin last, if there is one.
class WirePool {
 public:
  WirePool(const ClientOptions& options, Throttle& throttle);
  ~WirePool();

  /// Errors: kUnsupported when there is no libcurl.
  Result<std::unique_ptr<Wire>> take(const Origin& origin);
  void give_back(std::unique_ptr<Wire> wire);

 private:
  const ClientOptions& options_;
  Throttle& throttle_;
  std::mutex mutex_;
  std::unique_ptr<Wire::Shared> shared_;     // made with the first wire
  std::vector<std::unique_ptr<Wire>> idle_;  // last used last
};

}  // namespace hug::http
