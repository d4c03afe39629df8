// A small JSON value whose objects keep their order: what commands hand to the
// output, and what answers of a hub become. Written exactly as Python's
// json.dumps writes it, which is what scripts around `hf` expect.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "hug/result.h"

namespace hug::cli {

class Value {
 public:
  using Array = std::vector<Value>;
  using Member = std::pair<std::string, Value>;
  using Object = std::vector<Member>;

  Value() = default;

  // Implicit on purpose: literals read well in tables of fields.
  Value(std::nullptr_t) {}  // NOLINT

  Value(bool value) : data_(value) {}  // NOLINT

  Value(std::int64_t value) : data_(value) {}  // NOLINT

  Value(int value) : data_(std::int64_t{value}) {}  // NOLINT

  Value(std::uint64_t value) : data_(value) {}  // NOLINT

  Value(unsigned value) : data_(std::uint64_t{value}) {}  // NOLINT

  Value(double value) : data_(value) {}  // NOLINT

  Value(std::string value) : data_(std::move(value)) {}  // NOLINT

  Value(std::string_view value) : data_(std::string(value)) {}  // NOLINT

  Value(const char* value) : data_(std::string(value)) {}  // NOLINT

  Value(Array value) : data_(std::move(value)) {}  // NOLINT

  Value(Object value) : data_(std::move(value)) {}  // NOLINT

  static Value object() { return Object(); }

  static Value array() { return Array(); }

  static Value strings(const std::vector<std::string>& values);
  /// A string, or null when it is empty.
  static Value text_or_null(std::string_view text);
  /// Errors: kCorrupt for what is no JSON; depth is bounded.
  static Result<Value> parse(std::string_view json);

  bool is_null() const { return data_.index() == 0; }

  bool is_bool() const { return std::holds_alternative<bool>(data_); }

  bool is_number() const;

  bool is_string() const { return std::holds_alternative<std::string>(data_); }

  bool is_array() const { return std::holds_alternative<Array>(data_); }

  bool is_object() const { return std::holds_alternative<Object>(data_); }

  bool as_bool() const;             ///< false unless it is true
  std::int64_t as_integer() const;  ///< 0 unless it is a number that fits
  double as_double() const;
  const std::string& as_string() const;  ///< empty unless it is a string
  const Array& items() const;            ///< empty unless it is an array
  const Object& members() const;         ///< empty unless it is an object

  /// Member of an object; null when absent.
  const Value& operator[](std::string_view key) const;
  const Value* find(std::string_view key) const;
  /// Sets a member; keeps the place of one that is there.
  Value& set(std::string_view key, Value value);
  void push(Value value);
  /// Without the members that are null, at every depth.
  Value without_nulls() const;

  /// indent < 0: one line with ", " and ": "; non-ASCII escaped.
  std::string dump(int indent = -1) const;
  /// As Python's str(): None, True, {'a': 1}, text as it is.
  std::string python_str() const;

 private:
  std::variant<std::monostate, bool, std::int64_t, std::uint64_t, double,
               std::string, Array, Object>
      data_ = {};
};

using Fields = Value::Object;

}  // namespace hug::cli
