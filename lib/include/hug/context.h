// What every operation needs from its surroundings, passed explicitly: the
// environment as it was at the start, the stop token, where events and log
// lines go. A program makes one and hands it to everything.
#pragma once
// clang-format off
#include <map>
#include <memory>
#include <stop_token>
#include <string>
#include <string_view>

#include "hug/events.h"
#include "hug/export.h"
#include "hug/result.h"

namespace hug {

enum class LogLevel : std::uint8_t { kDebug, kInfo, kWarning, kError };

/// Receives log lines, from any thread. Secrets are masked before.
class HUG_EXPORT LogSink {
 public:
  virtual ~LogSink() = default;
  virtual void on_log(LogLevel level, std::string_view line) noexcept = 0;
};

class HUG_EXPORT Context {
 public:
  struct Options {
    /// Variables that hug reads (HF_TOKEN, HF_HOME ...). The process
    /// environment is not consulted unless from_process() is used.
    std::map<std::string, std::string, std::less<>> environment = {};
    std::stop_token stop = {};
    EventSink* events = nullptr;  ///< must outlive the context
    LogSink* log = nullptr;       ///< must outlive the context
  };

  explicit Context(Options options);
  /// Takes a snapshot of the process environment first; variables given in
  /// `options` win.
  static Context from_process(Options options);
  Context(Context&&) noexcept;
  Context& operator=(Context&&) noexcept;
  Context(const Context&) = delete;
  Context& operator=(const Context&) = delete;
  ~Context();

  struct Parts;  // lib/core/sys/context.h
  Parts& parts() const noexcept { return *parts_; }

 private:
  std::unique_ptr<Parts> parts_;
};

}  // namespace hug
