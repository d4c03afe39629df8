// What others may have left in a cache: journals, listings, metadata, lock
// files, names. All of it may be anything.
#include <cstdint>
#include <string>

#include "cache/cache.h"
#include "check.h"
#include "sys/lock.h"
#include "sys/part_journal.h"
#include "sys/paths.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes,
                                      std::size_t size) {
  using namespace hug;
  const std::string text(bytes, bytes + size);
  const auto header = sys::make_journal_header(1000, "etag");
  std::string journal(reinterpret_cast<const char*>(header.data()),
                      header.size());
  for (const std::string& whole : {text, journal + text}) {
    const auto state = sys::parse_journal(whole, header, 1000, "boot");
    if (!state) continue;
    FUZZ_CHECK(state->end <= whole.size());
    FUZZ_CHECK(state->done.total() <= 1000);
  }
  if (const auto tree = cache::parse_tree(text)) {
    const auto again = cache::parse_tree(cache::format_tree(*tree));
    FUZZ_CHECK(again.has_value() && again->size() == tree->size());
  }
  if (const auto m = cache::parse_metadata(text)) {
    FUZZ_CHECK(cache::parse_metadata(cache::format_metadata(*m)).has_value());
  }
  (void)sys::parse_lock_holder(text);
  if (const auto id = cache::parse_repo_folder(text)) {
    FUZZ_CHECK(!id->name.empty());
  }
  if (const auto name = sys::check_file_name(text)) {
    FUZZ_CHECK(!name->empty() && name->front() != '/');
    FUZZ_CHECK(("/" + *name + "/").find("/../") == std::string::npos);
    FUZZ_CHECK(name->find('\0') == std::string::npos);
  }
  const std::string etag = sys::etag_file_name(text);
  FUZZ_CHECK(!etag.empty() && etag.size() <= 128);
  FUZZ_CHECK(etag.find_first_of("/.") == std::string::npos);
  return 0;
}
