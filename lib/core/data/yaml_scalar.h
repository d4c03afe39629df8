// Plain YAML scalars: what they mean, and which texts need quotes.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>
#include <string_view>

namespace hug::data {

/// The core schema's value of an unquoted scalar. Infinities and not-a-number
/// stay text, since JSON has none.
nlohmann::ordered_json yaml_plain_value(const std::string& text);

/// Whether the text, unquoted, might be read as anything but itself by a YAML
/// 1.1 or 1.2 reader.
bool yaml_needs_quotes(std::string_view text);

/// The text in double quotes, escaped.
std::string yaml_quoted(std::string_view text);

}  // namespace hug::data
