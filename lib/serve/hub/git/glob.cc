#include "hub/git/glob.h"

#include <array>
#include <cctype>
#include <optional>
#include <utility>

namespace hug::hub {
namespace {

using ByteSet = std::vector<bool>;

bool in_class(std::string_view name, unsigned char c) {
  using Test = int (*)(int);
  static constexpr std::array<std::pair<std::string_view, Test>, 12> kClasses{
      {{"alnum", std::isalnum},
       {"alpha", std::isalpha},
       {"blank", std::isblank},
       {"cntrl", std::iscntrl},
       {"digit", std::isdigit},
       {"graph", std::isgraph},
       {"lower", std::islower},
       {"print", std::isprint},
       {"punct", std::ispunct},
       {"space", std::isspace},
       {"upper", std::isupper},
       {"xdigit", std::isxdigit}}};
  for (const auto& [known, test] : kClasses) {
    if (known == name) return c < 128 && test(c) != 0;
  }
  return false;
}

// Adds "[:name:]" at `at` (behind its '['); the place behind it.
std::optional<std::size_t> add_class(std::string_view p, std::size_t at,
                                     ByteSet& set) {
  const std::size_t end = p.find(":]", at + 1);
  if (p[at] != ':' || end == std::string_view::npos) return std::nullopt;
  const std::string_view name = p.substr(at + 1, end - at - 1);
  for (unsigned c = 0; c < 256; ++c) {
    if (in_class(name, static_cast<unsigned char>(c))) set[c] = true;
  }
  return end + 2;
}

unsigned char byte_at(std::string_view p, std::size_t at) {
  return static_cast<unsigned char>(p[at]);
}

}  // namespace

Glob::Glob(std::string_view pattern) {
  std::size_t at = 0;
  while (at < pattern.size()) {
    const char c = pattern[at];
    const bool at_start = at == 0 || pattern[at - 1] == '/';
    if (c == '\\' && at + 1 < pattern.size()) {
      tokens_.push_back({Kind::kLiteral, byte_at(pattern, at + 1), {}});
      at += 2;
    } else if (c == '?') {
      tokens_.push_back({Kind::kOne, 0, {}});
      ++at;
    } else if (c == '[') {
      at = parse_set(pattern, at);
    } else if (at_start && pattern.substr(at, 3) == "**/") {
      tokens_.push_back({Kind::kFolders, 0, {}});
      tokens_.push_back({Kind::kInFolder, 0, {}});
      at += 3;
    } else if (at_start && pattern.substr(at) == "**") {
      tokens_.push_back({Kind::kAll, 0, {}});
      at += 2;
    } else if (c == '*') {
      tokens_.push_back({Kind::kRun, 0, {}});
      while (at < pattern.size() && pattern[at] == '*')
        ++at;
    } else {
      tokens_.push_back({Kind::kLiteral, byte_at(pattern, at), {}});
      ++at;
    }
  }
  find_shortcut();
}

void Glob::find_shortcut() {
  run_ = !tokens_.empty() && tokens_.front().kind == Kind::kRun;
  for (std::size_t i = run_ ? 1 : 0; i < tokens_.size(); ++i) {
    if (tokens_[i].kind != Kind::kLiteral) return;
    literal_ += static_cast<char>(tokens_[i].byte);
  }
  simple_ = true;
}

std::size_t Glob::parse_set(std::string_view p, std::size_t start) {
  ByteSet set(256, false);
  std::size_t at = start + 1;
  const bool negated = at < p.size() && (p[at] == '!' || p[at] == '^');
  if (negated) ++at;
  for (bool first = true; at < p.size(); first = false) {
    if (p[at] == ']' && !first) {
      if (negated) set.flip();
      set['/'] = false;
      tokens_.push_back({Kind::kSet, 0, std::move(set)});
      return at + 1;
    }
    if (p[at] == '[' && at + 1 < p.size()) {
      if (const auto behind = add_class(p, at + 1, set)) {
        at = *behind;
        continue;
      }
    }
    if (p[at] == '\\' && at + 1 < p.size()) ++at;
    const unsigned char low = byte_at(p, at++);
    unsigned char high = low;
    if (at + 1 < p.size() && p[at] == '-' && p[at + 1] != ']') {
      high = byte_at(p, at + 1);
      at += 2;
    }
    for (unsigned c = low; c <= high; ++c)
      set[c] = true;
  }
  tokens_.push_back({Kind::kLiteral, '[', {}});
  return start + 1;
}

// States that need no byte are entered along with the ones before them.
void Glob::close(std::vector<bool>& states) const {
  for (std::size_t i = 0; i < tokens_.size(); ++i) {
    if (!states[i]) continue;
    const Kind kind = tokens_[i].kind;
    if (kind == Kind::kRun || kind == Kind::kAll) states[i + 1] = true;
    if (kind == Kind::kFolders) states[i + 2] = true;
  }
}

void Glob::step(const std::vector<bool>& now, std::vector<bool>& next,
                unsigned char c) const {
  for (std::size_t i = 0; i < tokens_.size(); ++i) {
    if (!now[i]) continue;
    const Token& token = tokens_[i];
    switch (token.kind) {
      case Kind::kLiteral:
        if (c == token.byte) next[i + 1] = true;
        break;
      case Kind::kOne:
        if (c != '/') next[i + 1] = true;
        break;
      case Kind::kSet:
        if (token.set[c]) next[i + 1] = true;
        break;
      case Kind::kRun:
        if (c != '/') next[i] = true;
        break;
      case Kind::kAll:
        next[i] = true;
        break;
      case Kind::kFolders:
        next[c == '/' ? i : i + 1] = true;
        break;
      case Kind::kInFolder:
        next[c == '/' ? i - 1 : i] = true;
        break;
    }
  }
}

bool Glob::matches(std::string_view text) const {
  if (simple_ && !run_) return text == literal_;
  if (simple_) {
    return text.ends_with(literal_) &&
           text.substr(0, text.size() - literal_.size()).find('/') ==
               std::string_view::npos;
  }
  std::vector<bool> now(tokens_.size() + 1, false);
  std::vector<bool> next(now.size());
  now[0] = true;
  close(now);
  for (std::size_t at = 0; at < text.size(); ++at) {
    next.assign(next.size(), false);
    step(now, next, byte_at(text, at));
    close(next);
    now.swap(next);
  }
  return now.back();
}

std::string escape_attribute_pattern(std::string_view path) {
  std::string out;
  for (const char c : path) {
    if (c == ' ') {
      out += "[[:space:]]";
    } else {
      const bool leading = out.empty() && (c == '#' || c == '"' || c == '!');
      if (leading || c == '*' || c == '?' || c == '[' || c == '\\') out += '\\';
      out += c;
    }
  }
  return out;
}

}  // namespace hug::hub
