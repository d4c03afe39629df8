// Pages of lists: "limit" and "cursor" of a request, and the Link to the next
// page.
#pragma once

#include <algorithm>
#include <cstddef>

#include "hub/api/exchange.h"

namespace hug::hub {

struct Page {
  std::size_t first = 0;
  std::size_t last = 0;  // behind the end
  bool more = false;
};

/// The page that the request asks for of `total` items. `usual`: items a page
/// when it does not say, `most`: at most.
Page page_of(const Exchange& x, std::size_t total, std::size_t usual,
             std::size_t most);

/// Adds the Link field when there are more.
void link_next(const Exchange& x, const Page& page,
               http::ServerResponse& response);

}  // namespace hug::hub
