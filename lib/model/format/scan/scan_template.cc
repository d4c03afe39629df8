// Chat templates are programs in a small language. An interpreter that lets
// them reach Python's objects runs code; what they need for that stands out:
// names that begin with underscores, in whatever spelling.
#include <algorithm>
#include <array>
#include <string>
#include <vector>

#include "base/base.h"
#include "format/scan/findings.h"

namespace hug::format {
namespace {

constexpr std::size_t kLargest = 1 << 20;

constexpr auto kReachingNames = std::to_array<std::string_view>(
    {"config", "cycler", "get_flashed_messages", "import_module", "joiner",
     "lipsum", "mro", "os", "popen", "request", "self", "subprocess", "sys",
     "system", "url_for"});

struct Token {
  enum Kind : std::uint8_t { kName, kString, kMark } kind = kMark;

  std::string text = {};
};

bool is_word(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' ||
         (c >= '0' && c <= '9') || static_cast<unsigned char>(c) >= 0x80;
}

// Names, literals and marks of one expression or statement.
std::vector<Token> tokens_of(std::string_view code) {
  std::vector<Token> out;
  for (std::size_t at = 0; at < code.size();) {
    const char c = code[at];
    if (c == '"' || c == '\'') {
      std::string text;
      for (++at; at < code.size() && code[at] != c; ++at) {
        if (code[at] == '\\' && at + 1 < code.size()) text += code[at++];
        text += code[at];
      }
      ++at;
      out.push_back({Token::kString, std::move(text)});
    } else if (is_word(c)) {
      const std::size_t begin = at;
      while (at < code.size() && is_word(code[at]))
        ++at;
      out.push_back(
          {Token::kName, std::string(code.substr(begin, at - begin))});
    } else {
      if (c > ' ') out.push_back({Token::kMark, std::string(1, c)});
      ++at;
    }
  }
  return out;
}

// \x5f, \u005f, \137 and friends: nobody needs them for an honest underscore.
bool has_escaped_code(std::string_view literal) {
  for (std::size_t at = literal.find('\\'); at != std::string_view::npos;
       at = literal.find('\\', at + 2)) {
    if (at + 1 >= literal.size()) return false;
    const char c = literal[at + 1];
    if (c == 'x' || c == 'u' || c == 'U' || c == 'N' || (c >= '0' && c <= '7'))
      return true;
  }
  return false;
}

bool is_underscores(std::string_view text) {
  return !text.empty() && text.find_first_not_of('_') == std::string_view::npos;
}

void judge_name(const std::vector<Token>& tokens, std::size_t i,
                Findings& out) {
  const std::string& text = tokens[i].text;
  const std::string_view before =
      i == 0 ? std::string_view() : std::string_view(tokens[i - 1].text);
  if (text.starts_with("__"))
    out.dangerous("template-code", "it uses the name " + text);
  else if (text.starts_with('_') && before == ".")
    out.dangerous("template-code", "it reaches the inner attribute " + text);
  else if (text == "attr" && before == "|")
    out.dangerous("template-code", "it computes the name of an attribute");
  else if ((text == "include" || text == "import" || text == "from" ||
            text == "extends") &&
           i == 0)
    out.suspicious("template-code", "it asks for another template");
  else if (before != "." &&
           std::find(kReachingNames.begin(), kReachingNames.end(), text) !=
               kReachingNames.end())
    out.suspicious("template-code", "it uses the name " + text);
  else if (before == "." && (text == "mro" || text == "popen" ||
                             text == "system" || text == "func_globals" ||
                             text == "gi_frame" || text == "f_globals"))
    out.dangerous("template-code", "it reaches the attribute " + text);
}

void judge_string(const std::string& text, Findings& out) {
  if (text.find("__") != std::string::npos && text.size() < 200)
    out.dangerous("template-code",
                  "a string spells an inner name: '" + text + "'");
  else if (is_underscores(text))
    out.dangerous("template-code", "a string of underscores");
  else if (has_escaped_code(text))
    out.suspicious("template-code",
                   "a string of escapes: '" + text.substr(0, 100) + "'");
  else if (text == "%c" || text == "{:c}")
    out.suspicious("template-code", "it makes characters of numbers");
}

// An end of "%}" or "}}" within a string does not end the code.
std::size_t find_end(std::string_view text, std::size_t at,
                     std::string_view end) {
  char quote = 0;
  for (; at < text.size(); ++at) {
    if (quote != 0) {
      if (text[at] == '\\')
        ++at;
      else if (text[at] == quote)
        quote = 0;
    } else if (text[at] == '"' || text[at] == '\'') {
      quote = text[at];
    } else if (text.substr(at, end.size()) == end) {
      return at;
    }
  }
  return text.size();
}

void judge_code(std::string_view code, Findings& out) {
  code = base::trim(code);
  if (!code.empty() && (code.front() == '-' || code.front() == '+'))
    code = base::trim(code.substr(1));
  const auto tokens = tokens_of(code);
  for (std::size_t i = 0; i < tokens.size(); ++i) {
    if (tokens[i].kind == Token::kName) judge_name(tokens, i, out);
    if (tokens[i].kind == Token::kString) judge_string(tokens[i].text, out);
  }
}

}  // namespace

void scan_template(std::string_view text, Findings& out) {
  if (text.size() > kLargest) {
    out.suspicious("template-size",
                   "a template of " + std::to_string(text.size()) + " bytes");
    text = text.substr(0, kLargest);
  }
  for (std::size_t at = 0; at + 1 < text.size();) {
    if (text[at] != '{') {
      ++at;
      continue;
    }
    const char kind = text[at + 1];
    if (kind != '{' && kind != '%' && kind != '#') {
      ++at;
      continue;
    }
    if (kind == '#') {
      const auto end = text.find("#}", at + 2);
      at = end == std::string_view::npos ? text.size() : end + 2;
      continue;
    }
    const std::size_t end = find_end(text, at + 2, kind == '{' ? "}}" : "%}");
    judge_code(text.substr(at + 2, end - at - 2), out);
    at = std::min(end + 2, text.size());
  }
}

}  // namespace hug::format
