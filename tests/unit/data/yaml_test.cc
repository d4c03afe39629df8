#include "data/yaml.h"

#include <doctest/doctest.h>

#include <nlohmann/json.hpp>

using namespace hug;
using namespace hug::data;

namespace {

std::string read(std::string_view text) {
  const auto value = parse_yaml(text, "README.md");
  return value ? value->dump()
               : "error: " + std::string(code_name(value.error().code()));
}

}  // namespace

TEST_CASE("yaml: model cards become JSON") {
  CHECK(read("license: mit\nlanguage:\n- en\n- no\ntags: [a, \"1\", 2]\n") ==
        R"({"license":"mit","language":["en","no"],"tags":["a","1",2]})");
  CHECK(read("a: ~\nb:\nc: 'null'\nd: 0x1F\ne: -3\nf: 1.5e3\ng: .5\n"
             "h: +7\ni: 1_000\nj: .inf\nk: True\nl: yes\nm: 0o17\n") ==
        R"({"a":null,"b":null,"c":"null","d":31,"e":-3,"f":1500.0,"g":0.5,)"
        R"("h":7,"i":"1_000","j":".inf","k":true,"l":"yes","m":15})");
  CHECK(read("a: |\n  x\n  y\nb: >\n  x\n  y\n1: one\n") ==
        R"({"a":"x\ny\n","b":"x y\n","1":"one"})");
  CHECK(read("a: &x {k: [1, 2]}\nb: *x\n") ==
        R"({"a":{"k":[1,2]},"b":{"k":[1,2]}})");
  CHECK(read("a: \"\\N\\_\\L\\u00e9\"") ==
        "{\"a\":\"\u0085\u00a0\u2028\u00e9\"}");
  CHECK(read("") == "null");
  CHECK(read("just text") == "\"just text\"");
}

TEST_CASE("yaml: bombs, depth, and nonsense are errors") {
  std::string bomb = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n";
  for (int i = 1; i < 10; ++i) {
    const std::string n = std::to_string(i);
    const std::string alias = "*a" + std::to_string(i - 1);
    bomb += "a" + n + ": &a" + n + " [" + alias;
    for (int k = 0; k < 9; ++k)
      bomb += ", " + alias;
    bomb += "]\n";
  }
  CHECK(read(bomb) == "error: limit");
  CHECK(read(std::string(200, '[') + std::string(200, ']')) == "error: limit");
  CHECK(read(std::string(100000, '{')).find("error: ") == 0);
  CHECK(read(std::string(100000, '-')).find("error: ") != 0);
  std::string nested;
  for (std::size_t i = 0; i < 100; ++i)
    nested += std::string(i, ' ') + "a:\n";
  CHECK(read(nested) == "error: limit");
  for (const char* bad : {"a: b: c", "[1, 2", "a: *none", "\t- x", "a: \"x",
                          "? [1]\n: 2", "{[1]: 2}", "a: \xff", "&a [*a]"}) {
    CAPTURE(bad);
    CHECK(read(bad) == "error: corrupt");
  }
  CHECK(read(std::string_view("\0\0\0a: 1", 7)) == "error: corrupt");
}

TEST_CASE("yaml: what is written is read back equal") {
  const auto value = nlohmann::ordered_json::parse(R"({
    "license": "apache-2.0", "empty": "", "yes": "yes", "n": null,
    "language": ["en", "no", "1.0", 1.0, true, "true", []],
    "nested": {"a": [{"x": 1, "y": [1, 2]}, {"z": {}}], "b": {"c": "d"}},
    "odd": ["- x", "a: b", "a #b", "#x", " x", "x ", "x:", "*x", "&x", "!x",
            "line\nbreak", "tab\t", "0x10", "2020-01-01", "1_000", "~", "é",
            "@x", "`x", "%x", "[", "]", "{", "}", ",", "|", ">", "?", "? x",
            "-", "---", "'", "\"", "=", "1e5", ".5", "+1", "12:30:45", "on", "nel\u0085x",
            "\u2028", "\ufeff", "\u0001", "\u007f", "\u0085"],
    "lists": [[1, [2, "x"]], [[]]], "12": 12 })");
  const std::string text = dump_yaml(value);
  CAPTURE(text);
  CHECK(parse_yaml(text, "x").value() == value);
  CHECK(text.find("license: apache-2.0\n") == 0);
  CHECK(text.find("language:\n- en\n- \"no\"\n- \"1.0\"\n- 1.0\n") !=
        std::string::npos);
}

TEST_CASE("card: front matter is split off and put back") {
  const auto split = [](std::string_view t) {
    const Card card = split_card(t);
    return std::string(card.has_front_matter ? "yes|" : "no|") +
           std::string(card.front_matter) + "|" + std::string(card.body);
  };
  CHECK(split("---\na: 1\n---\n# Title\n") == "yes|a: 1\n|# Title\n");
  CHECK(split("\n\n---\r\na: 1\r\n---\r\nx") == "yes|a: 1\r\n|x");
  CHECK(split("\xEF\xBB\xBF---\na: 1\n---") == "yes|a: 1\n|");
  CHECK(split("---\n---\nx") == "yes||x");
  CHECK(split("# Title\n---\na\n---\n") == "no||# Title\n---\na\n---\n");
  CHECK(split("---\na: 1\n") == "no||---\na: 1\n");
  CHECK(split("") == "no||");
  CHECK(split("--- \na: ---\n----\n---\n") == "yes|a: ---\n----\n|");
  // Linear in the text, however it is built.
  std::string long_text = "---\n";
  while (long_text.size() < 1000000)
    long_text += "\n\n\n--- x\n";
  CHECK_FALSE(split_card(long_text).has_front_matter);
  CHECK(join_card(nlohmann::ordered_json{{"license", "mit"}}, "# T\n") ==
        "---\nlicense: mit\n---\n# T\n");
}
