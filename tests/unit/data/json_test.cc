#include "data/json.h"

#include <doctest/doctest.h>

#include <nlohmann/json.hpp>

using namespace hug;
using namespace hug::data;

TEST_CASE("json: errors name the text, the place and the cause") {
  const auto bad = parse_json("{\"a\": 1,\n  x}", "config.json");
  REQUIRE_FALSE(bad);
  CHECK(bad.error().code() == Code::kCorrupt);
  CHECK(bad.error().message().find(
            "'config.json' is not valid JSON at line 2, column 3") == 0);
  for (const char* text : {"", "{", "[1,]", "nul", "1 2", "\"\x80\"", "{'a':1}",
                           "[1e999]", "\xEF\xBB\xBF{", "01", "+1", "NaN"}) {
    CAPTURE(text);
    CHECK_FALSE(parse_json(text, "x"));
  }
  using namespace std::string_view_literals;
  for (const auto text : {"[]\0"sv, "[]\0]"sv, "\0[]"sv, "[\"\0\"]"sv}) {
    CHECK_FALSE(parse_json(text, "x"));
    CHECK_FALSE(parse_ordered_json(text, "x"));
  }
}

TEST_CASE("json: size and depth are bounded before anything is built") {
  const std::string deep(100000, '[');
  CHECK(parse_json(deep, "x").error().code() == Code::kLimit);
  JsonLimits limits;
  limits.depth = 3;
  CHECK(parse_json("[[[1]]]", "x", limits));
  CHECK(parse_json("[[[[1]]]]", "x", limits).error().code() == Code::kLimit);
  CHECK(parse_json("[\"[[[[[[\\\"[[[[\"]", "x", limits));
  limits.bytes = 4;
  CHECK(parse_json("1234", "x", limits));
  CHECK(parse_json("12345", "x", limits).error().code() == Code::kLimit);
}

// The expected texts are json.dumps of Python 3.11.
TEST_CASE("json: written as Python writes it") {
  const auto value =
      parse_ordered_json(R"({"b":[1,2.5,null],"a":"é\"\\,: x"})", "x").value();
  CHECK(dump_json(value) == "{\"b\":[1,2.5,null],\"a\":\"é\\\"\\\\,: x\"}");
  JsonStyle python;
  python.ascii = python.spaced = true;
  CHECK(dump_json(value, python) ==
        "{\"b\": [1, 2.5, null], \"a\": \"\\u00e9\\\"\\\\,: x\"}");
  python.indent = 1;
  CHECK(dump_json(value, python) ==
        "{\n \"b\": [\n  1,\n  2.5,\n  null\n ],\n \"a\": "
        "\"\\u00e9\\\"\\\\,: x\"\n}");
  CHECK(quote_json("a\xff\n") == "\"a\xEF\xBF\xBD\\n\"");
}

TEST_CASE("json: members of the wrong type are as absent") {
  const auto v = parse_json(
                     R"({"s":"x","u":7,"i":-7,"f":1.5,"b":true,"n":null,
                         "a":[],"o":{},"big":18446744073709551615})",
                     "x")
                     .value();
  CHECK(find_string(v, "s") == "x");
  CHECK_FALSE(find_string(v, "u"));
  CHECK_FALSE(find_string(v, "none"));
  CHECK_FALSE(find_string(v, "n"));
  CHECK(find_unsigned(v, "u") == 7);
  CHECK_FALSE(find_unsigned(v, "i"));
  CHECK_FALSE(find_unsigned(v, "f"));
  CHECK(find_unsigned(v, "big") == UINT64_MAX);
  CHECK(find_signed(v, "i") == -7);
  CHECK_FALSE(find_signed(v, "big"));
  CHECK(find_number(v, "f") == 1.5);
  CHECK(find_bool(v, "b"));
  CHECK(find_bool(v, "s", true));
  CHECK(find_array(v, "a") != nullptr);
  CHECK(find_array(v, "o") == nullptr);
  CHECK(find_object(v, "o") != nullptr);
  CHECK_FALSE(find_string(nlohmann::json(3), "s"));
}
