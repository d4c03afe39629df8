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

/// While one is alive, Ctrl-C stops what is being done and not the program:
/// the token of the last arm(). A second Ctrl-C before the next arm() ends the
/// program. One at a time; needs Signals.
class Interrupts {
 public:
  Interrupts();
  ~Interrupts();
  Interrupts(const Interrupts&) = delete;
  Interrupts& operator=(const Interrupts&) = delete;

  std::stop_token arm();
  /// Whether Ctrl-C came since arm().
  static bool seen();
  /// Lets the program end as if Ctrl-C had ended it.
  static void give_up();
};

}  // namespace hug::cli
