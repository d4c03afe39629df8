// INI files and JSON: no crash, and what is written is read back equal; a list
// read item by item is the list.
#include <cstdint>
#include <nlohmann/json.hpp>
#include <string>

#include "check.h"
#include "data/base64.h"
#include "data/ini.h"
#include "data/json.h"
#include "data/json_items.h"

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
  const auto whole = parse_json(text, "x");
  auto items = nlohmann::json::array();
  const auto done = each_json_item(text, "x", [&](const auto& item) {
    items.push_back(item);
    return hug::Result<bool>(true);
  });
  if (whole) {
    FUZZ_CHECK(done.has_value() == whole->is_array());
    FUZZ_CHECK(!done || items == *whole);
  } else {
    FUZZ_CHECK(!done || whole.error().code() == hug::Code::kLimit);
  }
  for (const Base64 alphabet : {Base64::kStandard, Base64::kUrl}) {
    const auto plain = from_base64(text, alphabet);
    if (!plain) continue;
    const std::string coded = to_base64(*plain, alphabet, text.ends_with('='));
    FUZZ_CHECK(coded == text);
  }
  return 0;
}
