// Any bytes as a PyTorch file (zip or pickles): tensors lie in their storages.
#include <cstdint>

#include "check.h"
#include "format/format.h"

using namespace hug;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data,
                                      std::size_t size) {
  const auto source =
      borrow_bytes(std::as_bytes(std::span(data, size)), "fuzz.bin");
  const auto checkpoint = format::read_torch(source);
  if (!checkpoint) {
    FUZZ_CHECK(!checkpoint.error().message().empty());
    return 0;
  }
  for (const auto& t : checkpoint->tensors) {
    const auto bytes = format::tensor_source(*checkpoint, t);
    if (!bytes) continue;
    std::vector<std::byte> content(static_cast<std::size_t>(
        std::min<std::uint64_t>((*bytes)->size(), 1 << 16)));
    FUZZ_CHECK((*bytes)->read_at(0, content));
  }
  return 0;
}
