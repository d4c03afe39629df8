// `value | name(...)`: the filters, in a table for each kind of work.
#pragma once

#include <span>
#include <string_view>

#include "text/jinja/interpreter.h"

namespace hug::text::jinja {

struct Filter {
  std::string_view name;
  Result<Value> (*apply)(Interpreter&, const Value&, Arguments&);
};

std::span<const Filter> text_filters();
std::span<const Filter> number_filters();
std::span<const Filter> sequence_filters();
std::span<const Filter> keyed_filters();

/// "filter 'name' what".
Error filter_error(std::string_view name, std::string_view what);
/// `a.b` of the item, or item 0 of a list where the path says 0; undefined
/// where there is none.
Value attribute_path(Value item, const Value& attribute);

}  // namespace hug::text::jinja
