// URLs: what was parsed is parsed again to the same, and a host never holds
// anything that another parser could read differently.
#include "http/url.h"

#include <algorithm>
#include <cstdint>
#include <string>

#include "check.h"

namespace {

using namespace hug::http;

void check(const Url& url) {
  const auto again = parse_url(url.text());
  FUZZ_CHECK(again.has_value());
  FUZZ_CHECK(again->text() == url.text());
  FUZZ_CHECK(again->origin() == url.origin());
  FUZZ_CHECK(!url.host.empty());
  FUZZ_CHECK(url.host.find_first_of("/\\@?#% \t\r\n") == std::string::npos);
  FUZZ_CHECK(url.path.starts_with('/'));
  FUZZ_CHECK(std::ranges::all_of(url.text(), [](char c) {
    return static_cast<unsigned char>(c) > 32 &&
           static_cast<unsigned char>(c) < 127;
  }));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data,
                                      std::size_t size) {
  const std::string text(data, data + size);
  if (const auto url = parse_url(text)) check(*url);
  const auto base = parse_url("https://hub.example/a/b?c=d#e").value();
  if (const auto url = resolve_url(base, text)) check(*url);
  (void)display_url(text);
  FUZZ_CHECK(decode(encode_segment(text)) == text);
  FUZZ_CHECK(decode(encode_path(text)) == text);
  FUZZ_CHECK(decode(encode_component(text)) == text);
  const auto query = parse_query(text);
  FUZZ_CHECK(parse_query(format_query(query)) == query);
  return 0;
}
