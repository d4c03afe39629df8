#include "arch/tensor_rule.h"

namespace hug::arch {

namespace {

std::optional<std::uint32_t> take_number(std::string_view& text) {
  std::uint32_t value = 0;
  std::size_t n = 0;
  while (n < text.size() && text[n] >= '0' && text[n] <= '9') {
    if (value > 99'999'999) return std::nullopt;
    value = value * 10 + static_cast<std::uint32_t>(text[n] - '0');
    ++n;
  }
  if (n == 0 || (n > 1 && text[0] == '0')) return std::nullopt;
  text.remove_prefix(n);
  return value;
}

std::optional<RuleMatch> match_either(const TensorRule& rule,
                                      std::string_view pattern,
                                      std::string_view name) {
  if (rule.whole) {
    const auto numbers = match_name(pattern, name);
    if (!numbers) return std::nullopt;
    return RuleMatch{&rule, *numbers, {}};
  }
  for (const std::string_view suffix : {".weight", ".bias"}) {
    if (!name.ends_with(suffix)) continue;
    const auto stem = name.substr(0, name.size() - suffix.size());
    if (const auto numbers = match_name(pattern, stem))
      return RuleMatch{&rule, *numbers, suffix};
  }
  return std::nullopt;
}

}  // namespace

std::optional<NameMatch> match_name(std::string_view pattern,
                                    std::string_view name) {
  NameMatch out;
  while (!pattern.empty()) {
    const char c = pattern.front();
    pattern.remove_prefix(1);
    if (c == '#' || c == '@') {
      const auto number = take_number(name);
      if (!number) return std::nullopt;
      (c == '#' ? out.layer : out.part) = *number;
    } else {
      if (name.empty() || name.front() != c) return std::nullopt;
      name.remove_prefix(1);
    }
  }
  if (!name.empty()) return std::nullopt;
  return out;
}

std::string fill_name(std::string_view pattern, NameMatch match) {
  std::string out;
  for (const char c : pattern) {
    if (c == '#') {
      out += std::to_string(match.layer);
    } else if (c == '@') {
      out += std::to_string(match.part);
    } else {
      out += c;
    }
  }
  return out;
}

std::optional<RuleMatch> match_hf(const TensorRule& rule,
                                  std::string_view name) {
  return match_either(rule, rule.hf, name);
}

std::optional<RuleMatch> match_gguf(const TensorRule& rule,
                                    std::string_view name) {
  return match_either(rule, rule.gguf, name);
}

}  // namespace hug::arch
