#include "out/value.h"

#include <doctest/doctest.h>

using namespace hug;
using namespace hug::cli;

TEST_CASE("value: written as Python's json.dumps writes it") {
  Value value;
  value.set("b", 1).set("a", Value::array());
  value.set("text", "caf\xC3\xA9 \"q\" \n \xF0\x9F\x98\x80 \x7F");
  value.set("none", nullptr).set("yes", true).set("half", 0.5);
  value.set("one", 1.0).set("big", UINT64_MAX);
  CHECK(value.dump() ==
        "{\"b\": 1, \"a\": [], \"text\": \"caf\\u00e9 \\\"q\\\" \\n "
        "\\ud83d\\ude00 \\u007f\", \"none\": null, \"yes\": true, "
        "\"half\": 0.5, \"one\": 1.0, \"big\": 18446744073709551615}");
  CHECK(Value(Value::Array{1, Value().set("k", 2)}).dump(2) ==
        "[\n  1,\n  {\n    \"k\": 2\n  }\n]");
}

TEST_CASE("value: shown as Python's str shows it") {
  CHECK(Value().python_str() == "None");
  CHECK(Value(true).python_str() == "True");
  CHECK(Value(Value::Array{"a", 1, nullptr}).python_str() == "['a', 1, None]");
  CHECK(Value().set("k", "v").python_str() == "{'k': 'v'}");
}

TEST_CASE("value: parsing keeps order and is bounded") {
  const auto parsed = Value::parse("{\"z\": [1, 2.5, \"\\u00e9\"], \"a\": {}}");
  REQUIRE(parsed.has_value());
  CHECK(parsed->dump() == "{\"z\": [1, 2.5, \"\\u00e9\"], \"a\": {}}");
  CHECK_FALSE(Value::parse("{").has_value());
  CHECK_FALSE(Value::parse(std::string(100'000, '[')).has_value());
}

TEST_CASE("value: nulls go, at every depth") {
  const auto parsed =
      Value::parse("{\"a\": null, \"b\": {\"c\": null, \"d\": [null, 1]}}");
  REQUIRE(parsed.has_value());
  CHECK(parsed->without_nulls().dump() == "{\"b\": {\"d\": [null, 1]}}");
}
