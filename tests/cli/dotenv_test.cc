#include <doctest/doctest.h>

#include "cmd/repos/key_values.h"

using namespace hug::cli::cmd;

TEST_CASE("dotenv: quotes, comments, export and bare names") {
  const auto lines = parse_dotenv(
      "\xEF\xBB\xBF# head\nA=1\nexport B = two words # said\nC=a#b\n"
      "D='single \\n #x'\nE=\"double \\n \\\"q\\\" "
      "\\$x\"\nBARE\n1X=no\n\nF=\n");
  REQUIRE(lines.size() == 7);
  CHECK(lines[0].key == "A");
  CHECK(lines[0].value == "1");
  CHECK(lines[1].key == "B");
  CHECK(lines[1].value == "two words");
  CHECK(lines[2].value == "a#b");
  CHECK(lines[3].value == "single \\n #x");
  CHECK(lines[4].value == "double \n \"q\" $x");
  CHECK_FALSE(lines[5].has_value);
  CHECK(lines[6].key == "F");
  CHECK(lines[6].has_value);
}
