// The body of a commit request: whatever the pieces it arrives in, the outcome
// is the same, and every path that is let through may be stored.
#include <cstdint>
#include <string>

#include "check.h"
#include "hub/names.h"
#include "hub/store/commit_reader.h"

namespace {

struct Outcome {
  bool good = false;
  std::size_t operations = 0;
};

Outcome read(std::string_view text, std::size_t step) {
  using namespace hug::hub;
  CommitReader reader({.regular_file = 1 << 16, .operations = 100},
                      [](std::string_view content) -> hug::Result<Oid> {
                        FUZZ_CHECK(content.size() <= 1 << 16);
                        return object_id(ObjectType::kBlob, content);
                      });
  for (std::size_t at = 0; at < text.size(); at += step) {
    if (!reader.feed(text.substr(at, step))) return {};
  }
  if (!reader.finish()) return {};
  for (const CommitOperation& op : reader.operations()) {
    FUZZ_CHECK(check_repo_path(op.path).has_value());
    FUZZ_CHECK(op.source.empty() || check_repo_path(op.source).has_value());
    FUZZ_CHECK(op.kind != CommitOperation::Kind::kLargeFile ||
               is_sha256(op.sha256));
  }
  return {true, reader.operations().size()};
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data,
                                      std::size_t size) {
  const std::string text(data, data + size);
  const Outcome whole = read(text, size + 1);
  const Outcome pieces = read(text, 7);
  FUZZ_CHECK(whole.good == pieces.good);
  FUZZ_CHECK(whole.operations == pieces.operations);
  return 0;
}
