// The inside of hug::Context.
#pragma once

#include <memory>
#include <stop_token>
#include <string>

#include "hug/context.h"
#include "sys/clock.h"
#include "sys/env.h"
#include "sys/fs.h"

namespace hug {

struct Context::Parts {
  sys::Env env;                 // snapshot
  std::shared_ptr<sys::Fs> fs;  // the real one unless a test replaced it
  std::shared_ptr<sys::Clock> clock;
  std::stop_token stop = {};
  EventSink* events = nullptr;
  LogSink* log_sink = nullptr;

  void emit(const Event& event) const noexcept {
    if (events != nullptr) events->on_event(event);
  }

  void log(LogLevel level, std::string_view line) const noexcept {
    if (log_sink != nullptr) log_sink->on_log(level, line);
  }

  /// kCancelled once the stop token was triggered.
  Result<void> check_stop() const;
};

}  // namespace hug
