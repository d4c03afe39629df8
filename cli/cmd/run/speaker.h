// Who answers: the model on this machine, or an endpoint elsewhere.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include "app/app.h"
#include "cmd/run/conversation.h"
#include "cmd/run/local_target.h"
#include "hug/generate.h"
#include "hug/session.h"

namespace hug::cli::cmd {

struct Reply {
  std::string text = {};       ///< what was said
  std::string reasoning = {};  ///< what was thought
  std::vector<TokenId> tokens = {};
  std::vector<TokenChoice> logprobs = {};
  std::string finish_reason = {};  ///< "stop", "length", "cancelled"
  Value timings = {};
  std::size_t dropped = 0;  ///< old questions that found no room any more
};

/// Gets what is said (or thought) as it comes; false stops.
using OnText = std::function<bool(std::string_view text, bool thought)>;

class Speaker {
 public:
  virtual ~Speaker() = default;

  /// Whether there is a chat template, or something like it.
  virtual bool converses() const = 0;
  /// Answers the last message. Questions that find no room any more are
  /// dropped from the conversation, the oldest first.
  virtual Result<Reply> answer(Conversation& conversation,
                               const GenerateOptions& options,
                               const OnText& on_text) = 0;
  /// Goes on with a text.
  virtual Result<Reply> continue_text(const std::string& text,
                                      const GenerateOptions& options,
                                      const OnText& on_text) = 0;
  /// For the first line of a chat.
  virtual std::string describe() const = 0;

  /// Keeps what was computed, with a note, and takes it up again.
  virtual Result<void> save(const std::string& path, const std::string& note);
  virtual Result<std::string> load(const std::string& path);
};

struct LocalSpeakerOptions {
  SessionOptions session = {};
  bool raw = false;
  std::optional<bool> think = {};  ///< enable_thinking of the template
};

Result<std::unique_ptr<Speaker>> make_local_speaker(
    LocalTarget target, const LocalSpeakerOptions& options);

}  // namespace hug::cli::cmd
