// Zip archives: no crash, no memory beyond the limits, and what can be read
// has the size and the CRC that the directory says.
#include "data/zip.h"

#include <cstdint>

#include "base/crc32.h"
#include "check.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes,
                                      std::size_t size) {
  using namespace hug;
  const auto span = std::as_bytes(std::span(bytes, size));
  data::ZipLimits limits;
  limits.inflated_bytes = 1 << 20;
  const auto zip = data::ZipArchive::open(borrow_bytes(span, "x"), limits);
  if (!zip) return 0;
  for (const data::ZipEntry& entry : zip->entries()) {
    FUZZ_CHECK(zip->find(entry.name) == &entry);
    const auto text = zip->read(entry, 1 << 20);
    if (!text) continue;
    FUZZ_CHECK(text->size() == entry.size);
    FUZZ_CHECK(base::crc32(std::as_bytes(std::span(*text))) == entry.crc);
    const auto member = zip->member(entry);
    FUZZ_CHECK(member.has_value() && (*member)->size() == entry.size);
    FUZZ_CHECK(zip->verify(entry).has_value());
  }
  return 0;
}
