// Event streams: however the bytes are cut, the events are the same.
#include "http/sse.h"

#include <cstdint>
#include <string>

#include "check.h"

namespace {

using namespace hug::http;

std::vector<SseEvent> parse(std::string_view text, std::size_t step) {
  SseParser parser(1 << 16);
  std::vector<SseEvent> out;
  for (std::size_t at = 0; at < text.size(); at += step) {
    auto events = parser.feed(text.substr(at, step));
    if (!events) break;
    out.insert(out.end(), events->begin(), events->end());
  }
  return out;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data,
                                      std::size_t size) {
  const std::string text(data, data + size);
  if (text.size() > 4096) return 0;
  const auto whole = parse(text, text.size() + 1);
  FUZZ_CHECK(parse(text, 1) == whole);
  FUZZ_CHECK(parse(text, 3) == whole);
  for (const auto& event : whole) {
    const auto again = parse(format_sse(event), 4096);
    // A data line may hold no break, and an id or type none either; those
    // that came out of a stream never do.
    FUZZ_CHECK(again.size() == 1 && again[0].data == event.data);
  }
  return 0;
}
