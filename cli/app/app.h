// What a command gets: the output, the library's context, and a hub when it
// asks for one. Made once by main.
//
// Enters: the parsed global options and the environment. Leaves: a Context
// and a Hub that follow them; with --endpoint file:DIR (or HF_ENDPOINT) the
// hub of that directory runs inside this process.
#pragma once
// clang-format off
#include <memory>
#include <optional>
#include <stop_token>
#include <string>

#include "hug/context.h"
#include "hug/hub.h"
#include "out/out.h"
#include "out/progress.h"
#include "spec/args.h"

namespace hug::cli {

class App {
 public:
  App(const Command& root, Out& out, const Args& args, std::stop_token stop);
  ~App();
  App(const App&) = delete;
  App& operator=(const App&) = delete;

  Out& out() { return out_; }

  const Command& root() const { return root_; }

  bool as_hf() const { return out_.options().as_hf; }

  /// A snapshot of the environment and the program's events, log and stop.
  /// An embedded hub, if asked for, is running. Errors: of starting it.
  Result<Context*> context();
  /// The hub of --endpoint, with --token, --retries and so on. Nothing is sent
  /// by making it.
  Result<Hub*> hub();

  std::stop_token stop() const { return stop_; }

  /// The exit status of a command that ends well: what it found. 0 unless set.
  void leave_with(int status) { status_ = status; }
  int status() const { return status_; }

  /// "" unless set. Also before context().
  static std::string environment(std::string_view name);

 private:
  struct Parts;
  Result<void> start_embedded(const std::string& dir,
                              Context::Options& options);

  const Command& root_;
  Out& out_;
  const Args& args_;
  std::stop_token stop_;
  int status_ = 0;
  Progress progress_;
  std::unique_ptr<Parts> parts_;
};

/// The output as the global options and the environment want it.
Out::Options output_options(const Args& args, Out& out, bool as_hf);
/// Before the command line is understood: the format by a plain look at it.
Mode guess_mode(const std::vector<std::string>& words);
/// The two format options contradict each other, or other odd combinations.
Result<void> check_globals(const Args& args);

}  // namespace hug::cli
