#include <nlohmann/json.hpp>

#include "data/json.h"
#include "data/yaml.h"
#include "data/yaml_scalar.h"

namespace hug::data {

namespace {

using Json = nlohmann::ordered_json;

std::string scalar(const Json& value) {
  if (!value.is_string()) return dump_json(value);
  const std::string text = value.get<std::string>();
  return yaml_needs_quotes(text) ? yaml_quoted(text) : text;
}

bool is_inline(const Json& value) {
  return !value.is_structured() || value.empty();
}

void block(const Json& value, std::size_t indent, std::string& out);

// What stands behind "key:" or "-": a scalar on the same line, or a block
// below. Lists stand at the indentation of their key, as PyYAML writes them.
void behind_key(const Json& value, std::size_t indent, std::string& out) {
  if (is_inline(value)) {
    out += " " + scalar(value) + "\n";
    return;
  }
  out += "\n";
  block(value, value.is_array() ? indent : indent + 2, out);
}

void list(const Json& value, std::size_t indent, std::string& out) {
  for (const Json& item : value) {
    out.append(indent, ' ') += "-";
    if (is_inline(item)) {
      out += " " + scalar(item) + "\n";
      continue;
    }
    // The first line of the item's block continues the line of the dash.
    std::string inner;
    block(item, indent + 2, inner);
    out += " " + inner.substr(indent + 2);
  }
}

void block(const Json& value, std::size_t indent, std::string& out) {
  if (value.is_array()) return list(value, indent, out);
  for (const auto& [key, member] : value.items()) {
    out.append(indent, ' ') += scalar(Json(key)) + ":";
    behind_key(member, indent, out);
  }
}

}  // namespace

std::string dump_yaml(const Json& value) {
  if (is_inline(value)) return value.empty() ? "" : scalar(value) + "\n";
  std::string out;
  block(value, 0, out);
  return out;
}

}  // namespace hug::data
