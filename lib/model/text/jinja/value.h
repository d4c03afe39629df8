// Values of the template language: Python's, as far as templates can see them.
//
// Strings carry provenance: `mask` has one byte a byte of text, 1 where the
// text came from input (messages, tools, documents). Whatever an operation
// does to the text it does to the mask, so that text a user wrote can never
// become a control token when the prompt is tokenized.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "hug/result.h"

namespace hug::text::jinja {

class Value;
struct Interpreter;

/// Text and where it came from. An empty mask means: all of it is trusted.
struct Text {
  std::string bytes;
  std::string mask = {};
  /// Python's Markup, made by `safe`: what is added to it gets escaped.
  bool markup = false;

  bool has_input() const noexcept;
  void append(const Text& other);
  Text substr(std::size_t begin, std::size_t size) const;
};

struct List {
  std::vector<Value> items;
  bool tuple = false;
};

/// Insertion-ordered, as Python's dict.
struct Dict {
  std::vector<std::pair<Value, Value>> items;

  const Value* find(const Value& key) const;
  const Value* find(std::string_view key) const;
  void set(Value key, Value value);
  bool erase(const Value& key);
};

struct Arguments;

/// A macro, a global function or a method bound to its object.
struct Function {
  std::string name;
  std::function<Result<Value>(Interpreter&, Arguments&)> call;
};

/// The `loop` variable of a for statement.
struct Loop {
  std::shared_ptr<List> items;
  std::size_t index0 = 0;
  std::size_t depth0 = 0;
  std::shared_ptr<Value> changed = nullptr;  // last argument of loop.changed
};

struct Undefined {
  std::string name;
};

struct None {};

/// namespace(): attributes can be set from inner scopes.
struct Namespace {
  Dict fields;
};

class Value {
 public:
  using Store =
      std::variant<Undefined, None, bool, std::int64_t, double,
                   std::shared_ptr<const Text>, std::shared_ptr<List>,
                   std::shared_ptr<Dict>, std::shared_ptr<const Function>,
                   std::shared_ptr<Loop>, std::shared_ptr<Namespace>>;

  Value() : store_(Undefined{}) {}

  static Value undefined(std::string name) {
    return Value(Store(Undefined{std::move(name)}));
  }

  static Value none() { return Value(Store(None{})); }

  static Value boolean(bool b) { return Value(Store(b)); }

  static Value integer(std::int64_t i) { return Value(Store(i)); }

  static Value real(double d) { return Value(Store(d)); }

  static Value string(std::string s) { return string(Text{std::move(s)}); }

  static Value string(Text text) {
    return Value(Store(std::make_shared<const Text>(std::move(text))));
  }

  static Value list(std::vector<Value> items) {
    return Value(Store(std::make_shared<List>(List{std::move(items)})));
  }

  static Value tuple(std::vector<Value> items) {
    return Value(Store(std::make_shared<List>(List{std::move(items), true})));
  }

  static Value dict(Dict d) {
    return Value(Store(std::make_shared<Dict>(std::move(d))));
  }

  template <class T>
  static Value object(std::shared_ptr<T> p) {
    return Value(Store(std::move(p)));
  }

  template <class T>
  const T* as() const noexcept {
    return std::get_if<T>(&store_);
  }

  bool is_undefined() const noexcept { return as<Undefined>() != nullptr; }

  bool is_none() const noexcept { return as<None>() != nullptr; }

  bool is_bool() const noexcept { return as<bool>() != nullptr; }

  bool is_integer() const noexcept { return as<std::int64_t>() != nullptr; }

  bool is_real() const noexcept { return as<double>() != nullptr; }

  bool is_number() const noexcept {
    return is_bool() || is_integer() || is_real();
  }

  const Text* text() const noexcept;
  List* list() const noexcept;
  Dict* dict() const noexcept;
  Loop* loop() const noexcept;
  Namespace* name_space() const noexcept;
  const Function* function() const noexcept;

  /// bool and int as an integer. Requires is_bool() or is_integer().
  std::int64_t whole() const noexcept;
  /// Any number as a double. Requires is_number().
  double number() const noexcept;
  /// Python's truth.
  bool truthy() const noexcept;
  /// Python's type name, for messages.
  std::string_view type_name() const noexcept;

 private:
  explicit Value(Store store) : store_(std::move(store)) {}

  Store store_;
};

/// A function of the name as a value.
Value make_function(
    std::string_view name,
    std::function<Result<Value>(Interpreter&, Arguments&)> call);

struct Arguments {
  std::vector<Value> positional;
  std::vector<std::pair<std::string, Value>> named;

  /// Argument `index`, or the one named `name`, or null.
  const Value* find(std::size_t index, std::string_view name) const;
};

/// The integer or boolean of an argument, else `fallback`.
std::int64_t whole_or(const Value* argument, std::int64_t fallback);
/// The truth of an argument, or `fallback` where it is absent.
bool flag_or(const Value* argument, bool fallback);

/// Python's ==.
bool equal(const Value& a, const Value& b);
/// Python's < on numbers, strings and sequences of them; otherwise an error.
Result<int> compare(const Value& a, const Value& b);

/// str(): what {{ }} prints.
Text to_text(const Value& value);
/// repr(), bounded in depth.
Text to_repr(const Value& value);

struct JsonStyle {
  int indent = -1;  // -1: one line
  bool ensure_ascii = false;
  bool sort_keys = false;
  std::string item_separator = {};  // default ", " or "," with indent
  std::string key_separator = ": ";
};

/// json.dumps(). Errors: kUsage on what JSON cannot say.
Result<Text> to_json(const Value& value, const JsonStyle& style);

/// Python's repr of a float: the shortest text that reads back.
std::string float_repr(double value);

// Code points: templates index and slice by them.
std::size_t count_code_points(std::string_view bytes);
/// Byte offset of code point `index` (size of the text when past the end).
std::size_t code_point_offset(std::string_view bytes, std::size_t index);
/// The byte behind the code point that begins at byte `at`. Requires
/// at < bytes.size().
std::size_t code_point_end(std::string_view bytes, std::size_t at);

}  // namespace hug::text::jinja
