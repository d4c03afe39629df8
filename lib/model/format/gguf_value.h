// The values of gguf metadata: typed scalars, strings and arrays, in the order
// in which they lie in the file.
#pragma once

#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "hug/result.h"

namespace hug::format {

enum class ValueType : std::uint32_t {
  kU8 = 0,
  kI8 = 1,
  kU16 = 2,
  kI16 = 3,
  kU32 = 4,
  kI32 = 5,
  kF32 = 6,
  kBool = 7,
  kString = 8,
  kArray = 9,
  kU64 = 10,
  kI64 = 11,
  kF64 = 12,
};

/// "u32", "str", "arr" ...; "?" for a number that is no type.
std::string_view name(ValueType type) noexcept;
/// By that name, or by the long ones ("uint32", "float32", "string").
std::optional<ValueType> find_value_type(std::string_view text) noexcept;
/// Bytes of a number of that type; 0 for strings and arrays.
std::size_t scalar_bytes(ValueType type) noexcept;

/// Many strings in one block: a vocabulary costs little more than its text.
class StringArray {
 public:
  StringArray() = default;
  StringArray(std::initializer_list<std::string_view> items);

  void reserve(std::size_t count, std::size_t bytes);
  void push_back(std::string_view text);

  std::size_t size() const noexcept { return ends_.size(); }

  bool empty() const noexcept { return ends_.empty(); }

  /// Valid until the array changes.
  std::string_view operator[](std::size_t i) const noexcept;

  /// Bytes of all strings together.
  std::size_t text_bytes() const noexcept { return text_.size(); }

  friend bool operator==(const StringArray&, const StringArray&) = default;

 private:
  std::string text_;
  std::vector<std::size_t> ends_;
};

/// One array; the element type is the alternative. Never nested.
using GgufArray =
    std::variant<std::vector<std::uint8_t>, std::vector<std::int8_t>,
                 std::vector<std::uint16_t>, std::vector<std::int16_t>,
                 std::vector<std::uint32_t>, std::vector<std::int32_t>,
                 std::vector<float>, std::vector<bool>, StringArray,
                 std::vector<std::uint64_t>, std::vector<std::int64_t>,
                 std::vector<double>>;

ValueType element_type(const GgufArray& array) noexcept;
std::size_t element_count(const GgufArray& array) noexcept;
/// An empty array of that type; kArray gives strings.
GgufArray make_array(ValueType type);

/// One value. Assign with the exact type: `GgufValue(std::uint32_t{4})`.
using GgufValue =
    std::variant<std::uint8_t, std::int8_t, std::uint16_t, std::int16_t,
                 std::uint32_t, std::int32_t, float, bool, std::string,
                 GgufArray, std::uint64_t, std::int64_t, double>;

inline ValueType type_of(const GgufValue& value) noexcept {
  return static_cast<ValueType>(value.index());
}

/// Any integer (not bool) as that type, if it fits.
std::optional<std::uint64_t> as_unsigned(const GgufValue& value) noexcept;
std::optional<std::int64_t> as_signed(const GgufValue& value) noexcept;
/// Any float or integer.
std::optional<double> as_number(const GgufValue& value) noexcept;

/// Metadata in file order, with unique keys. The find_ functions tolerate any
/// width of integer or float and yield nothing when the key is absent or holds
/// something else.
class GgufMetadata {
 public:
  using Entry = std::pair<std::string, GgufValue>;

  const std::vector<Entry>& entries() const noexcept { return entries_; }

  std::size_t size() const noexcept { return entries_.size(); }

  bool empty() const noexcept { return entries_.empty(); }

  auto begin() const noexcept { return entries_.begin(); }

  auto end() const noexcept { return entries_.end(); }

  void reserve(std::size_t n) { entries_.reserve(n); }

  const GgufValue* find(std::string_view key) const noexcept;

  bool contains(std::string_view key) const noexcept {
    return find(key) != nullptr;
  }

  std::optional<std::uint64_t> find_unsigned(std::string_view key) const;
  std::optional<std::int64_t> find_signed(std::string_view key) const;
  std::optional<double> find_number(std::string_view key) const;
  std::optional<bool> find_bool(std::string_view key) const;
  /// Valid until the metadata change.
  std::optional<std::string_view> find_string(std::string_view key) const;
  const GgufArray* find_array(std::string_view key) const;
  const StringArray* find_strings(std::string_view key) const;
  /// A scalar, or every element of an array, of any integer type.
  std::optional<std::vector<std::uint64_t>> find_unsigned_list(
      std::string_view key) const;
  /// A scalar, or every element of an array, of any number type.
  std::optional<std::vector<double>> find_number_list(
      std::string_view key) const;

  /// Replaces the value where it stands, or appends (as the Python writer).
  void set(std::string_view key, GgufValue value);
  /// Removes the key and appends (as the C++ writer).
  void set_last(std::string_view key, GgufValue value);
  /// Appends without looking for the key: the caller knows it is new.
  void append(std::string key, GgufValue value);
  /// Says whether the key was there.
  bool erase(std::string_view key);

 private:
  std::vector<Entry> entries_;
};

}  // namespace hug::format
