// Importance matrices of either format: what is accepted holds finite values
// only, and no more of them than the file has bytes.
#include <cmath>
#include <cstdint>

#include "check.h"
#include "hug/byte_source.h"
#include "quantize/importance.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data,
                                      std::size_t size) {
  const auto source =
      hug::borrow_bytes(std::as_bytes(std::span(data, size)), "matrix");
  const auto read = hug::quantize::read_importance(*source);
  if (!read) {
    FUZZ_CHECK(!read.error().message().empty());
    return 0;
  }
  std::size_t values = 0;
  for (const auto& [name, entry] : read->entries) {
    FUZZ_CHECK(!entry.empty());
    for (const float v : entry)
      FUZZ_CHECK(std::isfinite(v));
    values += entry.size();
  }
  FUZZ_CHECK(values * sizeof(float) <= size);
  return 0;
}
