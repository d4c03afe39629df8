#include "convert/model_id.h"

#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <vector>

#include "base/strings.h"

namespace hug::convert {

namespace {

enum Kind : unsigned {
  kBasename = 1,
  kSize = 2,
  kFinetune = 4,
  kVersion = 8,
  kType = 16,
};

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

bool is_alpha(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
         static_cast<unsigned char>(c) >= 0x80;
}

bool eat(std::string_view& text, std::string_view lower) {
  if (text.size() < lower.size() ||
      !base::equal_ignoring_case(text.substr(0, lower.size()), lower))
    return false;
  text.remove_prefix(lower.size());
  return true;
}

bool eat_digits(std::string_view& text) {
  std::size_t n = 0;
  while (n < text.size() && is_digit(text[n]))
    ++n;
  text.remove_prefix(n);
  return n > 0;
}

// (v|iter)? digits (. digits)*
bool is_version(std::string_view text) {
  if (!eat(text, "iter")) eat(text, "v");
  if (!eat_digits(text)) return false;
  while (text.starts_with('.')) {
    text.remove_prefix(1);
    if (!eat_digits(text)) return false;
  }
  return text.empty();
}

// i?q digit (_ word)*, or b?fp?(16|32)
bool is_type(std::string_view text) {
  std::string_view rest = text;
  eat(rest, "i");
  if (eat(rest, "q") && !rest.empty() && is_digit(rest.front())) {
    rest.remove_prefix(1);
    while (rest.size() >= 2 && rest[0] == '_' &&
           (is_digit(rest[1]) || is_alpha(rest[1]) || rest[1] == '_'))
      rest.remove_prefix(2);
    if (rest.empty()) return true;
  }
  rest = text;
  eat(rest, "b");
  if (!eat(rest, "f")) return false;
  eat(rest, "p");
  return rest == "16" || rest == "32";
}

// (A | digits x)? digits ([._] digits)? [KMBT] digit?
bool is_number_size(std::string_view text) {
  const auto tail = [](std::string_view rest) {
    if (!eat_digits(rest)) return false;
    std::string_view fraction = rest;
    if (fraction.starts_with('.') || fraction.starts_with('_')) {
      fraction.remove_prefix(1);
      if (eat_digits(fraction)) rest = fraction;
    }
    if (rest.empty() || std::string_view("kmbtKMBT").find(rest.front()) ==
                            std::string_view::npos)
      return false;
    rest.remove_prefix(1);
    if (!rest.empty() && is_digit(rest.front())) rest.remove_prefix(1);
    return rest.empty();
  };
  if (tail(text)) return true;
  std::string_view rest = text;
  if (eat(rest, "a") && tail(rest)) return true;
  rest = text;
  return eat_digits(rest) && eat(rest, "x") && tail(rest);
}

bool is_word_size(std::string_view text) {
  for (const std::string_view word :
       {"small", "mini", "medium", "large", "xl", "xxl"})
    if (base::equal_ignoring_case(text, word)) return true;
  return false;
}

struct Part {
  std::string text;
  unsigned kinds = 0;
};

std::string upper(std::string text) {
  for (char& c : text)
    if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
  return text;
}

// A number before the last letter, as Python's float() reads it.
std::optional<double> number_before_suffix(const std::string& text) {
  const std::string head = text.substr(0, text.size() - 1);
  if (head.empty()) return std::nullopt;
  char* end = nullptr;
  const double value = std::strtod(head.c_str(), &end);
  const bool plain =
      head.find_first_not_of("0123456789._") == std::string::npos;
  if (end != head.c_str() + head.size() || !plain) return std::nullopt;
  return value;
}

void mark_size(Part& part, std::uint64_t n_parameters) {
  std::string text = base::replace_all(part.text, "_", ".");
  if (is_digit(text.back()) && text.size() >= 2) {  // 7b1 means 7.1B
    const char digit = text.back();
    const char unit = text[text.size() - 2];
    text = text.substr(0, text.size() - 2) + "." + digit + unit;
  }
  if (text.size() > 1 && is_digit(text[text.size() - 2]) &&
      std::string_view("kmbt").find(text.back()) != std::string_view::npos)
    text.back() = static_cast<char>(text.back() - 'a' + 'A');
  if (n_parameters != 0) {
    const auto index = std::string_view(" KMBT").find(text.back());
    const auto number = number_before_suffix(text);
    if (number) {
      const double power = index == std::string_view::npos
                               ? std::pow(1000.0, -1)
                               : std::pow(1000.0, static_cast<double>(index));
      const double label = *number * power;
      const auto total = static_cast<double>(n_parameters);
      if (std::abs(label - total) > std::floor(7 * total / 8)) {
        part.kinds |= kFinetune;  // likely the length of the context
        if (text.back() >= 'A' && text.back() <= 'Z')
          text.back() = static_cast<char>(text.back() - 'A' + 'a');
      }
    }
  }
  if (part.kinds == 0) part.kinds |= kSize;
  part.text = text;
}

void mark(Part& part, bool first, std::uint64_t n_parameters) {
  if (is_version(part.text)) {
    part.kinds |= kVersion;
  } else if (is_type(part.text)) {
    part.kinds |= kType;
    part.text = upper(part.text);
  } else if (!first && (is_number_size(part.text) || is_word_size(part.text))) {
    mark_size(part, n_parameters);
  } else if (!first) {
    for (const std::string_view word : {"chat", "instruct", "vision", "lora"})
      if (base::equal_ignoring_case(part.text, word)) part.kinds |= kFinetune;
  }
}

// Words are no sizes where there is a number.
void drop_word_sizes(std::vector<Part>& parts) {
  bool numbers = false;
  for (const Part& part : parts)
    if ((part.kinds & kSize) != 0)
      for (const char c : part.text)
        numbers = numbers || is_digit(c);
  if (!numbers) return;
  for (Part& part : parts) {
    if ((part.kinds & kSize) == 0) continue;
    bool word = true;
    for (const char c : part.text)
      word = word && is_alpha(c);
    if (word) part.kinds &= ~unsigned{kSize};
  }
}

// The beginning is the base name; what nobody recognised behind it a fine-tune.
void find_basename(std::vector<Part>& parts) {
  bool at_start = true;
  for (Part& part : parts) {
    if (at_start && ((part.kinds == 0 && is_alpha(part.text[0])) ||
                     (part.kinds & kVersion) != 0)) {
      part.kinds |= kBasename;
    } else {
      at_start = false;
      if (part.kinds == 0) part.kinds |= kFinetune;
    }
  }
  for (auto it = parts.rbegin(); it != parts.rend(); ++it) {
    const bool more = (it->kinds & ~unsigned{kBasename}) != 0;
    if ((it->kinds & kBasename) == 0 || !more) break;
    it->kinds &= ~unsigned{kBasename};
  }
}

std::optional<std::string> join_kind(const std::vector<Part>& parts,
                                     unsigned kind, unsigned without,
                                     bool once = false) {
  std::vector<std::string> found;
  for (const Part& part : parts) {
    if ((part.kinds & kind) == 0 || (part.kinds & without) != 0) continue;
    bool known = false;
    if (once)
      for (const std::string& old : found)
        known = known || old == part.text;
    if (!known) found.push_back(part.text);
  }
  const std::string out = base::join(found, "-");
  if (out.empty()) return std::nullopt;
  return out;
}

}  // namespace

ModelId parse_model_id(std::string_view id, std::uint64_t n_parameters) {
  ModelId out;
  if (id.find(' ') != std::string_view::npos) {
    out.name = std::string(id);
    return out;
  }
  std::string_view full = id;
  const auto slash = id.find('/');
  if (slash != std::string_view::npos) {
    if (!id.starts_with('.'))
      out.organization = std::string(id.substr(0, slash));
    full = id.substr(slash + 1);
  }
  out.name = std::string(full);
  std::vector<Part> parts;
  for (const std::string_view text : base::split(full, '-'))
    if (!text.empty()) parts.push_back({std::string(text), 0});
  for (std::size_t i = 0; i < parts.size(); ++i)
    mark(parts[i], i == 0, n_parameters);
  drop_word_sizes(parts);
  find_basename(parts);
  out.basename = join_kind(parts, kBasename, 0);
  out.size_label = join_kind(parts, kSize, 0, true);
  out.finetune = join_kind(parts, kFinetune, 0);
  out.version = join_kind(parts, kVersion, kBasename);
  if (!out.size_label && !out.finetune && !out.version) out.basename.reset();
  return out;
}

std::string title_of(std::string_view name) {
  std::string out;
  std::string spaced = base::replace_all(base::trim(name), "-", " ");
  for (const std::string_view word : base::split(spaced, ' ')) {
    if (word.empty()) continue;
    if (!out.empty()) out += ' ';
    bool lower = false;
    bool is_upper = false;
    for (const char c : word) {
      lower = lower || (c >= 'a' && c <= 'z');
      is_upper = is_upper || (c >= 'A' && c <= 'Z');
    }
    const bool versioned =
        is_digit(word[0]) ||
        (word[0] == 'v' && word.size() > 1 && is_version(word));
    if (!lower || is_upper || versioned) {
      out += word;
      continue;
    }
    // A capital at the start and behind everything that is no letter.
    bool start = true;
    for (const char c : word) {
      out +=
          start && c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
      start = !is_alpha(c);
    }
  }
  return out;
}

std::string size_label_of(std::uint64_t total, std::uint64_t shared,
                          std::uint64_t expert, std::uint64_t n_expert) {
  const auto count =
      static_cast<double>(n_expert > 0 ? shared + expert : total);
  double scaled = count * 1e-3;
  char unit = 'K';
  if (count > 1e12) {
    scaled = count * 1e-12;
    unit = 'T';
  } else if (count > 1e9) {
    scaled = count * 1e-9;
    unit = 'B';
  } else if (count > 1e6) {
    scaled = count * 1e-6;
    unit = 'M';
  }
  // At least two digits that mean something.
  const double rounded = std::nearbyint(scaled);
  const int digits = rounded < 1 ? 0 : rounded < 10 ? 1 : 2;
  char text[64];
  std::snprintf(text, sizeof text, "%.*f%c", 2 - digits, scaled, unit);
  std::string out = text;
  if (n_expert > 0) out = std::to_string(n_expert) + "x" + out;
  return out;
}

}  // namespace hug::convert
