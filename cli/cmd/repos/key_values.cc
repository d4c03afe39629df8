#include "cmd/repos/key_values.h"

#include <algorithm>

#include "cmd/text_input.h"
#include "hug/auth.h"

namespace hug::cli::cmd {

namespace {

constexpr std::uint64_t kMostBytes = 1'000'000;  // of a file of variables

bool is_key(std::string_view text) {
  if (text.empty() || (text[0] >= '0' && text[0] <= '9')) return false;
  return std::ranges::all_of(text, [](char c) {
    return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') ||
           (c >= '0' && c <= '9') || c == '_';
  });
}

std::string_view trim(std::string_view text) {
  constexpr std::string_view kBlank = " \t\r";
  const auto first = text.find_first_not_of(kBlank);
  if (first == text.npos) return {};
  return text.substr(first, text.find_last_not_of(kBlank) - first + 1);
}

char unescaped(char c) {
  if (c == 'n') return '\n';
  return c == 't' ? '\t' : c;
}

std::string double_quoted(std::string_view text) {
  std::string out;
  for (std::size_t i = 1; i < text.size() && text[i] != '"'; ++i) {
    const bool escape =
        text[i] == '\\' && i + 1 < text.size() &&
        std::string_view("nt\"\\$").find(text[i + 1]) != std::string_view::npos;
    out += escape ? unescaped(text[++i]) : text[i];
  }
  return out;
}

std::string dotenv_value(std::string_view text) {
  if (text.starts_with('"')) return double_quoted(text);
  if (text.starts_with('\'')) {
    return std::string(text.substr(1, text.find('\'', 1) - 1));
  }
  // '#' begins a comment only after a blank.
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '#' &&
        (i == 0 || text[i - 1] == ' ' || text[i - 1] == '\t')) {
      return std::string(trim(text.substr(0, i)));
    }
  }
  return std::string(trim(text));
}

void put(std::vector<NameValue>& pairs, std::string key, std::string value) {
  for (NameValue& pair : pairs) {
    if (pair.name != key) continue;
    pair.value = std::move(value);
    return;
  }
  pairs.push_back({std::move(key), std::move(value)});
}

Result<void> put_from_environment(App& app, std::vector<NameValue>& pairs,
                                  const std::string& key) {
  std::string value = app.environment(key);
  if (key == "HF_TOKEN") {
    Hub* hub = HUG_TRY(app.hub());
    value = HUG_TRY(active_token(*hub)).value;
  }
  if (!value.empty()) put(pairs, key, std::move(value));
  return {};
}

}  // namespace

std::vector<DotenvLine> parse_dotenv(std::string_view text) {
  std::vector<DotenvLine> lines;
  if (text.starts_with("\xEF\xBB\xBF")) text.remove_prefix(3);
  while (!text.empty()) {
    const auto end = std::min(text.find('\n'), text.size());
    std::string_view line = trim(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
    if (line.starts_with("export ")) line = trim(line.substr(7));
    const auto equals = line.find('=');
    const std::string_view key = trim(line.substr(0, equals));
    if (!is_key(key)) continue;
    DotenvLine made{.key = std::string(key)};
    if (equals != line.npos) {
      made.value = dotenv_value(trim(line.substr(equals + 1)));
      made.has_value = true;
    }
    lines.push_back(std::move(made));
  }
  return lines;
}

Result<std::vector<NameValue>> key_values(App& app,
                                          const std::vector<std::string>& items,
                                          const std::string& file) {
  std::vector<NameValue> pairs;
  if (!file.empty()) {
    const std::string text = HUG_TRY(read_text_file(file, kMostBytes));
    for (DotenvLine& line : parse_dotenv(text)) {
      if (line.has_value) {
        put(pairs, std::move(line.key), std::move(line.value));
      } else {
        HUG_TRY(put_from_environment(app, pairs, line.key));
      }
    }
  }
  for (const std::string& item : items) {
    const auto equals = item.find('=');
    const std::string key = item.substr(0, equals);
    if (!is_key(key)) {
      return Error(Code::kUsage, "'" + key + "' is no name for a variable");
    }
    if (equals == item.npos) {
      HUG_TRY(put_from_environment(app, pairs, key));
    } else {
      put(pairs, key, item.substr(equals + 1));
    }
  }
  return pairs;
}

}  // namespace hug::cli::cmd
