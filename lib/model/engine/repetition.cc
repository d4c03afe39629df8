#include "engine/repetition.h"

#include <algorithm>
#include <cmath>

namespace hug::engine {

namespace {

constexpr std::size_t kMaxBreakerBytes = 40;
constexpr std::size_t kMaxTail = 20;  // tokens

std::span<const TokenId> last_of(std::span<const TokenId> said, std::size_t n) {
  return said.last(std::min(n, said.size()));
}

// Adds the ways in which `text` begins within `token` and ends behind it.
Result<void> add_overlaps(const Tokenizer& tokenizer, TokenId id,
                          std::string_view token, std::string_view text,
                          Breakers& out) {
  for (std::size_t at = 0; at < token.size(); ++at) {
    const std::string_view end = token.substr(at);
    if (end.size() >= text.size() || !text.starts_with(end)) continue;
    EncodeOptions options;
    options.add_special = false;
    options.parse_special = false;
    auto tail = HUG_TRY(tokenizer.encode(text.substr(end.size()), options)).ids;
    if (tail.size() > kMaxTail) tail.resize(kMaxTail);
    const auto [begin, stop] = out.equal_range(id);
    const bool known = std::any_of(
        begin, stop, [&](const auto& x) { return x.second == tail; });
    if (!known) out.emplace(id, std::move(tail));
  }
  return {};
}

// How many tokens after the last breaker there are; all when there is none.
std::size_t tokens_since_break(const Breakers& breakers,
                               std::span<const TokenId> said) {
  for (std::size_t back = 0; back < said.size(); ++back) {
    const std::size_t at = said.size() - 1 - back;
    const auto [begin, end] = breakers.equal_range(said[at]);
    std::optional<std::size_t> longest;
    for (auto it = begin; it != end; ++it) {
      const auto& tail = it->second;
      if (tail.size() > back || (longest && tail.size() <= *longest)) continue;
      const auto follows = said.subspan(at + 1, tail.size());
      if (std::equal(tail.begin(), tail.end(), follows.begin())) {
        longest = tail.size();
      }
    }
    if (longest) return back - *longest;
  }
  return said.size();
}

// z[k]: how many tokens from k on equal those from the start.
std::vector<std::size_t> z_of(std::span<const TokenId> s) {
  std::vector<std::size_t> z(s.size());
  std::size_t left = 0;
  std::size_t right = 0;  // [left, right) equals the start
  for (std::size_t k = 1; k < s.size(); ++k) {
    if (k < right) z[k] = std::min(right - k, z[k - left]);
    while (k + z[k] < s.size() && s[z[k]] == s[k + z[k]])
      ++z[k];
    if (k + z[k] > right) {
      left = k;
      right = k + z[k];
    }
  }
  return z;
}

}  // namespace

Result<Breakers> make_breakers(const Tokenizer& tokenizer,
                               const std::vector<std::string>& texts) {
  Breakers out;
  for (std::size_t i = 0; i < tokenizer.size(); ++i) {
    const auto id = static_cast<TokenId>(i);
    const std::string token = tokenizer.token_bytes(id);
    for (const std::string& whole : texts) {
      const auto text = std::string_view(whole).substr(0, kMaxBreakerBytes);
      if (text.empty() || token.empty()) continue;
      if (token.find(text) != token.npos) {
        out.emplace(id, std::vector<TokenId>());
      } else if (text.size() > 1) {
        HUG_TRY(add_overlaps(tokenizer, id, token, text, out));
      }
    }
  }
  return out;
}

void penalize(const SamplingOptions& o, std::span<const TokenId> said,
              std::span<float> logits) {
  if (o.repeat_penalty == 1 && o.frequency_penalty == 0 &&
      o.presence_penalty == 0) {
    return;
  }
  std::map<TokenId, std::uint32_t> counts;
  for (const TokenId id : last_of(said, o.repeat_last_n))
    ++counts[id];
  for (const auto& [id, count] : counts) {
    if (id < 0 || static_cast<std::size_t>(id) >= logits.size()) continue;
    float& l = logits[static_cast<std::size_t>(id)];
    l = l > 0 ? l / o.repeat_penalty : l * o.repeat_penalty;
    l -= static_cast<float>(count) * o.frequency_penalty + o.presence_penalty;
  }
}

void penalize_repetition(const SamplingOptions& o, const Breakers& breakers,
                         std::span<const TokenId> all,
                         std::span<float> logits) {
  if (o.dry_multiplier == 0 || o.dry_base < 1) return;
  const auto said = last_of(all, o.dry_last_n);
  if (said.size() <= o.dry_allowed_length) return;
  const std::size_t limit = tokens_since_break(breakers, said);
  if (limit < o.dry_allowed_length) return;
  // Backwards, so that suffixes become prefixes.
  const std::vector<TokenId> back(said.rbegin(), said.rend());
  const auto z = z_of(back);
  std::map<TokenId, std::size_t> longest;
  for (std::size_t k = 1; k < back.size(); ++k) {
    const std::size_t n = std::min(z[k], limit);
    if (n < o.dry_allowed_length) continue;
    auto& best = longest[back[k - 1]];
    best = std::max(best, n);
  }
  const float most =
      o.dry_base > 1.000001F ? 88.7228391F / std::log(o.dry_base) : 0;
  for (const auto& [id, n] : longest) {
    if (id < 0 || static_cast<std::size_t>(id) >= logits.size()) continue;
    auto power = static_cast<float>(n - o.dry_allowed_length);
    if (most > 0) power = std::min(power, most);
    logits[static_cast<std::size_t>(id)] -=
        o.dry_multiplier * std::pow(o.dry_base, power);
  }
}

}  // namespace hug::engine
