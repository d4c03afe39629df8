#include "plan.h"

#include <algorithm>
#include <iterator>

#include "base/fnmatch.h"
#include "base/strings.h"

namespace hug::fault {
namespace {

enum Where : unsigned { kData = 1, kRanged = 2, kRead = 4, kWrite = 8 };

struct Row {
  Fault fault;
  const char* name;
  unsigned where;  // kinds of request that it suits
};

constexpr unsigned kAny = kData | kRead | kWrite;

// Damage that only a digest can find is done to data alone: nothing vouches
// for JSON over plain HTTP, so a flipped bit there proves nothing.
constexpr Row kRows[] = {
    {Fault::kNone, "none", 0},
    {Fault::kReset, "reset", kAny},
    {Fault::kDrop, "drop", kAny},
    {Fault::kLoseResponse, "lose-response", kAny},
    {Fault::kStatus, "status", kAny},
    {Fault::kLimit, "limit", kAny},
    {Fault::kTruncate, "truncate", kData | kRead},
    {Fault::kTruncateChunks, "truncate-chunks", kData | kRead},
    {Fault::kNoLength, "no-length", kData | kRead},
    {Fault::kFlip, "flip", kData},
    {Fault::kRepeat, "repeat", kData},
    {Fault::kStall, "stall", kData},
    {Fault::kSilence, "silence", kData | kRead},
    {Fault::kSlow, "slow", kData},
    {Fault::kIgnoreRange, "ignore-range", kRanged},
    {Fault::kWrongRange, "wrong-range", kRanged},
    {Fault::kLyingRange, "lying-range", kRanged},
    {Fault::kNoContentRange, "no-content-range", kRanged},
    {Fault::kMultipart, "multipart", kRanged},
    {Fault::kGzip, "gzip", kData},
    {Fault::kHtml, "html", kData},
    {Fault::kInterim, "interim", kAny},
    {Fault::kCutRequest, "cut-request", kWrite},
    {Fault::kRedirect, "redirect", 0},
};

std::uint64_t mix(std::uint64_t z) {
  z += 0x9e3779b97f4a7c15;
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
  z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
  return z ^ (z >> 31);
}

std::uint64_t hash(std::string_view text, std::uint64_t seed) {
  std::uint64_t out = mix(seed);
  for (const char c : text) {
    out = mix(out ^ static_cast<unsigned char>(c));
  }
  return out;
}

unsigned kinds_of(const RequestKey& key) {
  if (key.method != "GET" && key.method != "HEAD") return kWrite;
  if (key.method == "HEAD" || !key.is_data) return kRead;
  return key.range.empty() ? kData : kData | kRanged;
}

}  // namespace

std::string_view fault_name(Fault fault) {
  const auto* const row = std::ranges::find(kRows, fault, &Row::fault);
  return row == std::end(kRows) ? "?" : row->name;
}

std::optional<Fault> find_fault(std::string_view name) {
  for (const auto& row : kRows) {
    if (name == row.name) return row.fault;
  }
  return std::nullopt;
}

std::optional<Rule> parse_rule(std::string_view line) {
  std::vector<std::string_view> words;
  for (const auto word : base::split(line, ' ')) {
    if (!base::trim(word).empty()) words.push_back(base::trim(word));
  }
  if (words.size() < 3) return std::nullopt;
  Rule rule;
  rule.method = words[0];
  rule.glob = words[1];
  std::size_t at = 2;
  if (words[at].starts_with("nth=")) {
    rule.nth = base::parse_unsigned(words[at].substr(4));
    if (!rule.nth || ++at == words.size()) return std::nullopt;
  }
  const auto fault = find_fault(words[at++]);
  if (!fault) return std::nullopt;
  rule.fault = *fault;
  for (; at < words.size(); ++at) {
    if (!rule.argument.empty()) rule.argument += ' ';
    rule.argument += words[at];
  }
  return rule;
}

std::optional<Decision> Plan::from_rules(const RequestKey& key) {
  for (auto& rule : options_.rules) {
    const bool fits = (rule.method == "*" || rule.method == key.method) &&
                      base::fnmatch(key.target, rule.glob);
    if (!fits) continue;
    ++rule.seen;
    if (rule.nth && *rule.nth != rule.seen) continue;
    return Decision{rule.fault, rule.argument,
                    hash(key.target, options_.seed + rule.seen)};
  }
  return std::nullopt;
}

std::vector<Fault> Plan::choices(const RequestKey& key) const {
  const auto kinds = kinds_of(key);
  std::vector<Fault> out;
  for (const auto& row : kRows) {
    const bool wanted =
        options_.only.empty() ||
        std::ranges::find(options_.only, row.fault) != options_.only.end();
    if (wanted && (row.where & kinds) != 0) out.push_back(row.fault);
  }
  return out;
}

Decision Plan::decide(const RequestKey& key) {
  const std::lock_guard lock(mutex_);
  if (auto decision = from_rules(key)) return *std::move(decision);
  const auto text = key.method + " " + key.target + " " + key.range;
  const auto nth = seen_[text]++;
  const auto random = hash(text, options_.seed * 1000003 + nth);
  const auto unit = static_cast<double>(random >> 11) * 0x1p-53;
  if (nth >= options_.budget || unit >= options_.rate) return {};
  const auto faults = choices(key);
  if (faults.empty()) return {};
  return {faults[mix(random) % faults.size()], {}, mix(random + 1)};
}

}  // namespace hug::fault
