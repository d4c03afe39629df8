// Other engines: what outgrows this one goes to an installed llama.cpp or
// vLLM, or to an endpoint.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "cmd/run/speaker.h"

namespace hug::cli::cmd {

/// The speaker that --engine names. Where the engine has a program that takes
/// over the terminal (llama-cli), this process becomes it and never returns.
/// `prompt`: nothing in a chat.
/// Errors: kUsage for a name that is none, kNotFound when it is not installed,
/// those of resolving and fetching the model, kFailure when it does not start.
Result<std::unique_ptr<Speaker>> hand_over(
    App& app, const Args& args, const std::optional<std::string>& prompt);

}  // namespace hug::cli::cmd
