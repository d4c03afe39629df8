// The chat in a terminal.
#pragma once

#include <string>

#include "app/app.h"
#include "cmd/run/conversation.h"
#include "cmd/run/speaker.h"

namespace hug::cli::cmd {

struct ChatOptions {
  GenerateOptions generate = {};
  std::string system = {};
  std::string session = {};  ///< file; empty: none
  double ready_seconds = 0;
};

/// Talks until the person leaves. Errors: those of the session file; errors of
/// single answers are shown.
Result<void> chat(App& app, Speaker& speaker, ChatOptions options);

/// What a session file holds beside the model's state.
struct SessionNote {
  Conversation conversation = {};
  std::string text = {};  ///< of a model without a template

  std::string to_text() const;
  /// Errors: kUsage for what is no note.
  static Result<SessionNote> parse(const std::string& text);
};

/// Takes up a session where the file is there. Errors: of Session::load.
Result<SessionNote> load_session(Speaker& speaker, const std::string& path);

/// For a model without a template that is given --system.
Error no_place_for_system();

/// "58 tokens, 26.1 t/s, first after 0.11 s"
std::string stats_line(const Value& timings);

}  // namespace hug::cli::cmd
