#include "hub/api/paging.h"

#include "http/url.h"

namespace hug::hub {
namespace {

std::size_t number_of(const Exchange& x, std::string_view name,
                      std::size_t fallback) {
  const auto text = x.request.param(name);
  if (!text) return fallback;
  return static_cast<std::size_t>(
      base::parse_unsigned(*text).value_or(fallback));
}

}  // namespace

Page page_of(const Exchange& x, std::size_t total, std::size_t usual,
             std::size_t most) {
  const std::size_t limit =
      std::clamp<std::size_t>(number_of(x, "limit", usual), 1, most);
  Page out;
  out.first = std::min(number_of(x, "cursor", 0), total);
  out.last = out.first + std::min(limit, total - out.first);
  out.more = out.last < total;
  return out;
}

void link_next(const Exchange& x, const Page& page,
               http::ServerResponse& response) {
  if (!page.more) return;
  http::Query query;
  for (const auto& pair : x.request.query) {
    if (pair.first != "cursor") query.push_back(pair);
  }
  query.emplace_back("cursor", std::to_string(page.last));
  response.headers.set("Link", "<" + x.base_url + x.request.path + "?" +
                                   http::format_query(query) +
                                   ">; rel=\"next\"");
}

}  // namespace hug::hub
