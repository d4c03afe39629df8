// LFS pointers, and the rule files that decide what becomes one.
#include <cstdint>
#include <string>

#include "check.h"
#include "hub/git/git_rules.h"
#include "hub/git/pointer.h"
#include "hub/git/tree.h"
#include "hub/names.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data,
                                      std::size_t size) {
  using namespace hug::hub;
  const std::string text(data, data + size);
  if (const auto pointer = parse_pointer(text)) {
    FUZZ_CHECK(is_sha256(pointer->oid));
    const auto again = parse_pointer(format_pointer(*pointer));
    FUZZ_CHECK(again && again->oid == pointer->oid);
    FUZZ_CHECK(again->size == pointer->size);
  }
  const std::string path = text.substr(0, text.find('\n'));
  if (check_repo_path(path)) {
    FUZZ_CHECK(LfsRules(with_lfs_rule(text, path)).covers(path));
  }
  (void)IgnoreRules(text).ignores("a/b c/d.bin");
  if (const auto items = parse_tree(text)) {
    FUZZ_CHECK(items->empty() || parse_tree(format_tree(*items)));
  }
  return 0;
}
