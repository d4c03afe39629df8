// INI files and JSON: no crash, and what is written is read back equal.
#include <cstdint>
#include <nlohmann/json.hpp>
#include <string>

#include "check.h"
#include "data/base64.h"
#include "data/ini.h"
#include "data/json.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes,
                                      std::size_t size) {
  using namespace hug::data;
  const std::string text(bytes, bytes + size);
  if (const auto ini = Ini::parse(text, "x")) {
    for (const IniSection& section : ini->sections()) {
      FUZZ_CHECK(ini->find(section.name) == &section);
    }
  }
  if (const auto json = parse_ordered_json(text, "x")) {
    const auto again = parse_ordered_json(dump_json(*json), "x");
    FUZZ_CHECK(again.has_value() && *again == *json);
  }
  for (const Base64 alphabet : {Base64::kStandard, Base64::kUrl}) {
    const auto plain = from_base64(text, alphabet);
    if (!plain) continue;
    const std::string coded = to_base64(*plain, alphabet, text.ends_with('='));
    FUZZ_CHECK(coded == text);
  }
  return 0;
}
