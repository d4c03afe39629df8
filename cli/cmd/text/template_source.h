// The chat template that a command is pointed at: a .jinja file, or the one in
// a model's files.
#pragma once

#include "app/app.h"
#include "hug/chat_template.h"
#include "spec/command.h"

namespace hug::cli::cmd {

inline constexpr Option kTemplateTarget{
    .name = "target",
    .kind = Kind::kPositional,
    .value = "TARGET",
    .help =
        "A .jinja file, a gguf file, a model's folder, hf://... or "
        "owner/name[:QUANT].",
    .required = true,
    .complete = Complete::kModel};

/// The templates of the target, and the texts of its special tokens.
/// Errors: kNotFound when it has none.
Result<ModelText> open_templates(App& app, const Args& args);

}  // namespace hug::cli::cmd
