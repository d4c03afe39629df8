// Link fields: every target is a piece of the field.
#include <cstdint>
#include <string>

#include "check.h"
#include "http/headers.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data,
                                      std::size_t size) {
  const std::string text(data, data + size);
  for (const auto& link : hug::http::parse_link(text)) {
    FUZZ_CHECK(text.find(link.target) != std::string::npos);
    FUZZ_CHECK(link.target.find('>') == std::string::npos);
  }
  return 0;
}
