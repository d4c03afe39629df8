// Every number that a command takes has a range, and says so when a value is
// outside.
#include "spec/range.h"

#include <doctest/doctest.h>

#include <cmath>
#include <functional>
#include <string>

#include "cmd/cmd.h"
#include "spec/check_value.h"
#include "spec/globals.h"
#include "spec/help.h"
#include "spec/parse.h"

using namespace hug;
using namespace hug::cli;

namespace {

using Visit = std::function<void(const std::string& path, const Option&)>;

bool is_number(const Option& option) {
  return option.type == Type::kInteger || option.type == Type::kIntegers ||
         option.type == Type::kNumber;
}

void visit_numbers(const Command& command, const std::string& path,
                   const Visit& visit) {
  for (const Option& option : command.options)
    if (is_number(option)) visit(path, option);
  for (const Command* child : command.children)
    visit_numbers(*child, path + " " + std::string(child->name), visit);
}

/// Of the program, the global options too.
void for_each_number(const Visit& visit) {
  visit_numbers(cmd::kRoot, "hug", visit);
  for (const Option& option : global_options())
    if (is_number(option)) visit("", option);
}

std::string text_of(double value, const Option& option) {
  if (option.type != Type::kNumber)
    return std::to_string(static_cast<std::int64_t>(value));
  return std::to_string(value);
}

void check_refused(const Option& option, const std::string& value) {
  CAPTURE(value);
  const auto checked = check_value(option, value);
  REQUIRE_FALSE(checked);
  CHECK(checked.error().code() == Code::kUsage);
  CHECK(exit_status(checked.error().code()) == 2);
  const std::string message = checked.error().message();
  CHECK(message.find("--" + std::string(option.name)) != message.npos);
  CHECK(message.find("is not between ") != message.npos);
}

}  // namespace

TEST_CASE("range: every number of every command has one, and keeps to it") {
  std::size_t count = 0;
  for_each_number([&](const std::string& path, const Option& option) {
    CAPTURE(path);
    CAPTURE(option.name);
    ++count;
    REQUIRE(has_range(option));
    CHECK(std::isfinite(option.minimum));
    CHECK(std::isfinite(option.maximum));
    if (!option.fallback.empty())
      CHECK(check_value(option, std::string(option.fallback)));
    for (const double end : {option.minimum, option.maximum})
      CHECK(check_value(option, text_of(end, option)));
    check_refused(option, text_of(option.minimum - 1, option));
    check_refused(option, text_of(option.maximum + 1, option));
    // What would wrap around in 32 bits, or in 64.
    if (option.maximum <= kMany) {
      check_refused(option, "4294967297");
      check_refused(option, "-4294967295");
    }
    CHECK_FALSE(check_value(option, "18446744073709551617"));
    for (const char* other : {"", "x", "1x", "0x10", "nan", "inf", "1e999"}) {
      CAPTURE(other);
      CHECK_FALSE(check_value(option, other));
    }
    if (option.type == Type::kIntegers) {
      const std::string least = text_of(option.minimum, option);
      CHECK(check_value(option, least + "," + least));
      check_refused(option, least + ",-1");
      CHECK_FALSE(check_value(option, least + ","));
    }
  });
  CHECK(count >= 60);
}

TEST_CASE("range: a command line outside of one is refused") {
  struct Row {
    std::vector<std::string> words;
    std::string says;
  };

  const Row rows[] = {
      {{"run", "m", "-t", "4294967298"}, "'4294967298' is not between 0 and"},
      {{"run", "m", "--temp", "-1"}, "'-1' is not between 0 and 100"},
      {{"run", "m", "--top-p", "7"}, "'7' is not between 0 and 1"},
      {{"run", "m", "--ctx", "-5"}, "'-5' is not between 0 and 2147483647"},
      {{"run", "m", "-n", "-2"}, "'-2' is not between 0 and 2147483647"},
      {{"bench", "m", "-b", "0"}, "'0' is not between 1 and"},
      {{"bench", "m", "-d", "0,-1"}, "'-1' is not between 0 and"},
      {{"fit", "m", "--ctx", "0"}, "'0' is not between 1 and 2147483647"},
      {{"eval", "perplexity", "m", "f", "--ctx", "3"}, "not between 4 and"},
      {{"hub", "serve", "--port", "70000"}, "is not between 0 and 65535"},
      {{"models", "list", "--limit", "-1"}, "'-1' is not between 0 and"},
      {{"env", "--connections", "0"}, "'0' is not between 1 and 1024"},
      {{"env", "--retries", "-1"}, "'-1' is not between 0 and 1000"},
      {{"env", "--timeout", "0"}, "'0' is not between 0.001 and 86400"},
  };
  for (const Row& row : rows) {
    CAPTURE(row.says);
    const auto parsed = parse(cmd::kRoot, row.words);
    REQUIRE_FALSE(parsed);
    CHECK(parsed.error().code() == Code::kUsage);
    CHECK(std::string(parsed.error().message()).find(row.says) !=
          std::string::npos);
  }
}

TEST_CASE("range: a variable of the environment keeps to it too") {
  const auto parsed =
      parse(cmd::kRoot, {"run", "m"}, [](std::string_view name) {
        return std::string(name == "HUG_THREADS" ? "-1" : "");
      });
  REQUIRE_FALSE(parsed);
  CHECK(parsed.error().code() == Code::kUsage);
}

TEST_CASE("range: help tells what is narrower than memory") {
  Option option{.name = "n",
                .kind = Kind::kValue,
                .type = Type::kInteger,
                .value = "N",
                .help = "A number.",
                .maximum = 65535};
  CHECK(range_text(option) == "0 to 65535");
  CHECK(option_help(option) == "A number. Takes 0 to 65535.");
  option.minimum = 1;
  option.maximum = kMany;
  CHECK(range_text(option) == "at least 1");
  option.minimum = 0;
  CHECK(range_text(option).empty());
  option.type = Type::kNumber;
  option.minimum = 0.01;
  option.maximum = 1.5;
  CHECK(range_text(option) == "0.01 to 1.5");
}
