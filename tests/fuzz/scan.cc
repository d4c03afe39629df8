// Any bytes scanned as a file: never an error, never safe with an import that
// nobody vouches for or a call that Python would make.
#include "hug/scan.h"

#include <cstdint>

#include "check.h"
#include "format/format.h"
#include "format/scan/findings.h"
#include "format/torch/pickle.h"
#include "format/torch/pickle_names.h"

using namespace hug;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data,
                                      std::size_t size) {
  const auto source =
      borrow_bytes(std::as_bytes(std::span(data, size)), "fuzz");
  const auto file = scan_file(source);
  FUZZ_CHECK(file);
  Verdict worst = Verdict::kSafe;
  for (const auto& f : file->findings)
    worst = std::max(worst, f.verdict);
  FUZZ_CHECK(worst == file->verdict);
  if (size == 0) return 0;
  if (data[0] != 0x80 || size < 2 || data[1] > 5) {
    // Whatever else it may be, Python could be told to load it.
    const auto runs = format::runs_as_pickle(*source);
    FUZZ_CHECK(runs && (!*runs || file->verdict != Verdict::kSafe));
    return 0;
  }
  const auto pickle = format::read_pickle(*source);
  FUZZ_CHECK(pickle);
  bool harmless = !pickle->broken();
  for (const auto& g : pickle->globals())
    harmless =
        harmless && format::judge_name(g) == format::NameVerdict::kHarmless;
  FUZZ_CHECK(harmless || file->verdict != Verdict::kSafe);
  return 0;
}
