// Model cards: no crash within the limits, and what is written is read back
// equal.
#include <cstdint>
#include <nlohmann/json.hpp>
#include <string>

#include "check.h"
#include "data/yaml.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes,
                                      std::size_t size) {
  using namespace hug::data;
  const std::string text(bytes, bytes + size);
  const Card card = split_card(text);
  FUZZ_CHECK(card.front_matter.size() + card.body.size() <= text.size());
  YamlLimits limits;
  limits.nodes = 2000;
  const auto value =
      parse_yaml(card.has_front_matter ? card.front_matter : text, "x", limits);
  if (!value) return 0;
  const std::string again = dump_yaml(*value);
  const auto back = parse_yaml(again, "x");
  // An empty list or mapping at the top has no block style.
  if (!value->empty()) FUZZ_CHECK(back.has_value() && *back == *value);
  return 0;
}
