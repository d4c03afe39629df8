// Ranges: what is served lies inside the resource, what is accepted is what
// was asked for.
#include "http/range.h"

#include <cstdint>
#include <string>

#include "check.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data,
                                      std::size_t size) {
  using namespace hug::http;
  const std::string text(data, data + size);
  for (const std::uint64_t total : {0ULL, 1ULL, 1000ULL, ~0ULL}) {
    const auto asked = parse_range(text, total);
    if (asked.kind != RangeKind::kPart) continue;
    FUZZ_CHECK(asked.range.size > 0);
    FUZZ_CHECK(asked.range.offset < total);
    FUZZ_CHECK(asked.range.size <= total - asked.range.offset);
    FUZZ_CHECK(parse_range(format_range(asked.range), total).range ==
               asked.range);
  }
  if (const auto range = parse_content_range(text); range && range->first) {
    FUZZ_CHECK(*range->first <= *range->last);
    FUZZ_CHECK(!range->total || *range->last < *range->total);
  }
  Headers headers;
  headers.add("Content-Range", text);
  const auto reply = check_range_reply(206, headers, {100, 50});
  if (reply) FUZZ_CHECK(reply->offset == 100 && *reply->size <= 50);
  return 0;
}
