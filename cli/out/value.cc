#include "out/value.h"

#include <charconv>
#include <cmath>

namespace hug::cli {

namespace {

const Value kNull;
const std::string kNoText;
const Value::Array kNoItems;
const Value::Object kNoMembers;

std::string number_text(double value) {
  if (!std::isfinite(value)) return "null";
  char buffer[40];
  const auto end = std::to_chars(buffer, buffer + sizeof buffer, value).ptr;
  std::string text(buffer, end);
  // Python shows a float as one: 1.0, and exponents from 1e16 on.
  if (text.find_first_of(".e") == text.npos) text += ".0";
  return text;
}

std::string python_repr(const Value& value) {
  if (!value.is_string()) return value.python_str();
  const std::string& text = value.as_string();
  const bool single =
      text.find('\'') == text.npos || text.find('"') != text.npos;
  const char quote = single ? '\'' : '"';
  std::string out(1, quote);
  for (char c : text) {
    if (c == '\\' || c == quote) out += '\\';
    if (c == '\n') {
      out += "\\n";
    } else {
      out += c;
    }
  }
  return out + quote;
}

}  // namespace

Value Value::strings(const std::vector<std::string>& values) {
  Array array;
  for (const std::string& value : values)
    array.emplace_back(value);
  return array;
}

Value Value::text_or_null(std::string_view text) {
  return text.empty() ? Value() : Value(text);
}

bool Value::is_number() const {
  return std::holds_alternative<std::int64_t>(data_) ||
         std::holds_alternative<std::uint64_t>(data_) ||
         std::holds_alternative<double>(data_);
}

bool Value::as_bool() const {
  const bool* value = std::get_if<bool>(&data_);
  return value != nullptr && *value;
}

std::int64_t Value::as_integer() const {
  if (const auto* value = std::get_if<std::int64_t>(&data_)) return *value;
  if (const auto* value = std::get_if<std::uint64_t>(&data_)) {
    return *value > INT64_MAX ? 0 : static_cast<std::int64_t>(*value);
  }
  const double value = as_double();
  return std::fabs(value) < 9e15 ? static_cast<std::int64_t>(value) : 0;
}

double Value::as_double() const {
  if (const auto* value = std::get_if<double>(&data_)) return *value;
  if (const auto* value = std::get_if<std::int64_t>(&data_)) {
    return static_cast<double>(*value);
  }
  if (const auto* value = std::get_if<std::uint64_t>(&data_)) {
    return static_cast<double>(*value);
  }
  return 0;
}

const std::string& Value::as_string() const {
  const auto* value = std::get_if<std::string>(&data_);
  return value == nullptr ? kNoText : *value;
}

const Value::Array& Value::items() const {
  const auto* value = std::get_if<Array>(&data_);
  return value == nullptr ? kNoItems : *value;
}

const Value::Object& Value::members() const {
  const auto* value = std::get_if<Object>(&data_);
  return value == nullptr ? kNoMembers : *value;
}

const Value* Value::find(std::string_view key) const {
  for (const auto& [name, value] : members()) {
    if (name == key) return &value;
  }
  return nullptr;
}

const Value& Value::operator[](std::string_view key) const {
  const Value* value = find(key);
  return value == nullptr ? kNull : *value;
}

Value& Value::set(std::string_view key, Value value) {
  if (!is_object()) data_ = Object();
  auto& members = std::get<Object>(data_);
  for (auto& [name, old] : members) {
    if (name == key) {
      old = std::move(value);
      return *this;
    }
  }
  members.emplace_back(std::string(key), std::move(value));
  return *this;
}

void Value::push(Value value) {
  if (!is_array()) data_ = Array();
  std::get<Array>(data_).push_back(std::move(value));
}

Value Value::without_nulls() const {
  if (is_array()) {
    Array kept;
    for (const Value& value : items())
      kept.push_back(value.without_nulls());
    return kept;
  }
  if (!is_object()) return *this;
  Object kept;
  for (const auto& [key, value] : members()) {
    if (!value.is_null()) kept.emplace_back(key, value.without_nulls());
  }
  return kept;
}

std::string Value::python_str() const {
  if (is_string()) return as_string();
  if (is_null()) return "None";
  if (is_bool()) return as_bool() ? "True" : "False";
  if (const auto* value = std::get_if<std::int64_t>(&data_)) {
    return std::to_string(*value);
  }
  if (const auto* value = std::get_if<std::uint64_t>(&data_)) {
    return std::to_string(*value);
  }
  if (const auto* value = std::get_if<double>(&data_)) {
    return number_text(*value);
  }
  std::string out = is_array() ? "[" : "{";
  bool first = true;
  auto separate = [&] {
    if (!first) out += ", ";
    first = false;
  };
  for (const Value& value : items()) {
    separate();
    out += python_repr(value);
  }
  for (const auto& [key, value] : members()) {
    separate();
    out += python_repr(Value(key)) + ": " + python_repr(value);
  }
  return out + (is_array() ? "]" : "}");
}

}  // namespace hug::cli
