// What the commands that look into models are pointed at.
#pragma once

#include <string>

#include "app/app.h"
#include "hug/file_set.h"
#include "hug/repo.h"
#include "spec/command.h"

namespace hug::cli::cmd {

inline constexpr Option kModelTarget{
    .name = "target",
    .kind = Kind::kPositional,
    .value = "TARGET",
    .help = "A file or folder, hf://..., or owner/name[:QUANT] on a hub.",
    .required = true,
    .complete = Complete::kModel};

inline constexpr Option kModelRevision{
    .name = "revision",
    .kind = Kind::kValue,
    .value = "REV",
    .help = "Branch, tag or commit of a repository on a hub.",
    .complete = Complete::kRevision};

struct ModelTarget {
  std::string name = {};
  FileSetPtr files = {};
  std::string gguf = {};  ///< the gguf file that is meant; empty: none is named
  bool remote = false;
  std::string repository = {};  ///< "owner/name" of a remote one, as the next
  std::string repository_name = {};
  std::string commit = {};
  RepoId repo = {};
};

/// What an unnamed model of a folder or repository is.
enum class Unnamed : std::uint8_t {
  kModel,     // its checkpoint, else the gguf file that is usually wanted
  kAllFiles,  // everything
};

/// A gguf file beside its other parts, or a folder or repository with the gguf
/// file that ":QUANT" chooses. Errors: kNotFound, those of the hub.
Result<ModelTarget> open_model_target(App& app, const Args& args,
                                      Unnamed unnamed = Unnamed::kModel);

}  // namespace hug::cli::cmd
