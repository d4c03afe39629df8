// What expressions do with values once they are known: operators, comparisons,
// indices, slices and attributes, with Python's results and Python's errors.
// Errors: kUsage for what the types do not allow, kLimit for what grows beyond
// the interpreter's limits.
#pragma once

#include <string>
#include <string_view>

#include "text/jinja/interpreter.h"

namespace hug::text::jinja {

/// `a op b` for + - * / // % ** and ~.
Result<Value> apply_binary(Interpreter& in, std::string_view op, const Value& a,
                           const Value& b);
/// `op v` for + - and not.
Result<Value> apply_unary(std::string_view op, const Value& v);
/// `a op b` for == != < > <= >=, in and not in.
Result<bool> holds(Interpreter& in, std::string_view op, const Value& a,
                   const Value& b);

/// value[key]; undefined where there is no such item.
Result<Value> take_index(Interpreter& in, const Value& value, const Value& key);
/// value[from:to:by]; a bound may be null, none or undefined: left out.
Result<Value> take_slice(Interpreter& in, const Value& value, const Value* from,
                         const Value* to, const Value* by);
/// value.name: an attribute, else the item of that key, else undefined.
Result<Value> take_attribute(const Value& value, const std::string& name);

/// What is said where an undefined value cannot be used. Requires
/// v.is_undefined().
Error undefined_error(const Value& v);

}  // namespace hug::text::jinja
