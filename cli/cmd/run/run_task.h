// What `run` does with models that do not write: embeddings, labels, masked
// words, translations.
#pragma once

#include <string>

#include "app/app.h"
#include "hug/generate.h"
#include "hug/model.h"

namespace hug::cli::cmd {

/// Errors: those of the model's task.
Result<void> run_task(App& app, const LocalModel& model,
                      const std::string& text, const GenerateOptions& options);

}  // namespace hug::cli::cmd
