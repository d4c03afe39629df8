#include "text/jinja/from_json.h"

#include <algorithm>
#include <nlohmann/json.hpp>

namespace hug::text::jinja {

namespace {

// Letters, digits, '_' and '-': it cannot spell a control token by itself.
bool is_word(std::string_view text) {
  return text.size() <= 64 && std::all_of(text.begin(), text.end(), [](char c) {
           return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
                  (c >= '0' && c <= '9') || c == '_' || c == '-';
         });
}

Text marked_text(std::string bytes, bool from_input) {
  Text text{std::move(bytes)};
  if (from_input) text.mask.assign(text.bytes.size(), '\1');
  return text;
}

// A role is often a part of a control token ("<|" + role + "|>"), so that a
// plain word in its place counts as the template's own.
bool is_plain_role(std::string_view key, const nlohmann::ordered_json& value) {
  return key == "role" && value.is_string() &&
         is_word(value.get_ref<const std::string&>());
}

}  // namespace

Value value_from_json(const nlohmann::ordered_json& json, bool from_input) {
  using Type = nlohmann::ordered_json::value_t;
  switch (json.type()) {
    case Type::string:
      return Value::string(marked_text(json.get<std::string>(), from_input));
    case Type::boolean:
      return Value::boolean(json.get<bool>());
    case Type::number_integer:
      return Value::integer(json.get<std::int64_t>());
    case Type::number_unsigned: {
      const auto u = json.get<std::uint64_t>();
      if (u > INT64_MAX) return Value::real(static_cast<double>(u));
      return Value::integer(static_cast<std::int64_t>(u));
    }
    case Type::number_float:
      return Value::real(json.get<double>());
    case Type::array: {
      std::vector<Value> items;
      for (const auto& item : json) {
        items.push_back(value_from_json(item, from_input));
      }
      return Value::list(std::move(items));
    }
    case Type::object: {
      Dict dict;
      for (const auto& [key, value] : json.items()) {
        const bool marked = from_input && !is_plain_role(key, value);
        dict.items.emplace_back(
            Value::string(marked_text(key, from_input && !is_word(key))),
            value_from_json(value, marked));
      }
      return Value::dict(std::move(dict));
    }
    default:
      return Value::none();
  }
}

}  // namespace hug::text::jinja
