// The chat template that a command is pointed at: a .jinja file, or the one in
// a model's files.
#pragma once

#include "app/app.h"
#include "hug/chat_template.h"

namespace hug::cli::cmd {

/// The templates of the target, and the texts of its special tokens.
/// Errors: kNotFound when it has none.
Result<ModelText> open_templates(App& app, const Args& args);

/// A local file's text, or standard input's for "-".
Result<std::string> read_text_file(const std::string& path);

}  // namespace hug::cli::cmd
