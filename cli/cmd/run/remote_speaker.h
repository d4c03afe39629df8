// An endpoint that speaks as OpenAI's: another engine, near or far.
#pragma once

#include <memory>
#include <string>

#include "cmd/run/speaker.h"

namespace hug::cli::cmd {

struct RemoteSpeakerOptions {
  std::string url = {};    ///< with or without /v1 at its end
  std::string model = {};  ///< as the endpoint calls it
  std::string token = {};  ///< empty: none is sent
  bool raw = false;        ///< no chat: /v1/completions
  std::optional<bool> think = {};
};

/// `args`: what was given is sent; of everything else the endpoint has its own
/// defaults. Errors: kUsage for options that no endpoint understands.
Result<std::unique_ptr<Speaker>> make_remote_speaker(
    App& app, const Args& args, const RemoteSpeakerOptions& options);

/// The token for engines, of the environment; empty without one.
std::string engine_token(const App& app);

}  // namespace hug::cli::cmd
