// Which proxy a URL goes through, and what the environment says about proxies
// and certificates.
#include <arpa/inet.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cstring>

#include "base/strings.h"
#include "http/client/client.h"
#include "sys/env.h"

namespace hug::http {
namespace {

/// An address of 4 or 16 bytes.
struct Address {
  std::array<unsigned char, 16> bytes{};
  std::size_t size = 0;
};

std::optional<Address> parse_address(std::string_view text) {
  if (text.starts_with('[') && text.ends_with(']')) {
    text = text.substr(1, text.size() - 2);
  }
  const std::string host(text);
  Address out;
  if (::inet_pton(AF_INET, host.c_str(), out.bytes.data()) == 1) {
    out.size = 4;
    return out;
  }
  if (::inet_pton(AF_INET6, host.c_str(), out.bytes.data()) == 1) {
    out.size = 16;
    return out;
  }
  return std::nullopt;
}

bool same_prefix(const Address& a, const Address& b, std::uint64_t bits) {
  if (a.size != b.size || bits > a.size * 8) return false;
  const auto whole = static_cast<std::size_t>(bits / 8);
  if (std::memcmp(a.bytes.data(), b.bytes.data(), whole) != 0) return false;
  const auto rest = static_cast<unsigned>(bits % 8);
  if (rest == 0) return true;
  const auto mask = static_cast<unsigned char>(0xff00U >> rest);
  return (a.bytes[whole] & mask) == (b.bytes[whole] & mask);
}

/// "10.0.0.0/8" against an address.
bool in_network(std::string_view network, const Address& address) {
  const auto slash = network.find('/');
  const auto base = parse_address(network.substr(0, slash));
  if (!base) return false;
  if (slash == network.npos) return same_prefix(*base, address, base->size * 8);
  const auto bits = base::parse_unsigned(network.substr(slash + 1));
  return bits && same_prefix(*base, address, *bits);
}

/// Splits "host:port"; brackets protect the colons of IPv6.
std::pair<std::string_view, std::string_view> split_port(
    std::string_view text) {
  const auto colon = text.rfind(':');
  const bool one = colon != text.npos && text.find(':') == colon;
  const bool bracketed =
      colon != text.npos && colon > 0 && text[colon - 1] == ']';
  if (!one && !bracketed) return {text, {}};
  return {text.substr(0, colon), text.substr(colon + 1)};
}

bool entry_matches(std::string_view entry, const Url& url) {
  if (entry == "*") return true;
  if (const auto address = parse_address(url.host)) {
    if (in_network(entry, *address)) return true;
  }
  auto [name, port] = split_port(entry);
  if (!port.empty()) {
    const auto number = base::parse_unsigned(port);
    if (!number || *number != url.origin().port) return false;
  }
  if (const auto address = parse_address(url.host)) {
    return in_network(name, *address);
  }
  if (name.starts_with("*.")) name.remove_prefix(1);
  if (name.starts_with('.')) name.remove_prefix(1);
  if (name.empty()) return false;
  std::string_view host = url.host;
  if (host.ends_with('.')) host.remove_suffix(1);
  if (base::equal_ignoring_case(host, name)) return true;
  return host.size() > name.size() &&
         host[host.size() - name.size() - 1] == '.' &&
         base::equal_ignoring_case(host.substr(host.size() - name.size()),
                                   name);
}

bool goes_direct(std::string_view none, const Url& url) {
  std::string list(none);
  std::ranges::replace(list, ' ', ',');
  return std::ranges::any_of(base::split(list, ','), [&](auto entry) {
    entry = base::trim(entry);
    return !entry.empty() && entry_matches(entry, url);
  });
}

/// The first of these variables that is set and not empty.
std::string first_of(const sys::Env& env,
                     std::initializer_list<std::string_view> names) {
  for (const auto name : names) {
    const auto value = env.find(name);
    if (value && !base::trim(*value).empty()) {
      return std::string(base::trim(*value));
    }
  }
  return {};
}

ProxySettings proxies_of(const sys::Env& env) {
  ProxySettings out;
  // A web server hands a client's "Proxy:" field to CGI programs as
  // HTTP_PROXY, so there only the lower-case name counts.
  const bool cgi = env.find("REQUEST_METHOD").has_value();
  out.http = cgi ? first_of(env, {"http_proxy", "all_proxy", "ALL_PROXY"})
                 : first_of(env, {"http_proxy", "HTTP_PROXY", "all_proxy",
                                  "ALL_PROXY"});
  out.https =
      first_of(env, {"https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"});
  out.none = first_of(env, {"no_proxy", "NO_PROXY"});
  return out;
}

}  // namespace

std::optional<std::string> choose_proxy(const ProxySettings& settings,
                                        const Url& url) {
  const auto& proxy = url.scheme == "https" ? settings.https : settings.http;
  if (proxy.empty() || goes_direct(settings.none, url)) return std::nullopt;
  if (proxy.find("://") == proxy.npos) return "http://" + proxy;
  return proxy;
}

ClientOptions client_options(const sys::Env& env) {
  ClientOptions out;
  out.proxy = proxies_of(env);
  // requests' and curl's variables name a bundle, or a hashed directory when
  // the path ends with a slash.
  out.tls.ca_file =
      first_of(env, {"SSL_CERT_FILE", "CURL_CA_BUNDLE", "REQUESTS_CA_BUNDLE"});
  if (out.tls.ca_file.ends_with('/'))
    std::swap(out.tls.ca_dir, out.tls.ca_file);
  if (out.tls.ca_dir.empty()) out.tls.ca_dir = first_of(env, {"SSL_CERT_DIR"});
  return out;
}

}  // namespace hug::http
