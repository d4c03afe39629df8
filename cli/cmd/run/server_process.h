// A server of another engine, started for as long as it is needed.
#pragma once

#include <sys/types.h>

#include <stop_token>
#include <string>
#include <vector>

#include "hug/result.h"

namespace hug::cli::cmd {

class ServerProcess {
 public:
  /// Starts a program on a free port of this machine. In `words` "{port}"
  /// stands for the port. Its output is shown only when `shown`.
  /// Errors: kNotFound, kIo.
  static Result<ServerProcess> start(std::vector<std::string> words,
                                     bool shown);
  ServerProcess(ServerProcess&& other) noexcept;
  ServerProcess& operator=(ServerProcess&&) = delete;
  ~ServerProcess();  // ends it

  /// Waits until it answers /health. Errors: kFailure when it ends before,
  /// kTimeout, kCancelled.
  Result<void> wait_ready(std::stop_token stop) const;
  std::string url() const;

 private:
  ServerProcess(std::string name, pid_t pid, int port)
      : name_(std::move(name)), pid_(pid), port_(port) {}

  std::string name_;
  mutable pid_t pid_;
  int port_;
};

/// The path of a program on PATH; empty when it is not installed.
std::string find_program(const std::string& path, const std::string& name);
/// Becomes another program. Returns only to say why that failed.
Error become(const std::string& program, std::vector<std::string> words);

}  // namespace hug::cli::cmd
