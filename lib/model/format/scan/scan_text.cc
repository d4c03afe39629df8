#include <algorithm>
#include <string>

#include "base/base.h"
#include "format/json_cursor.h"
#include "format/scan/findings.h"

namespace hug::format {
namespace {

constexpr std::uint64_t kLargest = 64 << 20;

// Reads the whole of a text that is small enough to look at.
Result<std::string> read_text(const ByteSource& source) {
  std::string text(static_cast<std::size_t>(std::min(source.size(), kLargest)),
                   '\0');
  HUG_TRY(source.read_at(0, std::as_writable_bytes(std::span(text))));
  return text;
}

// A template by itself, or a list of {"name", "template"}.
Result<void> scan_template_value(JsonCursor& json, Findings& out) {
  if (json.peek() == '"') {
    scan_template(HUG_TRY(json.string()), out);
    return {};
  }
  if (json.peek() == '{')
    return json.object([&](const std::string&) -> Result<void> {
      return scan_template_value(json, out);
    });
  if (json.peek() == '[')
    return json.array([&]() -> Result<void> {
      if (json.peek() == '{')
        return json.object([&](const std::string& key) -> Result<void> {
          if (key == "template" && json.peek() == '"') {
            scan_template(HUG_TRY(json.string()), out);
            return {};
          }
          (void)HUG_TRY(json.skip_value());
          return {};
        });
      (void)HUG_TRY(json.skip_value());
      return {};
    });
  (void)HUG_TRY(json.skip_value());
  return {};
}

Result<void> scan_json(std::string_view text, Findings& out) {
  JsonCursor json(text);
  HUG_TRY(json.object([&](const std::string& key) -> Result<void> {
    const Findings::Place place(out, key);
    if (key == "chat_template") return scan_template_value(json, out);
    if (key == "auto_map")
      out.suspicious("python-code",
                     "it names Python code of the repository, run by whoever "
                     "trusts it");
    (void)HUG_TRY(json.skip_value());
    return {};
  }));
  return json.end();
}

bool has(std::string_view text, std::string_view what) {
  return text.find(what) != std::string_view::npos;
}

void scan_keras(std::string_view text, Findings& out) {
  if (!has(text, "\"class_name\"") || !has(text, "\"config\"")) return;
  if (has(text, "\"Lambda\"") || has(text, "\"__lambda__\""))
    out.dangerous("keras-lambda",
                  "a Keras model with a Lambda layer, which is Python code");
  for (const std::string_view module :
       {"\"builtins\"", "\"os\"", "\"subprocess\"", "\"importlib\"", "\"sys\"",
        "\"keras.utils\"", "\"pickle\""})
    if (has(text, module) && has(text, "\"module\""))
      out.dangerous("keras-module", "a Keras model that names the module " +
                                        std::string(module));
}

// A document of YAML that makes Python objects.
void scan_yaml(std::string_view text, Findings& out) {
  for (const std::string_view tag :
       {"!!python/", "!python/", "tag:yaml.org,2002:python"})
    if (has(text, tag)) {
      out.dangerous("yaml-python", "it asks YAML to make Python objects");
      return;
    }
}

bool is_template(std::string_view text) {
  return (has(text, "{%") || has(text, "{{")) &&
         (has(text, "messages") || has(text, "bos_token"));
}

}  // namespace

Result<void> scan_text(const ByteSource& source, Findings& out) {
  const std::string text = HUG_TRY(read_text(source));
  const auto start = text.find_first_not_of(" \t\r\n");
  const char first = start == std::string::npos ? '\0' : text[start];
  if (first == '{' && !text.substr(start, 3).starts_with("{%") &&
      !text.substr(start, 3).starts_with("{{")) {
    // Text that is no JSON after all is only text.
    const auto done = scan_json(text, out);
    if (!done && (has(text, "chat_template") || has(text, "\\u00")))
      out.suspicious("json-broken",
                     "a broken JSON text that may hold a chat template");
    scan_keras(text, out);
  } else if (is_template(text)) {
    scan_template(text, out);
  }
  scan_yaml(text, out);
  if (source.size() > kLargest)
    out.suspicious("text-size", "only its first 64 MiB were looked at");
  return {};
}

}  // namespace hug::format
