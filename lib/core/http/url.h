// URLs of http and https: parsed once, compared by origin, shown without their
// secrets. What goes to libcurl is always our own spelling of a parsed URL, so
// the two never disagree about the host.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "hug/result.h"

namespace hug::http {

/// Scheme, host and port: what credentials are bound to. The host is in lower
/// case, the port never 0.
struct Origin {
  std::string scheme;
  std::string host;  // IPv6 addresses stand in brackets
  std::uint16_t port = 0;

  bool operator==(const Origin&) const = default;
  /// "https://huggingface.co", "http://[::1]:8080": a default port is left out.
  std::string text() const;
};

struct Url {
  std::string scheme;    // "http" or "https" unless other schemes were allowed
  std::string userinfo;  // still encoded; empty when there is none
  std::string host;      // lower case; IPv6 in brackets
  std::uint16_t port = 0;            // 0: the scheme's default
  std::string path = "/";            // encoded, starts with '/'
  std::optional<std::string> query;  // encoded, without '?'
  std::string fragment;              // encoded, without '#'; never sent

  bool operator==(const Url&) const = default;

  Origin origin() const;
  /// The URL as it is requested: with userinfo, without fragment.
  std::string text() const;
  /// For people and logs: userinfo and secret parameters (X-Amz-*, Signature,
  /// token and the like) are shown as "***".
  std::string display() const;
  /// Path and query: what stands in the request line.
  std::string target() const;

  /// Adds "key=value", both encoded, to the query.
  Url& add_query(std::string_view key, std::string_view value);
  /// Appends to the path, which must be encoded already; exactly one '/'
  /// stands between.
  Url& append_path(std::string_view encoded);
};

/// The port a scheme has by default; 0 for unknown schemes.
std::uint16_t default_port(std::string_view scheme);

/// Parses an absolute URL. Blanks around it are dropped; blanks, controls and
/// non-ASCII bytes inside path and query are percent-encoded, as browsers do.
/// Errors: kUsage when it is no URL, the scheme is not among `schemes`, the
/// host is empty or holds anything but ASCII letters, digits, '-', '_', '.' (or
/// is no bracketed IPv6 address), or the port is not 1..65535.
Result<Url> parse_url(std::string_view text,
                      const std::vector<std::string>& schemes = {"http",
                                                                 "https"});

/// A reference (the value of Location, the target of Link) seen from `base`
/// (RFC 3986, 5.2). Errors as parse_url.
Result<Url> resolve_url(const Url& base, std::string_view reference);

/// `display()` for text that may or may not be a URL.
std::string display_url(std::string_view text);

/// "to?/a b" -> "to%3F/a%20b": keeps A-Za-z0-9_.-~ and '/'.
std::string encode_path(std::string_view text);
/// "refs/pr/1" -> "refs%2Fpr%2F1": keeps A-Za-z0-9_.-~ only. Right for one
/// segment of a path and for keys and values of a query.
std::string encode_segment(std::string_view text);
/// What encodeURIComponent of JavaScript does: keeps !'()* as well.
std::string encode_component(std::string_view text);
/// "%2F" -> "/"; nothing when a '%' is not followed by two digits.
std::optional<std::string> decode(std::string_view text);
/// As decode(), and '+' is a blank (forms and queries).
std::optional<std::string> decode_form(std::string_view text);

using Query = std::vector<std::pair<std::string, std::string>>;
/// "a=1&b=%20x" as decoded pairs; a broken escape stays as it is.
Query parse_query(std::string_view query);
/// "a=1&b=%20x", encoded as encode_segment does.
std::string format_query(const Query& query);

}  // namespace hug::http
