// The model that `run` and `eval` are pointed at, loaded.
#pragma once

#include <string>

#include "app/app.h"
#include "hug/chat_template.h"
#include "hug/model.h"
#include "spec/command.h"

namespace hug::cli::cmd {

inline constexpr Option kRunTarget{
    .name = "target",
    .kind = Kind::kPositional,
    .value = "TARGET",
    .help =
        "A gguf file, a folder with one, hf://... or owner/name[:QUANT]; "
        "brought into the cache if need be.",
    .required = true,
    .complete = Complete::kModel};

inline constexpr Option kThreads{
    .name = "threads",
    .letter = 't',
    .kind = Kind::kValue,
    .type = Type::kInteger,
    .value = "N",
    .help = "Threads that compute; all processors when 0.",
    .fallback = "0",
    .minimum = 0};

struct LocalTarget {
  std::string name;  // for messages
  LocalModel model;
  ModelText text;
};

/// Errors: kNotFound, kUnsupported with what to do instead, those of the hub.
Result<LocalTarget> load_local_target(App& app, const Args& args);

}  // namespace hug::cli::cmd
