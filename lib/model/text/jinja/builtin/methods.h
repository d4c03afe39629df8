// The methods of strings, dicts and lists. Each call takes one of the names
// that its question knows.
#pragma once

#include <memory>
#include <string_view>

#include "text/jinja/interpreter.h"

namespace hug::text::jinja {

bool is_string_method(std::string_view name);
Result<Value> string_method(Interpreter& in, const Text& t,
                            std::string_view name, Arguments& a);

bool is_dict_method(std::string_view name);
Result<Value> dict_method(Interpreter& in, const std::shared_ptr<Dict>& d,
                          std::string_view name, Arguments& a);

bool is_list_method(std::string_view name);
Result<Value> list_method(Interpreter& in, const std::shared_ptr<List>& l,
                          std::string_view name, Arguments& a);

/// "name() takes what".
Error method_error(std::string_view name, std::string_view what);

}  // namespace hug::text::jinja
