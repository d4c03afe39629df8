// A server on loopback that answers as a test tells it and remembers what it
// was asked.
#pragma once

#include <doctest/doctest.h>

#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "http/server/server.h"

namespace hug::test {

class CannedHub final : public http::Handler {
 public:
  using Answer = std::function<http::ServerResponse(http::ServerRequest&)>;

  CannedHub() {
    auto server = http::Server::start({}, *this);
    REQUIRE(server.has_value());
    server_ = std::move(*server);
  }

  ~CannedHub() override { server_.reset(); }

  std::string url() const { return server_->url(); }

  /// For "GET /api/x" (the path as it was sent, without the query).
  void on(const std::string& request, Answer answer) {
    const std::lock_guard lock(mutex_);
    answers_[request] = std::move(answer);
  }

  void on(const std::string& request, int status, const std::string& json) {
    on(request, [status, json](auto&) {
      return http::ServerResponse::json(status, json);
    });
  }

  /// "GET /api/x?y=z" of every request so far, in order.
  std::vector<std::string> requests() const {
    const std::lock_guard lock(mutex_);
    return requests_;
  }

  std::string last_body() const {
    const std::lock_guard lock(mutex_);
    return last_body_;
  }

  void forget() {
    const std::lock_guard lock(mutex_);
    requests_.clear();
  }

  http::ServerResponse handle(http::ServerRequest& request) override {
    Answer answer;
    {
      const std::lock_guard lock(mutex_);
      requests_.push_back(request.method + " " + request.target);
      if (!request.body.empty()) last_body_ = request.body;
      const auto found = answers_.find(request.method + " " + request.path);
      if (found != answers_.end()) answer = found->second;
    }
    if (answer) return answer(request);
    return http::ServerResponse::json(404, R"({"error":"nothing here"})");
  }

 private:
  mutable std::mutex mutex_;
  std::map<std::string, Answer> answers_;
  std::vector<std::string> requests_;
  std::string last_body_;
  std::unique_ptr<http::Server> server_;
};

/// An answer with the Hub's own error fields.
inline http::ServerResponse hub_refusal(int status, const std::string& code,
                                        const std::string& message) {
  auto answer =
      http::ServerResponse::json(status, "{\"error\":\"" + message + "\"}");
  if (!code.empty()) answer.headers.set("X-Error-Code", code);
  answer.headers.set("X-Error-Message", message);
  return answer;
}

}  // namespace hug::test
