// The YAML at the head of model cards ("---" ... "---"), as JSON values.
#pragma once

#include <cstddef>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <string_view>

#include "hug/result.h"

namespace hug::data {

struct YamlLimits {
  std::size_t bytes = std::size_t{1} << 20;
  unsigned depth = 64;
  std::size_t nodes = 100000;  // after aliases are expanded
};

/// YAML 1.2 core schema, plus yes/no/on/off kept as text. Anchors and aliases
/// are expanded within `nodes`. Errors: kCorrupt with line and column, kLimit.
Result<nlohmann::ordered_json> parse_yaml(std::string_view text,
                                          std::string_view name,
                                          YamlLimits limits = {});
/// Block style, keys in order, strings quoted where they must be.
std::string dump_yaml(const nlohmann::ordered_json& value);

/// The front matter of a card and what follows; views into the text.
struct Card {
  bool has_front_matter = false;
  std::string_view front_matter = {};  // without the "---" lines
  std::string_view body = {};
};

/// Time is linear in the text. A front matter begins on the first line that is
/// not blank with "---" and ends at the next line that is "---".
Card split_card(std::string_view text);
/// A card with that front matter in front of the body.
std::string join_card(const nlohmann::ordered_json& front_matter,
                      std::string_view body);

}  // namespace hug::data
