// The syntax tree of a template. Two node types, each tagged with what it is:
// the language is small, and the interpreter is one switch over each.
#pragma once

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "text/jinja/value.h"

namespace hug::text::jinja {

struct Position {
  std::uint32_t line = 1;
  std::uint32_t column = 1;
};

struct Expression;
using ExpressionPtr = std::unique_ptr<Expression>;

struct Expression {
  enum class Kind : std::uint8_t {
    kLiteral,    // value
    kName,       // name
    kList,       // children
    kTuple,      // children
    kDict,       // children: key, value, key, value ...
    kAttribute,  // children[0] . name
    kIndex,      // children[0] [ children[1] ]
    kSlice,      // children[0] [ children[1] : [2] : [3] ], null when absent
    kCall,       // children[0] ( children[1..], named )
    kFilter,     // children[0] | name ( children[1..], named )
    kTest,       // children[0] is name ( children[1..], named )
    kUnary,      // name: "-" "+" "not"
    kBinary,     // name: operator
    kCompare,    // children, operators between them in `operators`
    kCondition,  // children[0] if children[1] else children[2] (or null)
  };
  Kind kind;
  Position at;
  std::string name = {};
  Value value = {};
  std::vector<ExpressionPtr> children = {};
  std::vector<std::pair<std::string, ExpressionPtr>> named = {};
  std::vector<std::string> operators = {};
};

struct Statement;
using Body = std::vector<Statement>;

struct Parameter {
  std::string name;
  ExpressionPtr fallback;  // null when required
};

struct Statement {
  enum class Kind : std::uint8_t {
    kText,      // text
    kPrint,     // expression
    kIf,        // expression, body, otherwise
    kFor,       // targets in expression [if filter]: body, else otherwise
    kSet,       // targets (or name.attribute) = expression
    kSetBlock,  // targets: body, through `expression` as filters if present
    kMacro,     // name(parameters): body
    kFilter,    // body through expression
    kBlock,     // body in a scope of its own (with, generation)
    kBreak,
    kContinue,
  };
  Kind kind;
  Position at;
  std::string text = {};  // kText; kMacro: name
  std::vector<std::string> targets = {};
  std::string attribute = {};  // `set targets[0].attribute`
  ExpressionPtr expression = nullptr;
  ExpressionPtr filter = nullptr;
  std::vector<Parameter> parameters = {};
  std::vector<std::pair<std::string, ExpressionPtr>> bindings = {};  // with
  Body body = {};
  Body otherwise = {};
};

}  // namespace hug::text::jinja
