#include "out/out.h"

#include <doctest/doctest.h>

#include "out/table.h"

using namespace hug::cli;

TEST_CASE("table: columns, alignment and cells of hf") {
  const std::vector<Value> rows = {
      Value()
          .set("id", "me/b")
          .set("private", true)
          .set("size", 12)
          .set("createdAt", "2025-01-02T03:04:05+00:00")
          .set("gone", nullptr),
      Value()
          .set("id", "me/long")
          .set("private", false)
          .set("size", 1234567)
          .set("createdAt", nullptr)
          .set("gone", nullptr)};
  CHECK(columns_of(rows) ==
        std::vector<std::string>{"id", "private", "size", "createdAt"});
  CHECK(header_of("createdAt") == "CREATED_AT");
  CHECK(header_of("pretty name") == "PRETTY NAME");
  CHECK(cell_of(rows[0]["private"]) == "\u2714");
  CHECK(cell_of(rows[0]["createdAt"]) == "2025-01-02");
  CHECK(cell_of(Value(Value::Array{"main", "v1"})) == "main, v1");
  CHECK(cell_of(Value().set("name", "bob").set("id", 3)) == "bob");
}

TEST_CASE("table: the widest column is shortened first") {
  Table table{.headers = {"A", "B"},
              .rows = {{"short", std::string(40, 'x')}},
              .right = {false, false}};
  CHECK(fit(table, 30));
  CHECK(table.rows[0][0] == "short");
  CHECK(table.rows[0][1] == std::string(21, 'x') + "...");
  Table narrow{.headers = {"A"}, .rows = {{"ab"}}, .right = {true}};
  CHECK_FALSE(fit(narrow, 1));
  CHECK(render(narrow) == " A\n--\nab\n");
}

TEST_CASE("out: text from outside cannot steer a terminal") {
  CHECK(Out::one_line("a\x1b[31mb\r\n\tc  d ") == "a\\x1b[31mb c d");
  CHECK(Out::one_line("\xE2\x80\xAE"
                      "rtl") == "\\u202ertl");
}
