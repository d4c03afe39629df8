// Any bytes as a gguf file: what is read lies in the file, can be written
// again as it was, and costs no more memory than the file explains.
#include <cstdint>
#include <vector>

#include "check.h"
#include "format/format.h"
#include "format/inspect/shapes.h"
#include "hug/inspect.h"

using namespace hug;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data,
                                      std::size_t size) {
  const auto source =
      borrow_bytes(std::as_bytes(std::span(data, size)), "fuzz.gguf");
  const auto gguf = format::read_gguf(*source, {.accept_big_endian = true});
  if (!gguf) {
    FUZZ_CHECK(!gguf.error().message().empty());
    return 0;
  }
  for (const auto& t : gguf->tensors) {
    const auto bytes = format::tensor_source(*gguf, t, source);
    FUZZ_CHECK(bytes && (*bytes)->size() == t.bytes);
  }
  (void)format::check_shapes(*gguf, gguf->tensors);
  (void)format::check_numbers(*gguf);
  (void)inspect(*file_set_of(source), {.check_values = true, .threads = 1});
  if (gguf->big_endian) return 0;
  const auto layout =
      format::layout_gguf(gguf->metadata, gguf->tensors, gguf->version);
  FUZZ_CHECK(layout);
  const auto again = format::read_gguf(*borrow_bytes(layout->header, "again"),
                                       {.require_data = false});
  FUZZ_CHECK(again && again->metadata.size() == gguf->metadata.size());
  FUZZ_CHECK(again->data_offset == gguf->data_offset);
  return 0;
}
