// Model cards: any README and config make a card that is valid JSON and comes
// back as it was.
#include <cstdint>
#include <string>

#include "check.h"
#include "hub/names.h"
#include "hub/store/card.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data,
                                      std::size_t size) {
  using namespace hug::hub;
  const std::string text(data, data + size);
  const Listing listing;
  for (const RepoKind kind : kRepoKinds) {
    const CardFacts card = make_card(kind, listing, text, text);
    const CardFacts back = parse_card(format_card(card));
    FUZZ_CHECK(back.tags.size() == card.tags.size());
    FUZZ_CHECK(back.data == card.data);
  }
  (void)check_card(text);
  (void)parse_card(text);
  return 0;
}
