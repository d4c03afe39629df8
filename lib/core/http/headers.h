// Header fields: a multimap that ignores case and keeps order, and parsers of
// the few fields that hubs use. All parsers take what a server sent, so they
// answer with nothing instead of guessing.
#pragma once

#include <chrono>
#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/time.h"

namespace hug::http {

class Headers {
 public:
  using Field = std::pair<std::string, std::string>;

  Headers() = default;

  Headers(std::initializer_list<Field> fields) : fields_(fields) {}

  /// Adds a field; earlier ones of the name stay.
  Headers& add(std::string_view name, std::string_view value);
  /// Replaces all fields of the name.
  Headers& set(std::string_view name, std::string_view value);
  Headers& remove(std::string_view name);

  /// The first value of the name; empty when there is none.
  std::string_view get(std::string_view name) const;
  std::optional<std::string_view> find(std::string_view name) const;
  std::vector<std::string_view> all(std::string_view name) const;

  bool has(std::string_view name) const { return find(name).has_value(); }

  std::size_t count(std::string_view name) const { return all(name).size(); }

  const std::vector<Field>& fields() const noexcept { return fields_; }

  bool empty() const noexcept { return fields_.empty(); }

 private:
  std::vector<Field> fields_;
};

/// True for a token of RFC 9110 (what a field name may be).
bool is_field_name(std::string_view name);
/// True when the value has no CR, LF, NUL or other control but TAB.
bool is_field_value(std::string_view value);

struct Link {
  std::string target;  // not resolved yet
  std::string rel;
};

/// All links of a field value; broken ones are left out.
std::vector<Link> parse_link(std::string_view value);
/// The target of the first link with this relation over all Link fields.
std::optional<std::string> find_link(const Headers& headers,
                                     std::string_view rel);

struct ContentRange {
  std::optional<std::uint64_t> first;  // nothing in "bytes */123"
  std::optional<std::uint64_t> last;   // inclusive
  std::optional<std::uint64_t> total;  // nothing in "bytes 0-9/*"
};

/// "bytes 0-9/123"; nothing when it is broken or contradicts itself.
std::optional<ContentRange> parse_content_range(std::string_view value);

struct RateLimit {
  std::string bucket;
  std::uint64_t remaining = 0;
  std::chrono::seconds reset{0};
};

/// `"api";r=12;t=55` (IETF draft 9)
std::optional<RateLimit> parse_rate_limit(std::string_view value);

struct RateLimitPolicy {
  std::uint64_t quota = 0;
  std::chrono::seconds window{0};
};

/// `"fixed window";"api";q=500;w=300`
std::optional<RateLimitPolicy> parse_rate_limit_policy(std::string_view value);

/// Seconds or an HTTP date, as the time to wait from `now`; never negative.
std::optional<std::chrono::milliseconds> parse_retry_after(
    std::string_view value, base::Time now);

/// The file name of an attachment (filename* wins); nothing when there is
/// none or it would lead out of a folder.
std::optional<std::string> parse_disposition(std::string_view value);

/// `W/"abc"` -> `abc`, exactly as the Hub's Python client does it.
std::string normalize_etag(std::string_view value);

/// Content-Length as one number; nothing when absent, broken or ambiguous.
std::optional<std::uint64_t> content_length(const Headers& headers);

/// The id to quote to the people who run the server: X-Request-Id,
/// X-Amzn-Trace-Id or X-Amz-Cf-Id, the first that is there.
std::string request_id(const Headers& headers);

}  // namespace hug::http
