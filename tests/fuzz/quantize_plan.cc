// Planning a quantization of any bytes: never more tensors than the file has,
// and sizes that add up.
#include <cstdint>
#include <string>

#include "check.h"
#include "hug/quantize.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data,
                                      std::size_t size) {
  const auto open = [&](const std::string& name) {
    return hug::Result<hug::ByteSourcePtr>(
        hug::borrow_bytes(std::as_bytes(std::span(data, size)), name));
  };
  for (const char* type : {"q4_k_m", "iq4_xs", "mxfp4_moe", "copy"}) {
    hug::QuantizeOptions options;
    options.type = type;
    options.allow_requantize = true;
    options.type_rules = {"attn_v=q5_0"};
    const auto job = hug::Quantization::open("x.gguf", open, options);
    if (!job) {
      FUZZ_CHECK(!job.error().message().empty());
      continue;
    }
    std::uint64_t bytes = 0;
    for (const auto& t : job->tensors())
      bytes += t.bytes_to;
    FUZZ_CHECK(bytes == job->bytes_to());
    FUZZ_CHECK(job->bytes_from() <= size);
    FUZZ_CHECK(job->file_bytes().size() == 1);
    FUZZ_CHECK(job->file_bytes()[0] >= bytes);
  }
  return 0;
}
