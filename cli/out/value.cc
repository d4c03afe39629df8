#include "out/value.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <limits>
#include <nlohmann/json.hpp>

#include "hug/text.h"

namespace hug::cli {

namespace {

const Value kNull;
const std::string kNoText;
const Value::Array kNoItems;
const Value::Object kNoMembers;

constexpr int kDeepest = 200;

// Builds a Value from SAX events, so that depth can be bounded.
class Builder final : public nlohmann::json_sax<nlohmann::ordered_json> {
 public:
  bool null() override { return add({}); }

  bool boolean(bool value) override { return add(value); }

  bool number_integer(number_integer_t value) override {
    return add(static_cast<std::int64_t>(value));
  }

  bool number_unsigned(number_unsigned_t value) override {
    return add(static_cast<std::uint64_t>(value));
  }

  bool number_float(number_float_t value, const string_t&) override {
    return add(value);
  }

  bool string(string_t& value) override { return add(std::move(value)); }

  bool binary(binary_t&) override { return false; }

  bool start_object(std::size_t) override { return open(Value::object()); }

  bool key(string_t& value) override {
    stack_.back().key = std::move(value);
    return true;
  }

  bool end_object() override { return close(); }

  bool start_array(std::size_t) override { return open(Value::array()); }

  bool end_array() override { return close(); }

  bool parse_error(std::size_t at, const std::string&,
                   const nlohmann::detail::exception&) override {
    failed_at = at;
    return false;
  }

  Value root = {};
  std::size_t failed_at = 0;

 private:
  struct Level {
    Value value;
    std::string key = {};
  };

  bool add(Value value) {
    if (stack_.empty()) {
      root = std::move(value);
      return true;
    }
    Level& top = stack_.back();
    if (top.value.is_array()) {
      top.value.push(std::move(value));
    } else {
      top.value.set(top.key, std::move(value));
    }
    return true;
  }

  bool open(Value value) {
    if (stack_.size() >= kDeepest) return false;
    stack_.push_back({std::move(value)});
    return true;
  }

  bool close() {
    Value value = std::move(stack_.back().value);
    stack_.pop_back();
    return add(std::move(value));
  }

  std::vector<Level> stack_ = {};
};

void append_escape(std::string& out, char32_t unit) {
  constexpr std::string_view kHex = "0123456789abcdef";
  out += "\\u";
  for (int shift = 12; shift >= 0; shift -= 4) {
    out += kHex[(unit >> shift) & 15];
  }
}

void append_code_point(std::string& out, char32_t c) {
  if (c >= 0x10000) {
    append_escape(out, 0xD800 + ((c - 0x10000) >> 10));
    append_escape(out, 0xDC00 + ((c - 0x10000) & 0x3FF));
  } else {
    append_escape(out, c);
  }
}

std::string json_string(std::string_view text) {
  std::string out = "\"";
  for (std::size_t at = 0; at < text.size();) {
    const char32_t c = next_code_point(text, at);
    switch (c) {
      case '"':
        out += "\\\"";
        break;
      case '\\':
        out += "\\\\";
        break;
      case '\n':
        out += "\\n";
        break;
      case '\r':
        out += "\\r";
        break;
      case '\t':
        out += "\\t";
        break;
      case '\b':
        out += "\\b";
        break;
      case '\f':
        out += "\\f";
        break;
      default:
        if (c < 0x20 || c >= 0x7F) {
          append_code_point(out, c);
        } else {
          out += static_cast<char>(c);
        }
    }
  }
  return out + '"';
}

std::string number_text(double value) {
  if (!std::isfinite(value)) return "null";
  char buffer[40];
  const auto end = std::to_chars(buffer, buffer + sizeof buffer, value).ptr;
  std::string text(buffer, end);
  // Python shows a float as one: 1.0, and exponents from 1e16 on.
  if (text.find_first_of(".e") == text.npos) text += ".0";
  return text;
}

class Writer {
 public:
  explicit Writer(int indent) : indent_(indent) {}

  void write(const Value& value, int depth) {
    if (value.is_object()) {
      write_object(value.members(), depth);
    } else if (value.is_array()) {
      write_array(value.items(), depth);
    } else if (value.is_string()) {
      out += json_string(value.as_string());
    } else if (value.is_null()) {
      out += "null";
    } else if (value.is_bool()) {
      out += value.as_bool() ? "true" : "false";
    } else {
      out += value.python_str();
    }
  }

  std::string out = {};

 private:
  void line(int depth) {
    if (indent_ < 0) return;
    out += '\n';
    out += std::string(static_cast<std::size_t>(depth * indent_), ' ');
  }

  std::string_view comma() const { return indent_ < 0 ? ", " : ","; }

  void write_object(const Value::Object& members, int depth) {
    if (members.empty()) {
      out += "{}";
      return;
    }
    out += '{';
    bool first = true;
    for (const auto& [key, value] : members) {
      if (!first) out += comma();
      first = false;
      line(depth + 1);
      out += json_string(key) + ": ";
      write(value, depth + 1);
    }
    line(depth);
    out += '}';
  }

  void write_array(const Value::Array& items, int depth) {
    if (items.empty()) {
      out += "[]";
      return;
    }
    out += '[';
    bool first = true;
    for (const Value& value : items) {
      if (!first) out += comma();
      first = false;
      line(depth + 1);
      write(value, depth + 1);
    }
    line(depth);
    out += ']';
  }

  int indent_;
};

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

Result<Value> Value::parse(std::string_view json) {
  Builder builder;
  const bool ok =
      nlohmann::ordered_json::sax_parse(json.begin(), json.end(), &builder);
  if (!ok) {
    return Error(Code::kCorrupt,
                 "not valid JSON at byte " + std::to_string(builder.failed_at));
  }
  return std::move(builder.root);
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

std::string Value::dump(int indent) const {
  Writer writer(indent);
  writer.write(*this, 0);
  return std::move(writer.out);
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
