// JSON (RFC 8259), bounded. The parser never throws and never recurses deeper
// than its limit; text must be UTF-8. Duplicate keys: the last one counts.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <string_view>

#include "hug/result.h"

namespace hug::data {

struct JsonLimits {
  std::size_t bytes = std::size_t{64} << 20;
  unsigned depth = 128;
};

/// `name` is what messages call the text ("config.json"). Errors: kCorrupt with
/// line and column, kLimit.
Result<nlohmann::json> parse_json(std::string_view text, std::string_view name,
                                  JsonLimits limits = {});

/// What looks on while a text is parsed, so that a large one need not be kept
/// whole. `depth`: of the object or array that the thing stands in; 1 is the
/// outermost.
struct JsonHooks {
  std::function<void(int depth, const std::string& key)> key = {};
  /// May change the array, or put something else in its place.
  std::function<void(int depth, nlohmann::json& array)> array = {};
};

Result<nlohmann::json> parse_json(std::string_view text, std::string_view name,
                                  JsonLimits limits, const JsonHooks& hooks);
/// The same, keys in the order of the text.
Result<nlohmann::ordered_json> parse_ordered_json(std::string_view text,
                                                  std::string_view name,
                                                  JsonLimits limits = {});

struct JsonStyle {
  int indent = -1;      // -1: one line without blanks
  bool ascii = false;   // escape everything beyond ASCII, as Python does
  bool spaced = false;  // ", " and ": " on one line, as Python does
};

/// Always valid UTF-8: invalid bytes in strings become U+FFFD.
std::string dump_json(const nlohmann::json& value, JsonStyle style = {});
std::string dump_json(const nlohmann::ordered_json& value,
                      JsonStyle style = {});
/// A JSON string literal with its quotes.
std::string quote_json(std::string_view text, bool ascii = false);

// Members of an object that may be absent, null or of another type (then there
// is nothing; the default for bool). `object` may be any value.
std::optional<std::string> find_string(const nlohmann::json& object,
                                       std::string_view key);
std::optional<std::uint64_t> find_unsigned(const nlohmann::json& object,
                                           std::string_view key);
std::optional<std::int64_t> find_signed(const nlohmann::json& object,
                                        std::string_view key);
std::optional<double> find_number(const nlohmann::json& object,
                                  std::string_view key);
bool find_bool(const nlohmann::json& object, std::string_view key,
               bool fallback = false);
/// Null when absent.
const nlohmann::json* find_member(const nlohmann::json& object,
                                  std::string_view key);
const nlohmann::json* find_array(const nlohmann::json& object,
                                 std::string_view key);
const nlohmann::json* find_object(const nlohmann::json& object,
                                  std::string_view key);

}  // namespace hug::data
