// Tokens to syntax tree.
#pragma once

#include <string_view>

#include "text/jinja/syntax/ast.h"

namespace hug::text::jinja {

/// Nesting is bounded at 128. Errors: kUsage with line and column.
Result<Body> parse(std::string_view source);

}  // namespace hug::text::jinja
