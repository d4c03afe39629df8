#include "http/headers.h"

#include <algorithm>

#include "base/checked.h"
#include "base/strings.h"
#include "base/utf8.h"
#include "http/url.h"

namespace hug::http {
namespace {

using base::equal_ignoring_case;
using base::trim;

bool is_token_char(char c) {
  const bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
  const bool digit = c >= '0' && c <= '9';
  return letter || digit ||
         std::string_view("!#$%&'*+-.^_`|~").find(c) != std::string_view::npos;
}

/// Reads the grammar that Link, RateLimit and Content-Disposition share:
/// tokens, quoted strings and single characters.
class Scanner {
 public:
  explicit Scanner(std::string_view text) : text_(text) {}

  bool at_end() {
    skip_blanks();
    return pos_ == text_.size();
  }

  bool accept(char c) {
    skip_blanks();
    if (pos_ == text_.size() || text_[pos_] != c) return false;
    ++pos_;
    return true;
  }

  /// A token; empty when there is none.
  std::string token() {
    skip_blanks();
    const auto start = pos_;
    while (pos_ < text_.size() && is_token_char(text_[pos_]))
      ++pos_;
    return std::string(text_.substr(start, pos_ - start));
  }

  /// A token or a quoted string; nothing when there is neither.
  std::optional<std::string> word() {
    if (accept('"')) return quoted_rest();
    auto text = token();
    if (text.empty()) return std::nullopt;
    return text;
  }

  /// Everything up to a character, which is consumed.
  std::optional<std::string> until(char c) {
    const auto end = text_.find(c, pos_);
    if (end == text_.npos) return std::nullopt;
    auto out = std::string(text_.substr(pos_, end - pos_));
    pos_ = end + 1;
    return out;
  }

  /// Behind the next `c` that does not stand in quotes; false at the end.
  bool skip_past(char c) {
    bool quoted = false;
    while (pos_ < text_.size()) {
      const char here = text_[pos_++];
      if (here == '\\' && quoted && pos_ < text_.size()) ++pos_;
      if (here == '"') quoted = !quoted;
      if (here == c && !quoted) return true;
    }
    return false;
  }

 private:
  void skip_blanks() {
    while (pos_ < text_.size() && (text_[pos_] == ' ' || text_[pos_] == '\t')) {
      ++pos_;
    }
  }

  std::optional<std::string> quoted_rest() {
    std::string out;
    while (pos_ < text_.size()) {
      char c = text_[pos_++];
      if (c == '"') return out;
      if (c == '\\' && pos_ < text_.size()) c = text_[pos_++];
      out += c;
    }
    return std::nullopt;
  }

  std::string_view text_;
  std::size_t pos_ = 0;
};

/// The value of a parameter in `;name=value` lists, after the first item.
std::optional<std::uint64_t> number_parameter(Scanner scan,
                                              std::string_view name) {
  while (scan.accept(';')) {
    const auto key = scan.token();
    if (!scan.accept('=')) continue;
    const auto value = scan.word();
    if (!value) return std::nullopt;
    if (equal_ignoring_case(key, name)) return base::parse_unsigned(*value);
  }
  return std::nullopt;
}

bool rel_contains(std::string_view rels, std::string_view rel) {
  return std::ranges::any_of(base::split(rels, ' '), [&](auto one) {
    return equal_ignoring_case(trim(one), rel);
  });
}

/// One link after its target; false when its parameters are broken.
bool take_link_parameters(Scanner& scan, Link& link) {
  while (scan.accept(';')) {
    const auto key = scan.token();
    if (key.empty()) continue;
    if (!scan.accept('=')) continue;
    auto value = scan.word();
    if (!value) return false;
    if (equal_ignoring_case(key, "rel") && link.rel.empty()) {
      link.rel = *std::move(value);
    }
  }
  return true;
}

std::chrono::seconds bounded_seconds(std::uint64_t count) {
  constexpr std::uint64_t kYear = 366 * 24 * 3600;
  return std::chrono::seconds(
      static_cast<std::int64_t>(std::min(count, kYear)));
}

/// RFC 8187: charset'language'value
std::optional<std::string> extended_value(std::string_view value) {
  const auto first = value.find('\'');
  if (first == value.npos) return std::nullopt;
  const auto second = value.find('\'', first + 1);
  if (second == value.npos) return std::nullopt;
  if (!equal_ignoring_case(value.substr(0, first), "utf-8")) {
    return std::nullopt;
  }
  return decode(value.substr(second + 1));
}

/// The last part of a name, if it can be a file's name at all.
std::optional<std::string> plain_name(std::string name) {
  const auto slash = name.find_last_of("/\\");
  if (slash != name.npos) name.erase(0, slash + 1);
  const bool control = std::ranges::any_of(name, [](char c) {
    return static_cast<unsigned char>(c) < 32 || c == 127;
  });
  if (name.empty() || name == "." || name == ".." || control ||
      name.size() > 255 || !base::is_valid_utf8(name)) {
    return std::nullopt;
  }
  return name;
}

}  // namespace

Headers& Headers::add(std::string_view name, std::string_view value) {
  fields_.emplace_back(name, value);
  return *this;
}

Headers& Headers::set(std::string_view name, std::string_view value) {
  remove(name);
  return add(name, value);
}

Headers& Headers::remove(std::string_view name) {
  std::erase_if(fields_, [&](const Field& field) {
    return equal_ignoring_case(field.first, name);
  });
  return *this;
}

std::optional<std::string_view> Headers::find(std::string_view name) const {
  for (const auto& [key, value] : fields_) {
    if (equal_ignoring_case(key, name)) return value;
  }
  return std::nullopt;
}

std::string_view Headers::get(std::string_view name) const {
  return find(name).value_or(std::string_view());
}

std::vector<std::string_view> Headers::all(std::string_view name) const {
  std::vector<std::string_view> out;
  for (const auto& [key, value] : fields_) {
    if (equal_ignoring_case(key, name)) out.push_back(value);
  }
  return out;
}

bool is_field_name(std::string_view name) {
  return !name.empty() && std::ranges::all_of(name, is_token_char);
}

bool is_field_value(std::string_view value) {
  return std::ranges::all_of(value, [](char c) {
    const auto byte = static_cast<unsigned char>(c);
    return (byte >= 32 && byte != 127) || c == '\t';
  });
}

std::vector<Link> parse_link(std::string_view value) {
  std::vector<Link> out;
  Scanner scan(value);
  while (!scan.at_end()) {
    if (!scan.accept('<')) {
      if (!scan.skip_past(',')) break;
      continue;
    }
    auto target = scan.until('>');
    if (!target) break;
    Link link{*std::move(target), {}};
    if (take_link_parameters(scan, link)) out.push_back(std::move(link));
    if (!scan.accept(',') && !scan.skip_past(',')) break;
  }
  return out;
}

std::optional<std::string> find_link(const Headers& headers,
                                     std::string_view rel) {
  for (const auto value : headers.all("Link")) {
    for (auto& link : parse_link(value)) {
      if (rel_contains(link.rel, rel)) return std::move(link.target);
    }
  }
  return std::nullopt;
}

std::optional<ContentRange> parse_content_range(std::string_view value) {
  value = trim(value);
  if (value.size() < 6 || !equal_ignoring_case(value.substr(0, 5), "bytes") ||
      value[5] != ' ') {
    return std::nullopt;
  }
  value = trim(value.substr(6));
  const auto slash = value.find('/');
  if (slash == value.npos) return std::nullopt;
  const auto span = value.substr(0, slash);
  const auto total = value.substr(slash + 1);
  ContentRange out;
  if (total != "*") {
    out.total = base::parse_unsigned(total);
    if (!out.total) return std::nullopt;
  }
  if (span == "*") return out.total ? std::optional(out) : std::nullopt;
  const auto dash = span.find('-');
  if (dash == span.npos) return std::nullopt;
  out.first = base::parse_unsigned(span.substr(0, dash));
  out.last = base::parse_unsigned(span.substr(dash + 1));
  const bool good = out.first && out.last && *out.first <= *out.last &&
                    base::checked_add(*out.last, 1).has_value() &&
                    (!out.total || *out.last < *out.total);
  return good ? std::optional(out) : std::nullopt;
}

std::optional<RateLimit> parse_rate_limit(std::string_view value) {
  Scanner scan(value);
  auto bucket = scan.word();
  if (!bucket) return std::nullopt;
  const auto remaining = number_parameter(scan, "r");
  const auto reset = number_parameter(scan, "t");
  if (!remaining || !reset) return std::nullopt;
  return RateLimit{*std::move(bucket), *remaining, bounded_seconds(*reset)};
}

std::optional<RateLimitPolicy> parse_rate_limit_policy(std::string_view value) {
  Scanner scan(value);
  while (scan.word()) {
    const auto quota = number_parameter(scan, "q");
    const auto window = number_parameter(scan, "w");
    if (quota && window)
      return RateLimitPolicy{*quota, bounded_seconds(*window)};
    if (!scan.accept(';') && !scan.accept(',')) break;
  }
  return std::nullopt;
}

std::optional<std::chrono::milliseconds> parse_retry_after(
    std::string_view value, base::Time now) {
  value = trim(value);
  if (const auto seconds = base::parse_unsigned(value)) {
    return bounded_seconds(*seconds);
  }
  const auto date = base::parse_http(value);
  if (!date) return std::nullopt;
  const auto wait = *date - now;
  return std::clamp<std::chrono::milliseconds>(
      wait, std::chrono::milliseconds(0), bounded_seconds(~std::uint64_t{0}));
}

std::optional<std::string> parse_disposition(std::string_view value) {
  Scanner scan(value);
  if (scan.token().empty()) return std::nullopt;
  std::optional<std::string> plain;
  std::optional<std::string> extended;
  while (scan.accept(';')) {
    const auto key = scan.token();
    if (!scan.accept('=')) continue;
    auto text = scan.word();
    if (!text) break;
    if (equal_ignoring_case(key, "filename")) plain = std::move(text);
    if (equal_ignoring_case(key, "filename*")) extended = extended_value(*text);
  }
  if (extended) return plain_name(*std::move(extended));
  if (plain) return plain_name(*std::move(plain));
  return std::nullopt;
}

std::string normalize_etag(std::string_view value) {
  while (value.starts_with('W') || value.starts_with('/')) {
    value.remove_prefix(1);
  }
  while (value.starts_with('"'))
    value.remove_prefix(1);
  while (value.ends_with('"'))
    value.remove_suffix(1);
  return std::string(value);
}

std::optional<std::uint64_t> content_length(const Headers& headers) {
  std::optional<std::uint64_t> out;
  for (const auto value : headers.all("Content-Length")) {
    const auto number = base::parse_unsigned(trim(value));
    if (!number || (out && *out != *number)) return std::nullopt;
    out = number;
  }
  return out;
}

std::string request_id(const Headers& headers) {
  for (const auto* name : {"X-Request-Id", "X-Amzn-Trace-Id", "X-Amz-Cf-Id"}) {
    const auto value = headers.get(name);
    if (!value.empty()) return std::string(value.substr(0, 256));
  }
  return {};
}

}  // namespace hug::http
