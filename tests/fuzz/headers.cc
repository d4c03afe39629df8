// Single header values: no parser may read beyond them or answer nonsense.
#include "http/headers.h"

#include <cstdint>
#include <string>

#include "check.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data,
                                      std::size_t size) {
  using namespace hug::http;
  const std::string text(data, data + size);
  const hug::base::Time now{};
  if (const auto wait = parse_retry_after(text, now)) {
    FUZZ_CHECK(wait->count() >= 0);
  }
  if (const auto limit = parse_rate_limit(text)) {
    FUZZ_CHECK(limit->reset.count() >= 0);
  }
  if (const auto policy = parse_rate_limit_policy(text)) {
    FUZZ_CHECK(policy->window.count() >= 0);
  }
  if (const auto name = parse_disposition(text)) {
    FUZZ_CHECK(!name->empty() && *name != "." && *name != "..");
    FUZZ_CHECK(name->find_first_of("/\\") == std::string::npos);
  }
  FUZZ_CHECK(normalize_etag(text).size() <= text.size());
  if (is_field_value(text)) {
    FUZZ_CHECK(text.find_first_of("\r\n") == std::string::npos);
  }
  Headers headers;
  headers.add("Content-Length", text);
  (void)content_length(headers);
  return 0;
}
