#include "out/table.h"

#include <algorithm>
#include <cctype>

#include "hug/text.h"
#include "out/out.h"

namespace hug::cli {

namespace {

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

// 2025-01-02T...
bool is_timestamp(std::string_view text) {
  constexpr std::string_view kShape = "dddd-dd-ddT";
  if (text.size() < kShape.size()) return false;
  for (std::size_t i = 0; i < kShape.size(); ++i) {
    if (kShape[i] == 'd' ? !is_digit(text[i]) : text[i] != kShape[i]) {
      return false;
    }
  }
  return true;
}

std::size_t count_code_points(std::string_view text) {
  std::size_t count = 0;
  for (std::size_t at = 0; at < text.size(); ++count) {
    (void)next_code_point(text, at);
  }
  return count;
}

std::string cut(const std::string& text, std::size_t code_points) {
  std::size_t at = 0;
  for (std::size_t i = 0; i < code_points && at < text.size(); ++i) {
    (void)next_code_point(text, at);
  }
  return text.substr(0, at) + "...";
}

std::string pad(const std::string& text, std::size_t width, bool right) {
  const std::size_t size = count_code_points(text);
  const std::string blanks(width > size ? width - size : 0, ' ');
  return right ? blanks + text : text + blanks;
}

std::vector<std::size_t> widths_of(const Table& table) {
  std::vector<std::size_t> widths;
  for (const auto& header : table.headers) {
    widths.push_back(count_code_points(header));
  }
  for (const auto& row : table.rows) {
    for (std::size_t c = 0; c < row.size(); ++c) {
      widths[c] = std::max(widths[c], count_code_points(row[c]));
    }
  }
  return widths;
}

std::string row_text(const std::vector<std::string>& cells,
                     const std::vector<std::size_t>& widths,
                     const std::vector<bool>& right) {
  std::string line;
  for (std::size_t c = 0; c < cells.size(); ++c) {
    if (c > 0) line += ' ';
    line += pad(cells[c], widths[c], right[c]);
  }
  return line;
}

}  // namespace

std::vector<std::string> columns_of(const std::vector<Value>& rows) {
  std::vector<std::string> columns;
  if (rows.empty()) return columns;
  for (const auto& [key, value] : rows.front().members()) {
    const bool used = std::ranges::any_of(
        rows, [&key = key](const Value& row) { return !row[key].is_null(); });
    if (used) columns.push_back(key);
  }
  return columns;
}

std::string header_of(std::string_view key) {
  std::string out;
  for (std::size_t i = 0; i < key.size(); ++i) {
    const auto c = static_cast<unsigned char>(key[i]);
    if (i > 0 && std::isupper(c) != 0 &&
        std::islower(static_cast<unsigned char>(key[i - 1])) != 0) {
      out += '_';
    }
    out += static_cast<char>(std::toupper(c));
  }
  return out;
}

std::string cell_of(const Value& value) {
  if (value.is_null()) return {};
  if (value.is_bool()) return value.as_bool() ? "\u2714" : "";
  if (value.is_string()) {
    const std::string& text = value.as_string();
    return is_timestamp(text) ? text.substr(0, 10) : Out::one_line(text);
  }
  if (value.is_array()) {
    std::string out;
    bool first = true;
    for (const Value& item : value.items()) {
      if (!first) out += ", ";
      first = false;
      out += cell_of(item);
    }
    return out;
  }
  if (value.is_object()) {
    const Value* name = value.find("name");
    return Out::one_line(name == nullptr ? value.dump() : name->python_str());
  }
  return value.python_str();
}

bool fit(Table& table, std::size_t width) {
  std::vector<std::size_t> caps = widths_of(table);
  std::size_t sum = caps.empty() ? 0 : caps.size() - 1;
  for (std::size_t cap : caps)
    sum += cap;
  const bool too_wide = sum > width;
  while (sum > width) {
    std::size_t widest = caps.size();
    for (std::size_t c = 0; c < caps.size(); ++c) {
      const std::size_t floor =
          std::max<std::size_t>(count_code_points(table.headers[c]), 4);
      if (caps[c] <= floor) continue;
      if (widest == caps.size() || caps[c] > caps[widest]) widest = c;
    }
    if (widest == caps.size()) break;
    --caps[widest];
    --sum;
  }
  bool shortened = false;
  for (auto& row : table.rows) {
    for (std::size_t c = 0; too_wide && c < row.size(); ++c) {
      if (count_code_points(row[c]) <= caps[c]) continue;
      row[c] = cut(row[c], caps[c] - 3);
      shortened = true;
    }
  }
  return shortened;
}

std::string render(const Table& table) {
  const auto widths = widths_of(table);
  std::vector<std::string> rule;
  for (std::size_t width : widths)
    rule.emplace_back(width, '-');
  std::string text = row_text(table.headers, widths, table.right) + '\n' +
                     row_text(rule, widths, table.right) + '\n';
  for (const auto& row : table.rows) {
    text += row_text(row, widths, table.right) + '\n';
  }
  return text;
}

}  // namespace hug::cli
