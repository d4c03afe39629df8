// The model that `run` and `eval` are pointed at, loaded.
#pragma once

#include <string>

#include "app/app.h"
#include "hug/model.h"
#include "spec/command.h"

namespace hug::cli::cmd {

inline constexpr Option kRunTarget{
    .name = "target",
    .kind = Kind::kPositional,
    .value = "TARGET",
    .help =
        "A gguf file, a folder with one or with a checkpoint, hf://... or "
        "owner/name[:QUANT]; brought into the cache if need be.",
    .required = true,
    .complete = Complete::kModel};

inline constexpr Option kThreads{
    .name = "threads",
    .letter = 't',
    .kind = Kind::kValue,
    .type = Type::kInteger,
    .value = "N",
    .help = "Threads that compute; all cores when 0.",
    .fallback = "0",
    .maximum = 1024,
    .env = "HUG_THREADS"};

inline constexpr Option kQuantizeAtLoad{
    .name = "quantize",
    .kind = Kind::kValue,
    .value = "TYPE",
    .help = "Quantize the weights while they are loaded: q8_0, q4_k ..."};

inline constexpr std::string_view kLoads[] = {"auto", "mmap", "large-pages",
                                              "lock"};

inline constexpr Option kLoad{
    .name = "load",
    .kind = Kind::kValue,
    .value = "HOW",
    .help =
        "Where the weights lie: mapped from the file, copied into large "
        "pages, or mapped and locked in memory.",
    .choices = kLoads,
    .fallback = "auto",
    .complete = Complete::kChoices};

struct LocalTarget {
  std::string name;  // for messages
  std::string path;  // of the gguf file or checkpoint on this machine
  LocalModel model;
};

/// Errors: kNotFound, kUnsupported with what to do instead, those of the hub.
Result<LocalTarget> load_local_target(App& app, const Args& args);
/// The same for a target that another argument names.
Result<LocalTarget> load_local_target(App& app, const Args& args,
                                      const std::string& name);
/// Without tokenizer and text: for commands that give it ids.
Result<LocalTarget> load_target_of_ids(App& app, const Args& args);

}  // namespace hug::cli::cmd
