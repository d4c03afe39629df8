#include "http/client/curl_error.h"

#include <doctest/doctest.h>

#include "support/clause.h"

using hug::test::is_clause;

TEST_CASE("curl error: says what failed with whom, and what to do") {
  const hug::Error error = hug::http::curl_error(6, "", "hub.example");
  CHECK(error.code() == hug::Code::kNetwork);
  CHECK(error.message() ==
        "cannot talk to hub.example: its name cannot be resolved");
  for (int code = 1; code < 100; ++code) {
    CAPTURE(code);
    const hug::Error any = hug::http::curl_error(code, "", "hub.example");
    CHECK(is_clause(any.message()));
    CHECK((any.hint().empty() || is_clause(any.hint())));
  }
}
