#include "hub/store/commit_reader.h"

#include <doctest/doctest.h>

#include "fixture.h"

using namespace hug;
using namespace hug::hub;

namespace {

struct Outcome {
  Result<void> result;
  std::size_t operations = 0;
  std::string content;
};

Outcome read(const std::string& text, std::size_t step,
             CommitLimits limits = {}) {
  std::string content;
  CommitReader reader(limits, [&](std::string_view c) -> Result<Oid> {
    content += c;
    return object_id(ObjectType::kBlob, c);
  });
  for (std::size_t at = 0; at < text.size(); at += step) {
    if (auto fed = reader.feed(text.substr(at, step)); !fed)
      return {fed, 0, ""};
  }
  auto done = reader.finish();
  return {done, reader.operations().size(), content};
}

}  // namespace

TEST_CASE("commit reader: the same whatever the pieces are") {
  const std::string text =
      test::header_line() +
      R"({"key":"file","value":{"path":"a","content":"aGk=","encoding":"base64"}})"
      "\n\n" +
      test::lfs_line("b", std::string(64, 'f')) +
      test::line("deletedFolder", "d/") +
      R"({"key":"deletedFile","value":{"path":"e"}})";
  for (const std::size_t step : {1UL, 7UL, 4096UL}) {
    const Outcome out = read(text, step);
    CHECK(out.result.has_value());
    CHECK(out.operations == 4);
    CHECK(out.content == "hi");
  }
}

TEST_CASE("commit reader: content first, however it is spelled") {
  struct Row {
    const char* value;
    const char* content;
  };

  for (
      const Row& row :
      {Row{R"({"content":"aGk=","path":"a","encoding":"base64"})", "hi"},
       Row{R"({"content":"aGk\u003d","path":"a","encoding":"base64"})", "hi"},
       Row{R"({"content":"hi","path":"a"})", "hi"},
       Row{R"({"content":"h\"i","path":"a"})", "h\"i"},
       Row{R"({"content":"","path":"a","encoding":"base64"})", ""},
       Row{R"({"content":"QUJD","path":"a","encoding":"base64","content":"aGk="})",
           "hi"}}) {
    CAPTURE(row.value);
    for (const char* start :
         {R"({"key":"file","value":)", R"({"key": "file", "value": )"}) {
      std::string value = row.value;
      if (start[7] == ' ') value.replace(0, 11, R"({"content": )");
      const auto line = start + value + "}\n";
      const Outcome out = read(test::header_line() + line, 5);
      REQUIRE(out.result.has_value());
      CHECK(out.content == row.content);
      CHECK_FALSE(read(line, 4096).result.has_value());  // no header
    }
  }
  for (const char* bad :
       {R"({"content":"a%b=","path":"a","encoding":"base64"})",
        R"({"content":"aGk=","path":"../a","encoding":"base64"})",
        R"({"content":"aGk=","encoding":"base64"})", R"({"content":"aGk=)"}) {
    CAPTURE(bad);
    const auto line = std::string(R"({"key":"file","value":)") + bad + "}\n";
    CHECK_FALSE(read(test::header_line() + line, 64).result.has_value());
  }
}

TEST_CASE("commit reader: what is no commit is refused") {
  const std::string header = test::header_line();
  for (
      const std::string& text :
      {std::string(), std::string("{}"), std::string("[]\n"),
       test::file_line("a", "x"), header + header, header + "{\"key\":1}",
       header + test::line("file", "a"), header + test::line("what", "a"),
       header + test::file_line("../a", "x"),
       header + test::file_line(".git/config", "x"),
       header + test::lfs_line("a", "abc"),
       header +
           R"({"key":"file","value":{"path":"a","content":"%%","encoding":"base64"}})",
       test::header_line("nothex")}) {
    const Outcome out = read(text, 64);
    REQUIRE_MESSAGE(!out.result.has_value(), text);
    CHECK(out.result.error().code() == Code::kUsage);
  }
}

TEST_CASE("commit reader: limits") {
  const CommitLimits limits{.regular_file = 100, .operations = 2};
  const std::string header = test::header_line();
  const auto file = [](std::size_t size) {
    return test::file_line("a", std::string(size, 'x'));
  };
  CHECK(read(header + file(100), 50, limits).result.has_value());
  CHECK(read(header + file(101), 50, limits).result.error().code() ==
        Code::kLimit);
  CHECK(read(header + file(1) + file(1) + file(1), 50, limits)
            .result.error()
            .code() == Code::kLimit);
  CHECK(read(header + std::string(std::size_t{3} << 20, ' '), 65536, limits)
            .result.error()
            .code() == Code::kLimit);
}
