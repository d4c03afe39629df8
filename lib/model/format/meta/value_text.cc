#include "format/meta/value_text.h"

#include <charconv>
#include <cmath>
#include <limits>
#include <nlohmann/json.hpp>

#include "base/base.h"
#include "data/json.h"

namespace hug::format {
namespace {

using nlohmann::json;

Error bad(std::string_view text, ValueType type) {
  return Error(Code::kUsage,
               "'" + std::string(text) + "' is no " + std::string(name(type)));
}

std::optional<double> parse_double(std::string_view text) {
  double value = 0;
  const auto [end, error] =
      std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size())
    return std::nullopt;
  return value;
}

template <class T>
Result<T> parse_number(std::string_view text, ValueType type) {
  if constexpr (std::is_same_v<T, bool>) {
    if (text == "true" || text == "1") return true;
    if (text == "false" || text == "0") return false;
    return bad(text, type);
  } else if constexpr (std::is_floating_point_v<T>) {
    const auto value = parse_double(text);
    if (!value || !std::isfinite(*value) ||
        std::abs(*value) > static_cast<double>(std::numeric_limits<T>::max()))
      return bad(text, type);
    return static_cast<T>(*value);
  } else {
    std::optional<T> value;
    if constexpr (std::is_unsigned_v<T>) {
      if (const auto wide = base::parse_unsigned(text))
        value = base::checked_cast<T>(*wide);
    } else {
      if (const auto wide = base::parse_signed(text))
        value = base::checked_cast<T>(*wide);
    }
    if (!value) return bad(text, type);
    return *value;
  }
}

Result<GgufValue> parse_scalar(std::string_view text, ValueType type) {
  const auto as = [&](auto zero) -> Result<GgufValue> {
    return GgufValue(HUG_TRY(parse_number<decltype(zero)>(text, type)));
  };
  switch (type) {
    case ValueType::kU8:
      return as(std::uint8_t{});
    case ValueType::kI8:
      return as(std::int8_t{});
    case ValueType::kU16:
      return as(std::uint16_t{});
    case ValueType::kI16:
      return as(std::int16_t{});
    case ValueType::kU32:
      return as(std::uint32_t{});
    case ValueType::kI32:
      return as(std::int32_t{});
    case ValueType::kF32:
      return as(float{});
    case ValueType::kBool:
      return as(bool{});
    case ValueType::kU64:
      return as(std::uint64_t{});
    case ValueType::kI64:
      return as(std::int64_t{});
    case ValueType::kF64:
      return as(double{});
    case ValueType::kString:
      return GgufValue(std::string(text));
    case ValueType::kArray:
      break;
  }
  return bad(text, type);
}

Result<GgufValue> parse_array(std::string_view text, ValueType type) {
  const json list = HUG_TRY(data::parse_json(text, "the value"));
  if (!list.is_array() || type == ValueType::kArray)
    return Error(Code::kUsage, "the value is no JSON array");
  GgufArray out = make_array(type);
  for (const json& item : list) {
    const std::string one =
        item.is_string() ? item.get<std::string>() : data::dump_json(item);
    const GgufValue value = HUG_TRY(parse_scalar(one, type));
    std::visit(
        [&](auto& a) {
          using T = std::remove_cvref_t<decltype(a)>;
          if constexpr (std::is_same_v<T, StringArray>)
            a.push_back(std::get<std::string>(value));
          else
            a.push_back(std::get<typename T::value_type>(value));
        },
        out);
  }
  return GgufValue(std::move(out));
}

// What a value that nobody gave a type looks like.
ValueType guess(std::string_view text) {
  if (text == "true" || text == "false") return ValueType::kBool;
  if (const auto n = base::parse_signed(text))
    return base::checked_cast<std::int32_t>(*n) ? ValueType::kI32
                                                : ValueType::kI64;
  return parse_double(text) ? ValueType::kF32 : ValueType::kString;
}

}  // namespace

Result<GgufValue> parse_value(std::string_view text, std::string_view type,
                              const GgufValue* now) {
  if (type.empty()) {
    if (now == nullptr) return parse_scalar(text, guess(text));
    if (const auto* array = std::get_if<GgufArray>(now))
      return parse_array(text, element_type(*array));
    return parse_scalar(text, type_of(*now));
  }
  const bool array = type.starts_with("arr ") || type.starts_with("array ");
  const auto named =
      find_value_type(array ? type.substr(type.find(' ') + 1) : type);
  if (!named || *named == ValueType::kArray)
    return Error(Code::kUsage, "unknown type '" + std::string(type) + "'")
        .hint(
            "types are u8 i8 u16 i16 u32 i32 u64 i64 f32 f64 bool str, and "
            "'arr TYPE'");
  return array ? parse_array(text, *named) : parse_scalar(text, *named);
}

}  // namespace hug::format
