#include "sys/atomic_file.h"

#include <doctest/doctest.h>

#include "support/fault_fs.h"
#include "support/temp_dir.h"

using namespace hug;
using namespace hug::sys;
using hug::test::FaultFs;
using hug::test::get_file;
using hug::test::put_file;
using hug::test::TempDir;

namespace {

std::size_t count_files(const std::string& dir) {
  std::size_t n = 0;
  for ([[maybe_unused]] const auto& e :
       std::filesystem::directory_iterator(dir)) {
    ++n;
  }
  return n;
}

}  // namespace

TEST_CASE("atomic file: nothing appears before commit, nothing stays after") {
  const TempDir temp;
  const std::shared_ptr<Fs> fs = real_fs();
  put_file(temp / "d/f", "old");
  {
    AtomicFile file = AtomicFile::create(*fs, temp / "d/f").value();
    REQUIRE(file.write("new "));
    REQUIRE(file.write("content"));
    CHECK(file.position() == 11);
    CHECK(get_file(temp / "d/f") == "old");
    const auto mode =
        std::filesystem::status(file.temporary_path()).permissions();
    CHECK(mode == std::filesystem::perms(0600));
    REQUIRE(file.commit());
  }
  CHECK(get_file(temp / "d/f") == "new content");
  CHECK(std::filesystem::status(temp / "d/f").permissions() ==
        std::filesystem::perms(default_file_mode()));
  {
    AtomicFile file = AtomicFile::create(*fs, temp / "d/f").value();
    REQUIRE(file.write("lost"));
  }
  CHECK(get_file(temp / "d/f") == "new content");
  CHECK(count_files(temp / "d") == 1);

  AtomicOptions fresh;
  fresh.replace = false;
  fresh.mode = 0640;
  CHECK(write_file(*fs, temp / "d/f", "x", fresh).error().code() ==
        Code::kConflict);
  CHECK(write_file(*fs, temp / "d/g", "x", fresh));
  CHECK(std::filesystem::status(temp / "d/g").permissions() ==
        std::filesystem::perms(0640));
  CHECK_FALSE(update_file(*fs, temp / "d/g", "x").value());
  CHECK(update_file(*fs, temp / "d/g", "xy").value());
  CHECK(count_files(temp / "d") == 2);
}

// The k-th call fails, for every k until nothing fails any more, with every
// error, once and for good: the target is old or new, never anything else.
TEST_CASE("atomic file: any failing call leaves the old or the new content") {
  for (const int error : {EIO, ENOSPC, EMFILE, EROFS}) {
    for (const bool persistent : {false, true}) {
      for (std::size_t k = 1;; ++k) {
        const TempDir temp;
        std::filesystem::create_directory(temp / "grave");
        put_file(temp / "d/f", "old");
        FaultFs fs(temp / "grave");
        fs.fail_at(k, error, persistent);
        const Result<void> done = write_file(fs, temp / "d/f", "the new one");
        fs.heal();
        if (!fs.failed()) {
          CHECK(done);
          CHECK(k > 5);
          break;
        }
        const std::string now = get_file(temp / "d/f");
        CAPTURE(k);
        CHECK((now == "old" || now == "the new one"));
        if (done) CHECK(now == "the new one");
        // A persistent failure also keeps the temporary from being removed.
        if (!persistent) CHECK(count_files(temp / "d") == 1);
        if (error == ENOSPC && !done) {
          CHECK(done.error().code() == Code::kNoSpace);
        }
      }
    }
  }
}

TEST_CASE("atomic file: power failures at any call leave old or new") {
  int lost = 0;
  for (std::size_t k = 1;; ++k) {
    bool ended = false;
    for (std::uint64_t seed = 0; seed < 24; ++seed) {
      const TempDir temp;
      std::filesystem::create_directory(temp / "grave");
      put_file(temp / "d/f", "old");
      FaultFs fs(temp / "grave");
      fs.fail_at(k, EIO, true);
      const Result<void> done = write_file(fs, temp / "d/f", "the new one");
      ended = !fs.failed();
      fs.crash(seed);
      const std::string now = get_file(temp / "d/f");
      CAPTURE(k);
      CAPTURE(seed);
      REQUIRE((now == "old" || now == "the new one"));
      if (done) REQUIRE(now == "the new one");
      lost += now == "old" ? 1 : 0;
    }
    if (ended) break;
  }
  CHECK(lost > 0);
}

TEST_CASE("atomic file: links are placed whole") {
  const TempDir temp;
  const std::shared_ptr<Fs> fs = real_fs();
  REQUIRE(place_symlink(*fs, "a", temp / "l"));
  REQUIRE(place_symlink(*fs, "a", temp / "l"));
  REQUIRE(place_symlink(*fs, "b", temp / "l"));
  CHECK(fs->read_link(temp / "l").value() == "b");
  put_file(temp / "file", "x");
  REQUIRE(place_symlink(*fs, "c", temp / "file"));
  CHECK(fs->read_link(temp / "file").value() == "c");
  CHECK(count_files(temp.path()) == 2);
}
