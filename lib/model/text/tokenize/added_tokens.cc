#include "text/tokenize/added_tokens.h"

#include "text/tokenize/unicode/unicode.h"

namespace hug::text {

namespace {

std::size_t char_before(std::string_view text, std::size_t at) {
  do {
    --at;
  } while (at > 0 && (static_cast<unsigned char>(text[at]) & 0xc0) == 0x80);
  return at;
}

bool word_before(std::string_view text, std::size_t at) {
  if (at == 0) return false;
  std::size_t begin = char_before(text, at);
  return is_word(next_char(text, begin));
}

bool word_behind(std::string_view text, std::size_t at) {
  return at < text.size() && is_word(next_char(text, at));
}

}  // namespace

void AddedTokens::add(const AddedToken& token, std::string_view pattern) {
  if (pattern.empty()) return;
  trie_.put(pattern, static_cast<std::int32_t>(tokens_.size()));
  tokens_.push_back(token);
}

AddedTokens::Part AddedTokens::find(std::string_view text, std::size_t from,
                                    std::size_t done, bool with_special) const {
  for (std::size_t i = from; i < text.size(); ++i) {
    if (!trie_.begins(text[i])) continue;
    Part best;
    trie_.each_prefix(text.substr(i), [&](std::size_t size, std::int32_t n) {
      best = {i, i + size, &tokens_[static_cast<std::size_t>(n)]};
    });
    if (best.token == nullptr) continue;
    const AddedToken& t = *best.token;
    const bool refused = (t.special && !with_special) ||
                         (t.single_word && (word_before(text, best.begin) ||
                                            word_behind(text, best.end)));
    if (refused) {
      i = best.end - 1;  // the match is used up all the same
      continue;
    }
    while (t.lstrip && best.begin > done) {
      const std::size_t at = char_before(text, best.begin);
      std::size_t next = at;
      if (!is_space(next_char(text, next))) break;
      best.begin = at;
    }
    while (t.rstrip && best.end < text.size()) {
      std::size_t next = best.end;
      if (!is_space(next_char(text, next))) break;
      best.end = next;
    }
    return best;
  }
  return {};
}

std::vector<AddedTokens::Part> AddedTokens::split(std::string_view text,
                                                  bool with_special) const {
  std::vector<Part> out;
  std::size_t done = 0;
  while (!empty() && done < text.size()) {
    const Part part = find(text, done, done, with_special);
    if (part.token == nullptr) break;
    if (part.begin > done) out.push_back({done, part.begin, nullptr});
    out.push_back(part);
    done = part.end;
  }
  if (done < text.size()) out.push_back({done, text.size(), nullptr});
  return out;
}

}  // namespace hug::text
