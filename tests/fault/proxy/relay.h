// Carries requests of one client connection to the hub and the answers back,
// doing to them what the plan says.
#pragma once

#include <cstdint>
#include <cstdio>
#include <mutex>

#include "plan.h"
#include "stream.h"

namespace hug::fault {

/// One line a request: what was done to it, what it was, whether it
/// showed a token, how many bytes of a body were sent.
class Log {
 public:
  explicit Log(std::FILE* file) : file_(file) {}

  void write(const Decision& decision, const RequestKey& key, bool token,
             std::uint64_t sent);

 private:
  std::mutex mutex_;
  std::FILE* file_;
};

/// Returns when the connection is over.
void relay(Stream client, std::uint16_t upstream, Plan& plan, Log& log);

}  // namespace hug::fault
