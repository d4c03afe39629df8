#include "http/url.h"

#include <algorithm>

#include "base/strings.h"

namespace hug::http {
namespace {

using base::equal_ignoring_case;
using base::to_lower;

bool is_alpha(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

bool is_hex(char c) {
  return is_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

/// Text quoted in messages: it came from outside and may be long.
std::string quoted(std::string_view text) {
  constexpr std::size_t kMost = 200;
  std::string out = display_url(text.substr(0, kMost));
  if (text.size() > kMost) out += "...";
  return "'" + out + "'";
}

Error bad_url(std::string_view text, std::string_view cause) {
  return Error(Code::kUsage,
               quoted(text) + " is not a usable URL: " + std::string(cause));
}

/// Leaves what RFC 3986 allows and escapes the rest; escapes that are there
/// stay. `also` lists characters that are escaped too.
std::string normalized(std::string_view text, std::string_view also) {
  static constexpr std::string_view kDigits = "0123456789ABCDEF";
  std::string out;
  out.reserve(text.size());
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    const bool plain =
        byte > 0x20 && byte < 0x7f &&
        std::string_view("\"<>\\^`{|}").find(c) == std::string_view::npos &&
        also.find(c) == std::string_view::npos;
    if (plain) {
      out += c;
    } else {
      out += '%';
      out += kDigits[byte >> 4];
      out += kDigits[byte & 15];
    }
  }
  return out;
}

std::optional<std::string_view> scheme_of(std::string_view text) {
  const auto colon = text.find(':');
  if (colon == text.npos || colon == 0 || !is_alpha(text[0])) {
    return std::nullopt;
  }
  const auto scheme = text.substr(0, colon);
  const bool good = std::ranges::all_of(scheme, [](char c) {
    return is_alpha(c) || is_digit(c) || c == '+' || c == '-' || c == '.';
  });
  return good ? std::optional(scheme) : std::nullopt;
}

bool is_host_name(std::string_view host) {
  return !host.empty() && host.size() <= 255 &&
         std::ranges::all_of(host, [](char c) {
           return is_alpha(c) || is_digit(c) || c == '-' || c == '_' ||
                  c == '.';
         });
}

bool is_ipv6(std::string_view text) {
  return text.size() >= 2 && text.size() <= 45 &&
         std::ranges::count(text, ':') >= 2 &&
         std::ranges::all_of(
             text, [](char c) { return is_hex(c) || c == ':' || c == '.'; });
}

Result<void> take_port(std::string_view text, std::string_view port, Url& url) {
  if (port.empty()) return {};
  const auto number = base::parse_unsigned(port);
  if (!number || *number == 0 || *number > 65535) {
    return bad_url(text, "the port is not a number from 1 to 65535");
  }
  url.port = static_cast<std::uint16_t>(*number);
  if (url.port == default_port(url.scheme)) url.port = 0;
  return {};
}

Result<void> take_authority(std::string_view text, std::string_view authority,
                            Url& url) {
  const auto at = authority.rfind('@');
  if (at != authority.npos) {
    url.userinfo = normalized(authority.substr(0, at), "@/?#[]");
    authority.remove_prefix(at + 1);
  }
  std::string_view port;
  if (authority.starts_with('[')) {
    const auto close = authority.find(']');
    if (close == authority.npos || !is_ipv6(authority.substr(1, close - 1))) {
      return bad_url(text, "the address in brackets is not IPv6");
    }
    url.host = to_lower(authority.substr(0, close + 1));
    port = authority.substr(close + 1);
    if (!port.empty() && !port.starts_with(':')) {
      return bad_url(text, "something stands between the host and the port");
    }
    if (!port.empty()) port.remove_prefix(1);
  } else {
    const auto colon = authority.find(':');
    const auto host = authority.substr(0, colon);
    if (!is_host_name(host)) {
      return bad_url(text, host.empty() ? "it has no host"
                                        : "the host has characters that no "
                                          "host name may have");
    }
    url.host = to_lower(host);
    if (colon != authority.npos) port = authority.substr(colon + 1);
  }
  return take_port(text, port, url);
}

/// RFC 3986, 5.2.4.
std::string without_dots(std::string_view path) {
  std::vector<std::string_view> kept;
  bool slash_at_end = false;
  for (const auto segment : base::split(path.substr(1), '/')) {
    const bool here = segment == "." || equal_ignoring_case(segment, "%2e");
    const bool up = segment == ".." || equal_ignoring_case(segment, ".%2e") ||
                    equal_ignoring_case(segment, "%2e.") ||
                    equal_ignoring_case(segment, "%2e%2e");
    slash_at_end = here || up;
    if (up && !kept.empty()) kept.pop_back();
    if (!here && !up) kept.push_back(segment);
  }
  std::string out;
  for (const auto segment : kept) {
    out += '/';
    out += segment;
  }
  if (slash_at_end || out.empty()) out += '/';
  return out;
}

/// Path, query and fragment of a reference, normalised but for dots.
struct Tail {
  std::string path;
  std::optional<std::string> query;
  std::string fragment;
};

Tail split_tail(std::string_view text) {
  Tail out;
  const auto hash = text.find('#');
  if (hash != text.npos) {
    out.fragment = normalized(text.substr(hash + 1), "");
    text = text.substr(0, hash);
  }
  const auto mark = text.find('?');
  if (mark != text.npos) {
    out.query = normalized(text.substr(mark + 1), "");
    text = text.substr(0, mark);
  }
  out.path = normalized(text, "");
  return out;
}

/// "//authority/path?query#fragment", after the scheme.
Result<Url> parse_hierarchy(std::string_view text, std::string scheme,
                            std::string_view rest) {
  Url url;
  url.scheme = std::move(scheme);
  rest.remove_prefix(2);
  const auto end = std::min(rest.find_first_of("/?#"), rest.size());
  HUG_TRY(take_authority(text, rest.substr(0, end), url));
  auto tail = split_tail(rest.substr(end));
  url.path = without_dots(tail.path.empty() ? "/" : tail.path);
  url.query = std::move(tail.query);
  url.fragment = std::move(tail.fragment);
  return url;
}

/// Leading and trailing blanks and controls go; tabs and line breaks inside
/// have no place in a URL and are refused by what follows (escaped in paths).
std::string_view trimmed(std::string_view text) {
  const auto blank = [](char c) { return static_cast<unsigned char>(c) <= 32; };
  while (!text.empty() && blank(text.front()))
    text.remove_prefix(1);
  while (!text.empty() && blank(text.back()))
    text.remove_suffix(1);
  return text;
}

bool is_secret_parameter(std::string_view key) {
  const auto name = to_lower(key);
  static constexpr std::string_view kNames[] = {
      "signature",     "sig",           "token",         "access_token",
      "accesstoken",   "api_key",       "apikey",        "key-pair-id",
      "policy",        "password",      "secret",        "code",
      "refresh_token", "client_secret", "awsaccesskeyid"};
  return name.starts_with("x-amz-") || name.starts_with("x-goog-") ||
         std::ranges::find(kNames, name) != std::end(kNames);
}

std::string masked_query(std::string_view query) {
  std::string out;
  for (const auto pair : base::split(query, '&')) {
    if (!out.empty()) out += '&';
    const auto equals = pair.find('=');
    if (equals != pair.npos && is_secret_parameter(pair.substr(0, equals))) {
      out += pair.substr(0, equals + 1);
      out += "***";
    } else {
      out += pair;
    }
  }
  return out;
}

}  // namespace

std::uint16_t default_port(std::string_view scheme) {
  if (scheme == "https") return 443;
  if (scheme == "http") return 80;
  if (scheme.starts_with("socks")) return 1080;
  return 0;
}

std::string Origin::text() const {
  std::string out = scheme + "://" + host;
  if (port != default_port(scheme)) out += ":" + std::to_string(port);
  return out;
}

Origin Url::origin() const {
  return {scheme, host, port != 0 ? port : default_port(scheme)};
}

std::string Url::target() const {
  return query ? path + "?" + *query : path;
}

std::string Url::text() const {
  std::string out = scheme + "://";
  if (!userinfo.empty()) out += userinfo + "@";
  out += host;
  if (port != 0) out += ":" + std::to_string(port);
  return out + target();
}

std::string Url::display() const {
  std::string out = scheme + "://";
  if (!userinfo.empty()) out += "***@";
  out += host;
  if (port != 0) out += ":" + std::to_string(port);
  out += path;
  if (query) out += "?" + masked_query(*query);
  return out;
}

Url& Url::add_query(std::string_view key, std::string_view value) {
  std::string text = query.value_or("");
  if (!text.empty()) text += '&';
  query = text + encode_segment(key) + "=" + encode_segment(value);
  return *this;
}

Url& Url::append_path(std::string_view encoded) {
  while (path.ends_with('/'))
    path.pop_back();
  while (encoded.starts_with('/'))
    encoded.remove_prefix(1);
  path += '/';
  path += encoded;
  return *this;
}

Result<Url> parse_url(std::string_view text,
                      const std::vector<std::string>& schemes) {
  text = trimmed(text);
  constexpr std::size_t kLongest = 64 * 1024;
  if (text.size() > kLongest) return bad_url(text, "it is too long");
  const auto found = scheme_of(text);
  if (!found) return bad_url(text, "it has no scheme such as https://");
  auto scheme = to_lower(*found);
  if (std::ranges::find(schemes, scheme) == schemes.end()) {
    return bad_url(text, "the scheme '" + scheme + "' is not " +
                             base::join(schemes, " or "));
  }
  const auto rest = text.substr(found->size() + 1);
  if (!rest.starts_with("//")) return bad_url(text, "it has no host");
  return parse_hierarchy(text, std::move(scheme), rest);
}

Result<Url> resolve_url(const Url& base, std::string_view reference) {
  reference = trimmed(reference);
  if (scheme_of(reference)) return parse_url(reference);
  if (reference.starts_with("//")) {
    return parse_hierarchy(reference, base.scheme, reference);
  }
  Url url = base;
  auto tail = split_tail(reference);
  url.fragment = std::move(tail.fragment);
  if (tail.path.empty()) {
    if (tail.query) url.query = std::move(tail.query);
    return url;
  }
  url.query = std::move(tail.query);
  const bool absolute = tail.path.starts_with('/');
  const auto folder = base.path.substr(0, base.path.rfind('/') + 1);
  url.path = without_dots(absolute ? tail.path : folder + tail.path);
  return url;
}

std::string display_url(std::string_view text) {
  std::string out(text);
  const auto start = out.find("://");
  if (start == out.npos) return out;
  const auto authority = start + 3;
  auto end = std::min(out.find_first_of("/?#", authority), out.size());
  const auto at = out.rfind('@', end == 0 ? 0 : end - 1);
  if (at != out.npos && at >= authority && at < end) {
    out.replace(authority, at - authority, "***");
  }
  const auto mark = out.find('?', authority);
  if (mark == out.npos) return out;
  return out.substr(0, mark + 1) + masked_query(out.substr(mark + 1));
}

}  // namespace hug::http
