#include <doctest/doctest.h>

#include <string>
#include <vector>

#include "api/commit.h"
#include "hug/repo.h"

using namespace hug;

TEST_CASE("repository ids follow the Hub's rule") {
  const std::string longest(96, 'x');
  for (const std::string& text : std::vector<std::string>{
           "gpt2", "a/b", "org.x/na-me_1.0", "A-b.C_d/e", longest}) {
    CAPTURE(text);
    const auto id = parse_repo_id(text);
    REQUIRE(id.has_value());
    CHECK(id->full() == text);
  }
  for (const std::string& text : std::vector<std::string>{
           "", "/", "a/", "/b", "a/b/c", "a--b/c", "a/b..c", "a/b.git", "-a/b",
           "a/b-", ".a/b", "a/b.", "a b/c", "a/b\xc3\xa9", longest + "x"}) {
    CAPTURE(text);
    const auto id = parse_repo_id(text);
    REQUIRE_FALSE(id.has_value());
    CHECK(id.error().code() == Code::kUsage);
  }
}

TEST_CASE("a type may stand in front of an id, once") {
  const auto id = parse_repo_id("datasets/a/b");
  REQUIRE(id.has_value());
  CHECK(id->type == RepoType::kDataset);
  CHECK(id->full() == "a/b");
  CHECK(parse_repo_id("spaces/a/b", RepoType::kSpace).has_value());
  CHECK_FALSE(parse_repo_id("spaces/a/b", RepoType::kModel).has_value());
  CHECK_FALSE(parse_repo_id("dataset/a/b").has_value());
}

TEST_CASE("hf:// URIs") {
  struct Row {
    std::string text;
    std::string full;
    RepoType type;
    std::string revision;
    std::string path;
  };

  const std::vector<Row> rows{
      {"hf://a/b", "a/b", RepoType::kModel, "", ""},
      {"hf://models/a/b/", "a/b", RepoType::kModel, "", ""},
      {"hf://datasets/a/b@v1/x/y.txt", "a/b", RepoType::kDataset, "v1",
       "x/y.txt"},
      {"hf://a/b@refs/pr/10/c.bin", "a/b", RepoType::kModel, "refs/pr/10",
       "c.bin"},
      {"hf://a/b@refs/pr/10abc", "a/b", RepoType::kModel, "refs/pr/10", "abc"},
      {"hf://a/b@refs/convert/parquet/d", "a/b", RepoType::kModel,
       "refs/convert/parquet", "d"},
      {"hf://a/b@dev%2Fx/y", "a/b", RepoType::kModel, "dev/x", "y"},
      {"hf://a/b/c@d/e", "a/b", RepoType::kModel, "", "c@d/e"},
  };
  for (const auto& row : rows) {
    CAPTURE(row.text);
    const auto uri = parse_hub_uri(row.text);
    REQUIRE(uri.has_value());
    CHECK(uri->repo.full() == row.full);
    CHECK(uri->repo.type == row.type);
    CHECK(uri->revision == row.revision);
    CHECK(uri->path == row.path);
  }
  for (const std::string text :
       {"hf://gpt2", "hf://model/a/b", "hf://a/b@", "hf://a/b//c",
        "hf://buckets/a/b@x", "hf://a/b@%zz", "hf://"}) {
    CAPTURE(text);
    CHECK_FALSE(parse_hub_uri(text).has_value());
  }
}

TEST_CASE("a formatted URI reads back as the same place") {
  for (const std::string text :
       {"hf://models/a/b", "hf://datasets/a/b@dev%2Fx/y/z.txt",
        "hf://spaces/a/b@refs/pr/3", "hf://buckets/a/b/c/"}) {
    CAPTURE(text);
    const auto uri = parse_hub_uri(text);
    REQUIRE(uri.has_value());
    CHECK(format_hub_uri(*uri) == text);
  }
}

TEST_CASE("addresses of web pages") {
  const auto file =
      parse_hub_uri("https://huggingface.co/a/b/blob/main/x/y.txt?a=b#c");
  REQUIRE(file.has_value());
  CHECK(file->revision == "main");
  CHECK(file->path == "x/y.txt");
  const auto data = parse_hub_uri("hf.co/datasets/a/b/tree/refs/pr/3/d");
  REQUIRE(data.has_value());
  CHECK(data->repo.type == RepoType::kDataset);
  CHECK(data->revision == "refs/pr/3");
  CHECK(data->path == "d");
  const auto own = parse_hub_uri("http://localhost:8080/hub/a/b",
                                 "http://localhost:8080/hub");
  REQUIRE(own.has_value());
  CHECK(own->repo.full() == "a/b");
  CHECK_FALSE(parse_hub_uri("https://example.com/a/b").has_value());
  CHECK_FALSE(parse_hub_uri("https://hf.co/a/b/settings").has_value());
}

TEST_CASE("paths that a repository may have") {
  CHECK(api::check_repo_path("/a/b").value() == "a/b");
  CHECK(api::check_repo_path("./a").value() == "a");
  CHECK(api::check_repo_path(".github/x").value() == ".github/x");
  for (const std::string path :
       {"", "/", ".", "..", "a/../b", "a//b", "a/.git/b", ".GIT/x", ".cache/y",
        "a\\b", "a\nb"}) {
    CAPTURE(path);
    CHECK_FALSE(api::check_repo_path(path).has_value());
  }
}
