#include "data/ini.h"

#include <doctest/doctest.h>

using namespace hug;
using namespace hug::data;

// What Python 3.11's configparser.ConfigParser(interpolation=None) writes.
TEST_CASE("ini: written as configparser writes it") {
  Ini ini;
  ini.replace("oauth-alice").set("hf_token", "hf_oauth_x");
  ini.find("oauth-alice")->set("expires_at", "1790000000");
  ini.replace("my token").set("HF_Token", "hf_x%y");
  ini.sort();
  CHECK(ini.dump() ==
        "[my token]\nhf_token = hf_x%y\n\n"
        "[oauth-alice]\nhf_token = hf_oauth_x\nexpires_at = 1790000000\n\n");
  const Ini again = Ini::parse(ini.dump(), "stored_tokens").value();
  CHECK(again.dump() == ini.dump());
  CHECK(ini.remove("my token"));
  CHECK_FALSE(ini.remove("my token"));
}

TEST_CASE("ini: read as configparser reads it") {
  const Ini ini = Ini::parse(
                      "# comment\n; another\n[ A ]b]\nKey : v:1\nother=x\n"
                      "  more\n\n  last\n# in between\nempty =\n\n[two]\n",
                      "f")
                      .value();
  REQUIRE(ini.sections().size() == 2);
  CHECK(ini.sections()[0].name == " A ]b");
  CHECK(*ini.sections()[0].find("key") == "v:1");
  CHECK(*ini.sections()[0].find("other") == "x\nmore\n\nlast");
  CHECK(ini.sections()[0].find("empty")->empty());
  CHECK(ini.find("two") != nullptr);
}

TEST_CASE("ini: what configparser refuses is refused with its line") {
  for (const char* bad :
       {"a = 1\n", "[a]\n[a]\n", "[a]\nx = 1\nX = 2\n", "[a]\nnothing\n",
        "[a\nx=1\n", "[a]\n= 1\n", "[a]\nx = \xff\n", "[]\n"}) {
    CAPTURE(bad);
    const auto got = Ini::parse(bad, "stored_tokens");
    REQUIRE_FALSE(got);
    CHECK(got.error().code() == Code::kCorrupt);
    CHECK(got.error().message().find("'stored_tokens'") == 0);
  }
}
