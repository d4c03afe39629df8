#include "cache/local_dir.h"

#include <doctest/doctest.h>

#include "cache/layout.h"
#include "support/fake_clock.h"
#include "support/temp_dir.h"

using namespace hug;
using namespace hug::cache;
using hug::test::FakeClock;
using hug::test::get_file;
using hug::test::put_file;
using hug::test::TempDir;

namespace {

const std::string kCommit(40, 'c');
const std::string kEtag(40, 'e');

Result<std::string> add(LocalDir& dir, const std::string& file,
                        const std::string& content) {
  sys::PartFile part = HUG_TRY(dir.open_partial(file, kEtag, content.size()));
  HUG_TRY(part.write(0, std::as_bytes(std::span(content))));
  HUG_TRY(part.mark({0, content.size()}));
  return dir.publish(part, file, kCommit, kEtag);
}

LocalDir open(const TempDir& temp) {
  return LocalDir(sys::real_fs(), sys::real_clock(), temp / "dir");
}

}  // namespace

TEST_CASE("local dir: files, metadata and marks as the Python client's") {
  const TempDir temp;
  LocalDir dir = open(temp);
  CHECK_FALSE(std::filesystem::exists(temp / "dir"));
  const auto path = add(dir, "sub/config.json", "{}");
  REQUIRE(path);
  CHECK(get_file(temp / "dir/sub/config.json") == "{}");
  const std::string inner = temp / "dir/.cache/huggingface/";
  CHECK(get_file(inner + ".gitignore") == "*");
  CHECK(get_file(inner + "CACHEDIR.TAG").size() == 191);
  const std::string text =
      get_file(inner + "download/sub/config.json.metadata");
  CHECK(text.substr(0, 82) == kCommit + "\n" + kEtag + "\n");
  const auto metadata = dir.find_metadata("sub/config.json");
  REQUIRE(metadata);
  CHECK(metadata->commit == kCommit);
  CHECK(metadata->etag == kEtag);
  CHECK(dir.find_file("sub/config.json") == 2);
  CHECK_FALSE(dir.find_file("none"));
  // Edited later than the metadata says: it counts no more.
  std::filesystem::last_write_time(
      temp / "dir/sub/config.json",
      std::filesystem::file_time_type::clock::now() + std::chrono::seconds(5));
  CHECK_FALSE(dir.find_metadata("sub/config.json"));
}

TEST_CASE("local dir: metadata is read as written by Python, or not at all") {
  const auto m = parse_metadata(
      "b38264560cad64a01ac62b558c61cb5232705f8c\n"
      "b6fc4c620b67d95f953a5c1c1230aaab5db5a1b0\n1795226865.8682954\n");
  REQUIRE(m);
  CHECK(m->etag == "b6fc4c620b67d95f953a5c1c1230aaab5db5a1b0");
  CHECK(m->time == doctest::Approx(1795226865.8682954).epsilon(1e-12));
  CHECK(parse_metadata(format_metadata(*m)).value().time ==
        doctest::Approx(m->time).epsilon(1e-12));
  for (const char* bad : {"", "a\nb", "a\nb\n\n", "a\nb\nx\n", "a\nb\nnan\n"}) {
    CHECK_FALSE(parse_metadata(bad));
  }
}

// Names of partial files as the Python client's own function gives them.
TEST_CASE("local dir: partial files lie where Python's lie") {
  const TempDir temp;
  LocalDir dir = open(temp);
  {
    sys::PartFile a = dir.open_partial("config.json", kEtag, 10).value();
    sys::PartFile b = dir.open_partial("x/.gitattributes", kEtag, 10).value();
    REQUIRE(a.write(0, std::as_bytes(std::span("abc", 3))));
    REQUIRE(a.mark({0, 3}));
  }
  const std::string inner = temp / "dir/.cache/huggingface/download";
  int found = 0;
  for (const auto& e : std::filesystem::recursive_directory_iterator(inner)) {
    const std::string name = e.path().string().substr(inner.size() + 1);
    if (!name.ends_with(".incomplete")) continue;
    if (name.find("8_PA_wEVGiVa2goH2H4KQOQpvVY=." + kEtag + ".") == 0) ++found;
    if (name.find("x/wPaCkH-WbT7GsmxMKKrNZTV4nSM=." + kEtag) == 0) ++found;
  }
  CHECK(found == 2);
  CHECK(dir.resumable("config.json", kEtag, 10) == 3);
  CHECK(dir.resumable("config.json", kEtag, 11) == 0);
}

TEST_CASE("local dir: nothing is written through links or over folders") {
  const TempDir temp;
  put_file(temp / "outside/file", "mine");
  std::filesystem::create_directories(temp / "dir/folder");
  std::filesystem::create_directory_symlink(temp / "outside",
                                            temp / "dir/away");
  std::filesystem::create_symlink(temp / "outside/file", temp / "dir/link");
  LocalDir dir = open(temp);
  CHECK_FALSE(add(dir, "away/file", "evil"));
  CHECK_FALSE(add(dir, "../outside/file", "evil"));
  CHECK(add(dir, "folder", "x").error().code() == Code::kConflict);
  // A link in the file's place is replaced, not followed.
  CHECK(dir.is_blocked("link"));
  CHECK(add(dir, "link", "new"));
  CHECK(get_file(temp / "dir/link") == "new");
  CHECK_FALSE(std::filesystem::is_symlink(temp / "dir/link"));
  CHECK(get_file(temp / "outside/file") == "mine");
  // Nor through the folder of the metadata.
  std::filesystem::create_directories(temp / "dir/.cache/huggingface/download");
  std::filesystem::create_directory_symlink(
      temp / "outside", temp / "dir/.cache/huggingface/download/deep");
  CHECK_FALSE(add(dir, "deep/file", "evil"));
  CHECK(get_file(temp / "outside/file") == "mine");
}

TEST_CASE("local dir: files are copied from the cache, listings kept") {
  const TempDir temp;
  put_file(temp / "source", "bytes");
  LocalDir dir = open(temp);
  REQUIRE(dir.copy_in(temp / "source", "a/b", kCommit, kEtag));
  CHECK(get_file(temp / "dir/a/b") == "bytes");
  CHECK(dir.find_metadata("a/b"));
  dir.write_tree(kCommit, {{"a/b", 5, kEtag, "", 0, ""}});
  CHECK(dir.find_tree(kCommit).value().size() == 1);
  const auto lock = dir.lock_file("a/b");
  REQUIRE(lock);
  CHECK(std::filesystem::exists(temp /
                                "dir/.cache/huggingface/download/a/b.lock"));
}
