#include "cmd/run/texts.h"

#include <array>
#include <charconv>

#include "cmd/run/numbers.h"
#include "cmd/text_input.h"

namespace hug::cli::cmd {

namespace {

void add_lines(std::string_view all, std::vector<std::string>& out) {
  while (!all.empty()) {
    std::string_view line = all.substr(0, all.find('\n'));
    all.remove_prefix(std::min(all.size(), line.size() + 1));
    if (line.ends_with('\r')) line.remove_suffix(1);
    if (!line.empty()) out.emplace_back(line);
  }
}

}  // namespace

Result<std::vector<std::string>> read_texts(const Args& args) {
  std::vector<std::string> out;
  const auto texts = args.list("text");
  for (const std::string& text : texts) {
    if (text == "-") {
      add_lines(HUG_TRY(read_standard_input()), out);
    } else {
      out.push_back(text);
    }
  }
  if (const auto file = args.maybe("file")) {
    add_lines(HUG_TRY(read_text_file(*file)), out);
  } else if (texts.empty()) {
    add_lines(HUG_TRY(read_standard_input()), out);
  }
  if (out.empty()) {
    return Error(Code::kUsage, "there is no text")
        .hint("give texts, --file FILE, or lines on standard input");
  }
  return out;
}

double short_double(float value) {
  std::array<char, 64> text{};
  const auto r = std::to_chars(text.data(), text.data() + text.size(), value);
  double out = 0;
  std::from_chars(text.data(), r.ptr, out);
  return out;
}

std::string beginning(std::string_view text, std::size_t columns) {
  if (text.size() <= columns) return std::string(text);
  std::size_t end = columns;
  const auto inside = [&](std::size_t i) {
    return (static_cast<unsigned char>(text[i]) & 0xc0) == 0x80;
  };
  while (end > 0 && inside(end))
    --end;
  return std::string(text.substr(0, end)) + "...";
}

Value probability_of(const Out& out, float p) {
  const double exact = short_double(p);
  return out.human() ? Value(rounded(exact, 4)) : Value(exact);
}

Value row_for(const Out& out, const std::string& text, std::size_t texts) {
  Value row;
  if (!out.human()) row.set("text", text);
  if (out.human() && texts > 1) row.set("text", beginning(text));
  return row;
}

}  // namespace hug::cli::cmd
