#include "spec/complete.h"

#include <doctest/doctest.h>

#include "cmd/cmd.h"

using namespace hug::cli;

namespace {

std::vector<std::string> values(const std::vector<std::string>& words) {
  std::vector<std::string> out;
  for (const Candidate& one : complete(cmd::kRoot, words).candidates) {
    out.push_back(one.value);
  }
  return out;
}

}  // namespace

TEST_CASE("complete: commands, by what is typed so far") {
  CHECK(values({"repos", "ta"}) == std::vector<std::string>{"tag"});
  CHECK(values({"repos", "tag", ""}) ==
        std::vector<std::string>{"create", "list", "delete"});
  CHECK(values({"__"}).empty());
}

TEST_CASE("complete: options and their choices") {
  CHECK(values({"download", "a/b", "--local"}) ==
        std::vector<std::string>{"--local-dir"});
  CHECK(values({"--color", "a"}) == std::vector<std::string>{"auto", "always"});
  CHECK(values({"download", "--type=d"}) ==
        std::vector<std::string>{"--type=dataset"});
}

TEST_CASE("complete: a value says what it wants") {
  CHECK(complete(cmd::kRoot, {"download", "--local-dir", ""}).wanted ==
        Complete::kFolder);
  CHECK(complete(cmd::kRoot, {"download", ""}).wanted == Complete::kRepo);
  const auto revision =
      complete(cmd::kRoot, {"download", "a/b", "--revision", ""});
  CHECK(revision.wanted == Complete::kRevision);
  CHECK(revision.repo == "a/b");
  CHECK(complete(cmd::kRoot, {"upload", "a/b", ""}).wanted == Complete::kFile);
}
