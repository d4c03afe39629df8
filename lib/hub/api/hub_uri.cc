// hf:// URIs and the addresses of a hub's web pages.
#include <algorithm>
#include <array>
#include <string>
#include <string_view>
#include <vector>

#include "api/address.h"
#include "base/strings.h"
#include "http/url.h"
#include "hug/repo.h"

namespace hug {

namespace {

constexpr std::string_view kScheme = "hf://";

Error bad_uri(std::string_view text, const std::string& why) {
  return Error(Code::kUsage,
               "'" + http::display_url(text) + "' is no hub address: " + why)
      .hint("write hf://[datasets/|spaces/]OWNER/NAME[@REVISION][/PATH]");
}

bool digits_only(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) {
    return c >= '0' && c <= '9';
  });
}

std::size_t leading_digits(std::string_view text) {
  std::size_t n = 0;
  while (n < text.size() && text[n] >= '0' && text[n] <= '9')
    ++n;
  return n;
}

/// How much of "rev/path" (what follows '@') is the revision. refs/pr/N and
/// refs/convert/NAME hold slashes; others end at the first one.
std::size_t revision_length(std::string_view text) {
  constexpr std::string_view kPr = "refs/pr/";
  constexpr std::string_view kConvert = "refs/convert/";
  if (text.starts_with(kPr)) {
    const auto n = leading_digits(text.substr(kPr.size()));
    if (n > 0) return kPr.size() + n;
  }
  if (text.starts_with(kConvert)) {
    const auto end = text.find('/', kConvert.size());
    return end == text.npos ? text.size() : end;
  }
  const auto slash = text.find('/');
  return slash == text.npos ? text.size() : slash;
}

/// Takes "models/" and the like from the front.
Result<void> take_type(std::string_view whole, std::string_view& rest,
                       HubUri& uri) {
  const auto slash = rest.find('/');
  const auto word = rest.substr(0, slash);
  if (word == "buckets") {
    uri.bucket = true;
  } else if (const auto type = parse_repo_type(word)) {
    if (word == repo_type_name(*type)) {
      return bad_uri(whole, "the type is written '" + std::string(word) + "s'");
    }
    uri.repo.type = *type;
  } else {
    return {};
  }
  rest = slash == rest.npos ? std::string_view() : rest.substr(slash + 1);
  return {};
}

Result<std::string> decoded(std::string_view whole, std::string_view text) {
  auto out = http::decode(text);
  if (!out) return bad_uri(whole, "a '%' is not followed by two digits");
  return std::move(*out);
}

Result<void> set_repo(std::string_view whole, std::string_view owner,
                      std::string_view name, HubUri& uri) {
  const auto id = std::string(owner) + "/" + std::string(name);
  const auto type = uri.repo.type;
  uri.repo = HUG_TRY_WITH(parse_repo_id(id, type),
                          "reading '" + std::string(whole) + "'");
  return {};
}

Result<void> set_path(std::string_view whole, std::string_view path,
                      HubUri& uri) {
  if (path.find("//") != path.npos || path.starts_with('/')) {
    return bad_uri(whole, "a part of the path is empty");
  }
  uri.path = path;
  return {};
}

Result<HubUri> parse_scheme_uri(std::string_view whole) {
  HubUri uri;
  auto rest = whole.substr(kScheme.size());
  uri.folder = rest.ends_with('/');
  while (rest.starts_with('/'))
    rest.remove_prefix(1);
  while (rest.ends_with('/'))
    rest.remove_suffix(1);
  HUG_TRY(take_type(whole, rest, uri));
  const auto slash = rest.find('/');
  if (slash == rest.npos) {
    return bad_uri(whole, "it has no OWNER/NAME");
  }
  const auto owner = rest.substr(0, slash);
  rest.remove_prefix(slash + 1);
  const auto end = rest.find_first_of("/@");
  const auto name = rest.substr(0, end);
  HUG_TRY(set_repo(whole, owner, name, uri));
  if (end == rest.npos) return uri;
  const bool has_revision = rest[end] == '@';
  rest.remove_prefix(end + 1);
  if (has_revision) {
    if (uri.bucket) return bad_uri(whole, "buckets have no revisions");
    const auto n = revision_length(rest);
    if (n == 0) return bad_uri(whole, "the revision is empty");
    uri.revision = HUG_TRY(decoded(whole, rest.substr(0, n)));
    rest.remove_prefix(n);
    if (rest.starts_with('/')) rest.remove_prefix(1);
  }
  HUG_TRY(set_path(whole, rest, uri));
  return uri;
}

bool known_host(const http::Url& url, std::string_view endpoint) {
  constexpr std::array<std::string_view, 3> kHosts{"hf.co", "huggingface.co",
                                                   "hub-ci.huggingface.co"};
  if (std::find(kHosts.begin(), kHosts.end(), url.host) != kHosts.end()) {
    return true;
  }
  const auto base = http::parse_url(endpoint);
  return base && base->origin() == url.origin();
}

std::string_view without_prefix(const http::Url& url,
                                std::string_view endpoint) {
  std::string_view path = url.path;
  if (const auto base = http::parse_url(endpoint);
      base && base->origin() == url.origin()) {
    std::string_view prefix = base->path;
    while (prefix.ends_with('/'))
      prefix.remove_suffix(1);
    if (!prefix.empty() && path.starts_with(prefix)) {
      path.remove_prefix(prefix.size());
    }
  }
  return path;
}

Result<std::vector<std::string>> decoded_segments(std::string_view whole,
                                                  std::string_view path) {
  std::vector<std::string> out;
  for (const auto part : base::split(path, '/')) {
    if (!part.empty()) out.push_back(HUG_TRY(decoded(whole, part)));
  }
  return out;
}

std::string join_from(const std::vector<std::string>& parts, std::size_t at) {
  return base::join(
      {parts.begin() + static_cast<std::ptrdiff_t>(at), parts.end()}, "/");
}

Result<void> set_route(std::string_view whole,
                       const std::vector<std::string>& parts, std::size_t at,
                       HubUri& uri) {
  if (at >= parts.size()) return {};
  const auto& route = parts[at++];
  const bool known =
      route == "tree" || route == "resolve" ||
      (!uri.bucket && (route == "blob" || route == "raw" || route == "blame"));
  if (!known) return bad_uri(whole, "'/" + route + "' leads to no file");
  if (!uri.bucket) {
    if (at >= parts.size()) return bad_uri(whole, "the revision is missing");
    uri.revision = parts[at++];
    if (uri.revision == "refs" && at + 1 < parts.size() &&
        (parts[at] == "convert" ||
         (parts[at] == "pr" && digits_only(parts[at + 1])))) {
      uri.revision += "/" + parts[at] + "/" + parts[at + 1];
      at += 2;
    }
  }
  uri.path = join_from(parts, at);
  return {};
}

Result<HubUri> parse_web_address(std::string_view whole, const http::Url& url,
                                 std::string_view endpoint) {
  if (!known_host(url, endpoint)) {
    return bad_uri(whole, "'" + url.host + "' is not the hub");
  }
  const auto path = without_prefix(url, endpoint);
  const auto parts = HUG_TRY(decoded_segments(whole, path));
  HubUri uri;
  uri.folder = path.ends_with('/');
  std::size_t at = 0;
  if (!parts.empty() && parts[0] == "buckets") {
    uri.bucket = true;
    at = 1;
  } else if (!parts.empty()) {
    if (const auto type = parse_repo_type(parts[0]);
        type && parts[0] != repo_type_name(*type)) {
      uri.repo.type = *type;
      at = 1;
    }
  }
  if (parts.size() < at + 2) return bad_uri(whole, "it has no OWNER/NAME");
  HUG_TRY(set_repo(whole, parts[at], parts[at + 1], uri));
  HUG_TRY(set_route(whole, parts, at + 2, uri));
  return uri;
}

}  // namespace

bool is_hub_uri(std::string_view text) noexcept {
  return text.starts_with(kScheme);
}

Result<HubUri> parse_hub_uri(std::string_view text, std::string_view endpoint) {
  const auto trimmed = base::trim(text);
  if (is_hub_uri(trimmed)) return parse_scheme_uri(trimmed);
  auto address = std::string(trimmed);
  if (address.find("://") == address.npos) address = "https://" + address;
  const auto url = HUG_TRY(http::parse_url(address));
  return parse_web_address(trimmed, url, endpoint);
}

std::string format_hub_uri(const HubUri& uri) {
  std::string out(kScheme);
  if (uri.bucket) {
    out += "buckets/";
  } else {
    out += repo_type_name(uri.repo.type);
    out += "s/";
  }
  out += uri.repo.full();
  if (!uri.revision.empty()) {
    const bool plain = uri.revision.starts_with("refs/pr/") ||
                       uri.revision.starts_with("refs/convert/");
    out += '@';
    out += plain ? uri.revision : http::encode_segment(uri.revision);
  }
  if (!uri.path.empty()) out += "/" + uri.path;
  if (uri.folder && !out.ends_with('/')) out += '/';
  return out;
}

}  // namespace hug
