#include <algorithm>
#include <unordered_set>

#include "base/base.h"
#include "data/json.h"
#include "format/json_cursor.h"
#include "format/safetensors.h"

namespace hug::format {
namespace {

constexpr std::size_t kLargestIndex = 64 << 20;

Error corrupt(std::string what) {
  return Error(Code::kCorrupt, std::move(what));
}

Result<void> check_file_name(std::string_view file) {
  const bool bad = file.empty() || file == "." || file == ".." ||
                   file.find_first_of(std::string_view("/\\\0", 3)) !=
                       std::string_view::npos;
  if (!bad) return {};
  return corrupt("the file name '" + std::string(file) +
                 "' leads out of the folder");
}

Result<void> read_map(JsonCursor& json, StringPairs& out) {
  return json.object([&](std::string key) -> Result<void> {
    std::string file = HUG_TRY(json.string());
    HUG_TRY(check_file_name(file));
    out.emplace_back(std::move(key), std::move(file));
    return {};
  });
}

Result<void> read_metadata(JsonCursor& json, SafetensorsIndex& out) {
  return json.object([&](std::string key) -> Result<void> {
    const std::string_view value = HUG_TRY(json.skip_value());
    // Some writers put a float here; it is a remark, nothing depends on it.
    if (key == "total_size")
      out.total_size =
          base::parse_unsigned(value.substr(0, value.find('.'))).value_or(0);
    else
      out.metadata.emplace_back(std::move(key), std::string(value));
    return {};
  });
}

Result<SafetensorsIndex> parse(std::string_view text) {
  if (text.size() > kLargestIndex)
    return Error(Code::kLimit,
                 "an index of " + std::to_string(text.size()) + " bytes");
  JsonCursor json(text);
  SafetensorsIndex out;
  bool has_map = false;
  HUG_TRY(json.object([&](const std::string& key) -> Result<void> {
    if (key == "metadata" && json.peek() == '{')
      return read_metadata(json, out);
    if (key != "weight_map")
      return json.skip_value().and_then([](auto&&) { return Result<void>(); });
    if (has_map) return corrupt("weight_map occurs twice");
    has_map = true;
    return read_map(json, out.weight_map);
  }));
  HUG_TRY(json.end());
  if (!has_map) return corrupt("it has no weight_map");
  std::unordered_set<std::string_view> names;
  for (const auto& entry : out.weight_map)
    if (!names.insert(entry.first).second)
      return corrupt("tensor '" + entry.first + "' occurs twice");
  return out;
}

// "key": value, one a line, sorted.
void print_object(std::string& out, StringPairs pairs) {
  std::sort(pairs.begin(), pairs.end());
  out += "{";
  for (std::size_t i = 0; i < pairs.size(); ++i) {
    out += i == 0 ? "\n    " : ",\n    ";
    out += data::quote_json(pairs[i].first, true) + ": " + pairs[i].second;
  }
  out += pairs.empty() ? "}" : "\n  }";
}

}  // namespace

std::vector<std::string> SafetensorsIndex::files() const {
  std::vector<std::string> out;
  std::unordered_set<std::string_view> seen;
  for (const auto& entry : weight_map)
    if (seen.insert(entry.second).second) out.push_back(entry.second);
  return out;
}

Result<SafetensorsIndex> parse_safetensors_index(std::string_view json) {
  return parse(json).with("reading the index of a checkpoint");
}

std::uint64_t find_total_size(std::string_view head) {
  constexpr std::string_view kKey = "\"total_size\"";
  // Only in front of the map: a tensor may have that name.
  head = head.substr(0, head.find("\"weight_map\""));
  const auto at = head.find(kKey);
  if (at == head.npos) return 0;
  std::string_view rest = base::trim(head.substr(at + kKey.size()));
  if (!rest.starts_with(':')) return 0;
  rest = base::trim(rest.substr(1));
  const auto end = rest.find_first_not_of("0123456789");
  // Cut off, it would be another number.
  if (end == rest.npos) return 0;
  return base::parse_unsigned(rest.substr(0, end)).value_or(0);
}

std::string print_safetensors_index(const SafetensorsIndex& index) {
  StringPairs metadata = index.metadata;
  metadata.emplace_back("total_size", std::to_string(index.total_size));
  StringPairs map;
  for (const auto& [tensor, file] : index.weight_map)
    map.emplace_back(tensor, data::quote_json(file, true));
  std::string out = "{\n  \"metadata\": ";
  print_object(out, std::move(metadata));
  out += ",\n  \"weight_map\": ";
  print_object(out, std::move(map));
  return out + "\n}\n";
}

}  // namespace hug::format
