#include "data/json_items.h"

#include <doctest/doctest.h>

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "data/json.h"

using namespace hug;
using namespace hug::data;

namespace {

Result<nlohmann::json> collect(std::string_view text) {
  auto out = nlohmann::json::array();
  HUG_TRY(each_json_item(text, "list", [&](const auto& item) {
    out.push_back(item);
    return Result<bool>(true);
  }));
  return out;
}

Result<std::vector<std::string>> members(std::string_view text) {
  std::vector<std::string> out;
  HUG_TRY(each_json_member(
      text, "list", [&](const auto& key, auto value) -> Result<void> {
        out.push_back(key + "=" + dump_json(HUG_TRY(parse_json(value, key))));
        return {};
      }));
  return out;
}

}  // namespace

TEST_CASE("json items: one by one is the same as all at once") {
  for (const char* text :
       {"[]", " [ ] ", "[1]", "[1,2]",
        "\n[ \"a,]\\\"}\" , [1,[2]],{\"a\":[{}]}]", "[null,true,-1.5e3]",
        "[{\"a\":1,\"b\":{\"c\":[1,2]}},{}]"}) {
    CAPTURE(text);
    const auto items = collect(text);
    REQUIRE(items);
    CHECK(*items == parse_json(text, "list").value());
  }
}

TEST_CASE("json items: what is no list is refused as the parser refuses it") {
  for (const char* text :
       {"",      "[",    "]",         "[1",  "[1,",        "[1,]",      "[,]",
        "[1 2]", "[1]]", "[1] x",     "[1}", "[{]}",       "[\"a]",     "[1:2]",
        "[\"\\", "{}",   "{\"a\":1}", "1",   "[1,{\"a\"]", "[\"\x80\"]"}) {
    CAPTURE(text);
    const auto items = collect(text);
    REQUIRE_FALSE(items);
    CHECK(items.error().code() == Code::kCorrupt);
    const auto whole = parse_json(text, "list");
    CHECK((!whole || !whole->is_array()));
  }
  CHECK(collect("{}").error().message() == "'list' is no JSON array");
}

TEST_CASE("json items: stop where they are told to, and at errors") {
  int seen = 0;
  CHECK(each_json_item("[1,2,nonsense", "list",
                       [&](const auto&) { return Result<bool>(++seen < 2); }));
  CHECK(seen == 2);
  const auto failed = each_json_item("[1,2]", "list", [](const auto&) {
    return Result<bool>(Error(Code::kLimit, "enough"));
  });
  REQUIRE_FALSE(failed);
  CHECK(failed.error().message() == "enough");
}

TEST_CASE("json members: keys and values in their order") {
  CHECK(members(" { } ").value().empty());
  CHECK(members(R"({"b" : {"x": [1, 2]} , "a:,\"}": "}{", "b": 3})").value() ==
        std::vector<std::string>{R"(b={"x":[1,2]})", R"(a:,"}="}{")", "b=3"});
  for (const char* text :
       {"", "{", "{1:2}", "{\"a\"}", "{\"a\":}", "{\"a\":1,}", "{\"a\":1]",
        "{\"a\":1}}", "{\"a\":1:2}", "[]", "{\"a\" \"b\":1}", "{a:1}"}) {
    CAPTURE(text);
    CHECK_FALSE(members(text));
  }
}
