// Runs a syntax tree. Every evaluation costs steps, every text costs its
// length, nesting is bounded: a hostile template ends with an error.
#pragma once

#include <chrono>
#include <map>
#include <optional>
#include <string>
#include <unordered_map>

#include "text/jinja/syntax/ast.h"

namespace hug::text::jinja {

struct Limits {
  std::uint64_t steps = 5'000'000;
  std::size_t output = 16u << 20;
  int call_depth = 100;
};

using Scope = std::map<std::string, Value, std::less<>>;

struct Interpreter {
  Limits limits = {};
  std::optional<std::chrono::sys_seconds> now = {};

  std::uint64_t steps = 0;
  int depth = 0;
  /// scopes[0]: globals, scopes[1]: the template, then loops and macros.
  std::vector<Scope> scopes = {};

  /// Runs the body, appending to `out`.
  enum class Flow : std::uint8_t { kNext, kBreak, kContinue };
  Result<Flow> run(const Body& body, Text& out);
  Result<Value> evaluate(const Expression& e);
  Result<Value> call(const Value& callee, Arguments& arguments);
  /// The value of a filter chain whose innermost input (a null child) is
  /// `text`.
  Result<Value> filter_text(const Expression& filter, Text text);

  /// Takes steps from the budget.
  Result<void> spend(std::uint64_t n);
  /// A string value, paid for and within the output limit.
  Result<Value> make_string(Text text);
  /// The items a for loop visits; keys of a dict, characters of a string.
  Result<std::vector<Value>> iterate(const Value& value);
  Value lookup(std::string_view name) const;
};

// The three tables a template can reach by name; unknown names are errors.
Result<Value> apply_filter(Interpreter& in, std::string_view name,
                           const Value& value, Arguments& arguments);
Result<bool> apply_test(Interpreter& in, std::string_view name,
                        const Value& value, Arguments& arguments);
/// value.name for str, list, dict and loop; undefined where there is none.
Value find_attribute(const Value& value, std::string_view name);
/// Adds namespace, range, raise_exception, strftime_now, dict, cycler, joiner.
void add_globals(Scope& scope);

// Operations on strings that filters and methods share.
enum class Side : std::uint8_t { kLeft = 1, kRight = 2, kBoth = 3 };
Text strip(const Text& text, std::string_view set, Side side);
Text replace_all(const Text& text, const Text& from, const Text& to,
                 std::int64_t count);
/// HTML entities for & < > " and '; text that is markup stays.
Text escape_html(const Text& text);
Text change_case(const Text& text, std::string_view how);
Result<Value> join(Interpreter& in, const std::vector<Value>& items,
                   const Text& separator);

}  // namespace hug::text::jinja
