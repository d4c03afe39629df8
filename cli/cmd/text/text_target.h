// What `tokenize`, `detokenize` and `template` are pointed at.
#pragma once

#include "app/app.h"
#include "hug/file_set.h"
#include "hug/tokenizer.h"
#include "spec/command.h"

namespace hug::cli::cmd {

inline constexpr Option kTextTarget{
    .name = "target",
    .kind = Kind::kPositional,
    .value = "TARGET",
    .help =
        "A gguf file, a tokenizer.json, a model's folder, hf://... or "
        "owner/name[:QUANT].",
    .required = true,
    .complete = Complete::kModel};

inline constexpr Option kTextRevision{
    .name = "revision",
    .kind = Kind::kValue,
    .value = "REV",
    .help = "Branch, tag or commit of a repository on a hub.",
    .complete = Complete::kRevision};

/// The files that tell a model's tokenizer and templates: the gguf file where
/// the target is or names one, else the folder or repository.
Result<FileSetPtr> open_text_target(App& app, const Args& args);

}  // namespace hug::cli::cmd
