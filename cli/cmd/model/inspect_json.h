// What inspect tells, for scripts.
#pragma once

#include <string>

#include "hug/fit.h"
#include "hug/inspect.h"
#include "out/value.h"

namespace hug::cli::cmd {

/// `name`: of the target, as given.
Value inspection_json(const std::string& name, const Inspection& m,
                      const RecipeMatch& recipe);

}  // namespace hug::cli::cmd
