// Events of a transfer: one item's progress, told often enough for a bar and
// seldom enough to cost nothing.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

#include "hug/error.h"
#include "sys/context.h"

namespace hug::transfer {

/// Threads may advance one item together.
class ItemProgress {
 public:
  ItemProgress(const Context::Parts& parts, std::uint64_t id, std::string name,
               std::uint64_t total);

  void start(std::uint64_t reused = 0);
  void add(std::uint64_t bytes);
  /// Back to this many, before something is done again.
  void reset(std::uint64_t bytes = 0);
  void state(std::string_view text);
  void retry(const Error& error);
  void done();
  void failed(const Error& error);

 private:
  void tell(Event::Kind kind, std::string_view text = {}) const;

  const Context::Parts* parts_;
  std::uint64_t id_;
  std::string name_;
  std::uint64_t total_;
  std::uint64_t reused_ = 0;
  std::atomic<std::uint64_t> done_{0};
  std::atomic<std::uint64_t> told_{0};
};

void note(const Context::Parts& parts, std::string_view text);
void warn(const Context::Parts& parts, std::string_view text);

}  // namespace hug::transfer
