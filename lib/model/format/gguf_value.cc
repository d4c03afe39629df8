#include "format/gguf_value.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <type_traits>

#include "base/base.h"

namespace hug::format {
namespace {

struct TypeName {
  ValueType type;
  std::string_view name;
  std::string_view long_name;
  std::size_t bytes;
};

constexpr std::array<TypeName, 13> kTypes = {{
    {ValueType::kU8, "u8", "uint8", 1},
    {ValueType::kI8, "i8", "int8", 1},
    {ValueType::kU16, "u16", "uint16", 2},
    {ValueType::kI16, "i16", "int16", 2},
    {ValueType::kU32, "u32", "uint32", 4},
    {ValueType::kI32, "i32", "int32", 4},
    {ValueType::kF32, "f32", "float32", 4},
    {ValueType::kBool, "bool", "boolean", 1},
    {ValueType::kString, "str", "string", 0},
    {ValueType::kArray, "arr", "array", 0},
    {ValueType::kU64, "u64", "uint64", 8},
    {ValueType::kI64, "i64", "int64", 8},
    {ValueType::kF64, "f64", "float64", 8},
}};

template <class T>
constexpr bool kIsInteger = std::is_integral_v<T> && !std::is_same_v<T, bool>;

// The element types of arrays, in the order of GgufArray.
constexpr std::array<ValueType, 12> kElementTypes = {
    ValueType::kU8,     ValueType::kI8,  ValueType::kU16, ValueType::kI16,
    ValueType::kU32,    ValueType::kI32, ValueType::kF32, ValueType::kBool,
    ValueType::kString, ValueType::kU64, ValueType::kI64, ValueType::kF64};

template <class Out>
std::optional<Out> as_integer(const GgufValue& value) noexcept {
  return std::visit(
      [](const auto& v) -> std::optional<Out> {
        using T = std::remove_cvref_t<decltype(v)>;
        if constexpr (kIsInteger<T>) return base::checked_cast<Out>(v);
        return std::nullopt;
      },
      value);
}

}  // namespace

std::string_view name(ValueType type) noexcept {
  const auto i = static_cast<std::size_t>(type);
  return i < kTypes.size() ? kTypes[i].name : "?";
}

std::optional<ValueType> find_value_type(std::string_view text) noexcept {
  for (const TypeName& t : kTypes)
    if (text == t.name || text == t.long_name) return t.type;
  return std::nullopt;
}

std::size_t scalar_bytes(ValueType type) noexcept {
  const auto i = static_cast<std::size_t>(type);
  return i < kTypes.size() ? kTypes[i].bytes : 0;
}

StringArray::StringArray(std::initializer_list<std::string_view> items) {
  for (const std::string_view item : items)
    push_back(item);
}

void StringArray::reserve(std::size_t count, std::size_t bytes) {
  ends_.reserve(count);
  text_.reserve(bytes);
}

void StringArray::push_back(std::string_view text) {
  text_.append(text);
  ends_.push_back(text_.size());
}

std::string_view StringArray::operator[](std::size_t i) const noexcept {
  const std::size_t begin = i == 0 ? 0 : ends_[i - 1];
  return std::string_view(text_).substr(begin, ends_[i] - begin);
}

ValueType element_type(const GgufArray& array) noexcept {
  return kElementTypes[array.index()];
}

std::size_t element_count(const GgufArray& array) noexcept {
  return std::visit([](const auto& a) { return a.size(); }, array);
}

GgufArray make_array(ValueType type) {
  switch (type) {
    case ValueType::kU8:
      return std::vector<std::uint8_t>();
    case ValueType::kI8:
      return std::vector<std::int8_t>();
    case ValueType::kU16:
      return std::vector<std::uint16_t>();
    case ValueType::kI16:
      return std::vector<std::int16_t>();
    case ValueType::kU32:
      return std::vector<std::uint32_t>();
    case ValueType::kI32:
      return std::vector<std::int32_t>();
    case ValueType::kF32:
      return std::vector<float>();
    case ValueType::kBool:
      return std::vector<bool>();
    case ValueType::kU64:
      return std::vector<std::uint64_t>();
    case ValueType::kI64:
      return std::vector<std::int64_t>();
    case ValueType::kF64:
      return std::vector<double>();
    case ValueType::kString:
    case ValueType::kArray:
      break;
  }
  return StringArray();
}

std::optional<std::uint64_t> as_unsigned(const GgufValue& value) noexcept {
  return as_integer<std::uint64_t>(value);
}

std::optional<std::int64_t> as_signed(const GgufValue& value) noexcept {
  return as_integer<std::int64_t>(value);
}

std::optional<double> as_number(const GgufValue& value) noexcept {
  return std::visit(
      [](const auto& v) -> std::optional<double> {
        using T = std::remove_cvref_t<decltype(v)>;
        if constexpr (kIsInteger<T> || std::is_floating_point_v<T>)
          return static_cast<double>(v);
        return std::nullopt;
      },
      value);
}

const GgufValue* GgufMetadata::find(std::string_view key) const noexcept {
  for (const Entry& e : entries_)
    if (e.first == key) return &e.second;
  return nullptr;
}

std::optional<std::uint64_t> GgufMetadata::find_unsigned(
    std::string_view key) const {
  const GgufValue* value = find(key);
  return value != nullptr ? as_unsigned(*value) : std::nullopt;
}

std::optional<std::int64_t> GgufMetadata::find_signed(
    std::string_view key) const {
  const GgufValue* value = find(key);
  return value != nullptr ? as_signed(*value) : std::nullopt;
}

std::optional<double> GgufMetadata::find_number(std::string_view key) const {
  const GgufValue* value = find(key);
  return value != nullptr ? as_number(*value) : std::nullopt;
}

std::optional<bool> GgufMetadata::find_bool(std::string_view key) const {
  const GgufValue* value = find(key);
  const bool* found = value != nullptr ? std::get_if<bool>(value) : nullptr;
  return found != nullptr ? std::optional(*found) : std::nullopt;
}

std::optional<std::string_view> GgufMetadata::find_string(
    std::string_view key) const {
  const GgufValue* value = find(key);
  const auto* found =
      value != nullptr ? std::get_if<std::string>(value) : nullptr;
  if (found == nullptr) return std::nullopt;
  return std::string_view(*found);
}

const GgufArray* GgufMetadata::find_array(std::string_view key) const {
  const GgufValue* value = find(key);
  return value != nullptr ? std::get_if<GgufArray>(value) : nullptr;
}

const StringArray* GgufMetadata::find_strings(std::string_view key) const {
  const GgufArray* array = find_array(key);
  return array != nullptr ? std::get_if<StringArray>(array) : nullptr;
}

std::optional<std::vector<std::uint64_t>> GgufMetadata::find_unsigned_list(
    std::string_view key) const {
  using List = std::vector<std::uint64_t>;
  const GgufValue* value = find(key);
  if (value == nullptr) return std::nullopt;
  if (const auto one = as_unsigned(*value)) return List{*one};
  const auto* array = std::get_if<GgufArray>(value);
  if (array == nullptr) return std::nullopt;
  return std::visit(
      [](const auto& a) -> std::optional<List> {
        using T = typename std::remove_cvref_t<decltype(a)>;
        if constexpr (!std::is_same_v<T, StringArray>) {
          using E = typename T::value_type;
          if constexpr (kIsInteger<E>) {
            List out;
            out.reserve(a.size());
            for (const E e : a) {
              const auto v = base::checked_cast<std::uint64_t>(e);
              if (!v) return std::nullopt;
              out.push_back(*v);
            }
            return out;
          }
        }
        return std::nullopt;
      },
      *array);
}

std::optional<std::vector<double>> GgufMetadata::find_number_list(
    std::string_view key) const {
  using List = std::vector<double>;
  const GgufValue* value = find(key);
  if (value == nullptr) return std::nullopt;
  if (const auto one = as_number(*value)) return List{*one};
  const auto* array = std::get_if<GgufArray>(value);
  if (array == nullptr) return std::nullopt;
  return std::visit(
      [](const auto& a) -> std::optional<List> {
        using T = typename std::remove_cvref_t<decltype(a)>;
        if constexpr (!std::is_same_v<T, StringArray> &&
                      !std::is_same_v<T, std::vector<bool>>) {
          List out;
          out.reserve(a.size());
          for (const auto e : a)
            out.push_back(static_cast<double>(e));
          return out;
        }
        return std::nullopt;
      },
      *array);
}

void GgufMetadata::set(std::string_view key, GgufValue value) {
  for (Entry& e : entries_) {
    if (e.first != key) continue;
    e.second = std::move(value);
    return;
  }
  entries_.emplace_back(std::string(key), std::move(value));
}

void GgufMetadata::set_last(std::string_view key, GgufValue value) {
  erase(key);
  entries_.emplace_back(std::string(key), std::move(value));
}

void GgufMetadata::append(std::string key, GgufValue value) {
  entries_.emplace_back(std::move(key), std::move(value));
}

bool GgufMetadata::erase(std::string_view key) {
  return std::erase_if(entries_,
                       [&](const Entry& e) { return e.first == key; }) != 0;
}

}  // namespace hug::format
