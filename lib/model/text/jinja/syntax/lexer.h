// Splits template source into text, tags and the tokens inside tags, with the
// whitespace rules of trim_blocks and lstrip_blocks.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "text/jinja/syntax/ast.h"

namespace hug::text::jinja {

struct Token {
  enum class Kind : std::uint8_t {
    kText,        // template text
    kPrintBegin,  // {{
    kPrintEnd,    // }}
    kBlockBegin,  // {%
    kBlockEnd,    // %}
    kName,
    kString,
    kInteger,
    kReal,
    kOperator,
    kEnd,
  };
  Kind kind;
  std::string text;
  Position at;
};

/// Errors: kUsage with line and column.
Result<std::vector<Token>> lex(std::string_view source);

/// An error at a place in the template.
Error error_at(Position at, std::string message);
/// Adds the place to an error that has none yet.
Error locate(Error error, Position at);

}  // namespace hug::text::jinja
