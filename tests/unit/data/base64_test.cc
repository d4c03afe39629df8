#include "data/base64.h"

#include <doctest/doctest.h>

#include <string>

using namespace hug::data;

namespace {

std::string text_of(const std::optional<std::vector<std::byte>>& bytes) {
  if (!bytes) return "not base64";
  return {reinterpret_cast<const char*>(bytes->data()), bytes->size()};
}

}  // namespace

// RFC 4648, chapter 10.
TEST_CASE("base64: the vectors of its standard, both ways") {
  const std::pair<const char*, const char*> rows[] = {{"", ""},
                                                      {"f", "Zg=="},
                                                      {"fo", "Zm8="},
                                                      {"foo", "Zm9v"},
                                                      {"foob", "Zm9vYg=="},
                                                      {"fooba", "Zm9vYmE="},
                                                      {"foobar", "Zm9vYmFy"}};
  for (const auto& [plain, coded] : rows) {
    CHECK(to_base64(plain) == coded);
    CHECK(text_of(from_base64(coded)) == plain);
  }
  CHECK(to_base64("foob", Base64::kUrl, false) == "Zm9vYg");
  CHECK(text_of(from_base64("Zm9vYg")) == "foob");
  CHECK(to_base64("\xfb\xff", Base64::kStandard) == "+/8=");
  CHECK(to_base64("\xfb\xff", Base64::kUrl) == "-_8=");
  CHECK(text_of(from_base64("-_8=", Base64::kUrl)) == "\xfb\xff");
}

TEST_CASE("base64: what is not base64 is refused") {
  for (const char* bad : {"Z", "Zg=", "Zg===", "=", "Zm9v=", "Z g=", "Zh==",
                          "Zm9=", "Zm9v\n", "-_8=", "Zg==Zg=="}) {
    CAPTURE(bad);
    CHECK_FALSE(from_base64(bad));
  }
}
