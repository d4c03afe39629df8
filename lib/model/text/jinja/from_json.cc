#include "text/jinja/from_json.h"

#include <nlohmann/json.hpp>

namespace hug::text::jinja {

Value value_from_json(const nlohmann::ordered_json& json, bool from_input) {
  using Type = nlohmann::ordered_json::value_t;
  switch (json.type()) {
    case Type::string: {
      Text text{json.get<std::string>()};
      if (from_input) text.mask.assign(text.bytes.size(), '\1');
      return Value::string(std::move(text));
    }
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
        dict.items.emplace_back(Value::string(key),
                                value_from_json(value, from_input));
      }
      return Value::dict(std::move(dict));
    }
    default:
      return Value::none();
  }
}

}  // namespace hug::text::jinja
