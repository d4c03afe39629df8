// Hostile tokenizer.json files: whatever loads must also tokenize and decode.
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "check.h"
#include "hug/tokenizer.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data,
                                      std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto t = hug::Tokenizer::from_json(text, "fuzz");
  if (!t) return 0;
  const auto e = t->encode("Hello \xe2\x96\x81w\xc3\xb6rld 12\n\xff <s>");
  if (!e) return 0;
  FUZZ_CHECK(e->types.size() == e->ids.size());
  // Ids may lie outside only where a post-processor invents them.
  static_cast<void>(t->decode(e->ids));
  for (const auto id : e->ids)
    static_cast<void>(t->token_bytes(id));
  return 0;
}
