// Ctrl-C and its relatives. The first signal asks everything to stop; the
// second one ends the process at once.
#pragma once

#include <stop_token>
#include <thread>

namespace hug::cli {

class Signals {
 public:
  /// Catches SIGINT, SIGTERM and SIGHUP; ignores SIGPIPE (writes report it).
  Signals();
  ~Signals();
  Signals(const Signals&) = delete;
  Signals& operator=(const Signals&) = delete;

  std::stop_token token() const { return stop_.get_token(); }

  void request_stop() { stop_.request_stop(); }

  /// The signal that came, or 0.
  static int caught();
  /// Ends the process by that signal, so that a shell sees what happened.
  [[noreturn]] static void die_by(int signal);

 private:
  std::stop_source stop_ = {};
  std::jthread watcher_ = {};
};

}  // namespace hug::cli
