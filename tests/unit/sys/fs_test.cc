#include "sys/fs.h"

#include <doctest/doctest.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <unistd.h>

#include <cerrno>
#include <thread>

#include "base/strings.h"
#include "support/clause.h"
#include "support/fault_fs.h"
#include "support/temp_dir.h"
#include "sys/beneath.h"
#include "sys/tree.h"

using namespace hug;
using namespace hug::sys;
using hug::test::FaultFs;
using hug::test::get_file;
using hug::test::is_clause;
using hug::test::put_file;
using hug::test::TempDir;

namespace {

// As if the kernel had no openat2: everything beneath is walked.
class OldKernel final : public FsFilter {
 public:
  OldKernel() : FsFilter(real_fs()) {}

 protected:
  int do_open(int dir, const char* name, int flags, mode_t mode,
              std::uint64_t resolve) override {
    if (resolve == 0) return FsFilter::do_open(dir, name, flags, mode, 0);
    return walk_beneath(dir, name, flags, mode,
                        (resolve & RESOLVE_NO_SYMLINKS) != 0);
  }
};

OpenOptions creating() {
  OpenOptions o;
  o.write = o.create = true;
  return o;
}

std::vector<std::byte> pattern(std::size_t size) {
  std::vector<std::byte> out(size);
  Random random(size);
  for (std::byte& b : out)
    b = static_cast<std::byte>(random.next());
  return out;
}

}  // namespace

TEST_CASE("fs: names beneath a directory cannot lead out of it") {
  const TempDir temp;
  put_file(temp / "outside/secret", "s");
  put_file(temp / "root/a/b/file", "inside");
  std::filesystem::create_symlink("../outside", temp / "root/out");
  std::filesystem::create_symlink(temp / "outside/secret", temp / "root/abs");
  std::filesystem::create_symlink("a/b/file", temp / "root/in");
  std::filesystem::create_symlink("../b/../../in", temp / "root/a/b/up");
  std::filesystem::create_symlink("loop", temp / "root/loop");

  for (const bool old : {false, true}) {
    CAPTURE(old);
    std::shared_ptr<Fs> fs = old ? std::make_shared<OldKernel>() : real_fs();
    const Dir root = fs->open_dir(temp / "root").value();
    CHECK(fs->read_file(root / "a/b/file", 99).value() == "inside");
    CHECK(fs->read_file(root / "in", 99).value() == "inside");
    CHECK(fs->read_file(root / "a/b/up", 99).value() == "inside");
    CHECK(fs->read_file(root / "a/../in", 99).value() == "inside");
    for (const char* bad : {"../outside/secret", "out/secret", "abs",
                            "/etc/passwd", "a/../../outside/secret", "loop"}) {
      CAPTURE(bad);
      const auto got = fs->read_file(root / bad, 99);
      REQUIRE_FALSE(got);
      CHECK(got.error().code() == Code::kIo);
      CHECK_FALSE(fs->open(root / bad, creating()));
    }
    CHECK_FALSE(fs->open(root / "out/new", creating()));
    CHECK_FALSE(fs->make_dirs(root / "out/new"));
    CHECK_FALSE(fs->make_dirs(root / "../new"));
    CHECK_FALSE(fs->remove(root / "out/secret"));
    CHECK_FALSE(fs->rename(root / "in", root / "out/in"));
    OpenOptions strict;
    strict.no_symlinks = true;
    CHECK_FALSE(fs->open(root / "in", strict));
    CHECK(fs->open(root / "a/b/file", strict));
    CHECK(fs->make_dirs(root / "new/x/y"));
    CHECK(fs->link_info(root / "new/x/y").value().kind == FileKind::kDirectory);
    CHECK(remove_tree(*fs, root / "new").value() == 0);
    CHECK_FALSE(fs->exists(root / "new"));
  }
  CHECK(get_file(temp / "outside/secret") == "s");
}

TEST_CASE("fs: a racing link swap never leads a creation outside") {
  const TempDir temp;
  std::filesystem::create_directories(temp / "root/real");
  std::filesystem::create_directories(temp / "outside");
  std::filesystem::create_directory_symlink(temp / "outside",
                                            temp / "root/evil");
  std::atomic<bool> end{false};
  std::thread racer([&] {
    const std::string d = temp / "root/d";
    while (!end) {
      (void)::rename((temp / "root/real").c_str(), d.c_str());
      (void)::rename(d.c_str(), (temp / "root/real").c_str());
      (void)::rename((temp / "root/evil").c_str(), d.c_str());
      (void)::rename(d.c_str(), (temp / "root/evil").c_str());
    }
  });
  for (const bool old : {false, true}) {
    std::shared_ptr<Fs> fs = old ? std::make_shared<OldKernel>() : real_fs();
    const Dir root = fs->open_dir(temp / "root").value();
    for (int i = 0; i < 2000; ++i) {
      (void)fs->open(root / ("d/f" + std::to_string(i)), creating());
    }
  }
  end = true;
  racer.join();
  CHECK(std::filesystem::is_empty(temp / "outside"));
}

TEST_CASE("fs: short counts and interruptions do not change what is written") {
  const TempDir temp;
  for (std::uint64_t seed = 1; seed <= 300; ++seed) {
    FaultFs fs(temp.path());
    fs.shorten(1 + seed % 97, seed);
    const std::vector<std::byte> data = pattern(seed * 13 % 3000);
    const File file = fs.open(temp / "f", creating()).value();
    REQUIRE(fs.write_at(file, 7, data));
    std::vector<std::byte> back(data.size() + 10);
    REQUIRE(fs.read_at(file, 7, back).value() == data.size());
    back.resize(data.size());
    REQUIRE(back == data);
    REQUIRE(fs.resize(file, 0));
  }
}

TEST_CASE("fs: positions beyond 4 GiB are exact") {
  const TempDir temp;
  const std::shared_ptr<Fs> fs = real_fs();
  const File file = fs->open(temp / "big", creating()).value();
  const std::vector<std::byte> data = pattern(4096);
  const std::uint64_t at = (std::uint64_t{5} << 30) - 100;
  REQUIRE(fs->write_at(file, at, data));
  CHECK(fs->info(file).value().size == at + 4096);
  std::vector<std::byte> back(4096);
  REQUIRE(fs->read_at(file, at, back).value() == 4096);
  CHECK(back == data);
  CHECK(fs->write_at(file, UINT64_MAX - 3, data).error().code() ==
        Code::kNoSpace);
  CHECK_FALSE(fs->read_at(file, UINT64_MAX - 3, back));
}

TEST_CASE("fs: errors name the path and the cause") {
  const TempDir temp;
  const std::shared_ptr<Fs> fs = real_fs();
  const auto gone = fs->read_file(temp / "none", 10);
  REQUIRE_FALSE(gone);
  CHECK(gone.error().code() == Code::kNotFound);
  CHECK(gone.error().message() ==
        "cannot open '" + (temp / "none") + "': no such file or directory");
  put_file(temp / "five", "12345");
  CHECK(fs->read_file(temp / "five", 5).value() == "12345");
  CHECK(fs->read_file(temp / "five", 4).error().code() == Code::kLimit);
  CHECK_FALSE(fs->find_file(temp / "none", 10).value().has_value());
  CHECK(fs->rename_new(temp / "five", temp / "five2"));
  put_file(temp / "five", "x");
  CHECK(fs->rename_new(temp / "five", temp / "five2").error().code() ==
        Code::kConflict);
  CHECK(get_file(temp / "five2") == "12345");
  CHECK(os_error(ENOSPC, "x").code() == Code::kNoSpace);
  CHECK(os_error(EDQUOT, "x").code() == Code::kNoSpace);
  // Something from strerror: lower case, behind the object.
  CHECK(os_error(EPIPE, "cannot write 'x'").message() ==
        "cannot write 'x': broken pipe");
  for (int error = 1; error < 134; ++error) {
    CAPTURE(error);
    const hug::Error any = os_error(error, "cannot write 'x'");
    CHECK(is_clause(any.message()));
    CHECK((any.hint().empty() || is_clause(any.hint())));
  }
  CHECK(fs->space(temp.path()).value().available > 0);
}

TEST_CASE("tree: removal does not follow links and passes read-only folders") {
  const TempDir temp;
  put_file(temp / "keep/file", "x");
  put_file(temp / "gone/a/b/c", "x");
  put_file(temp / "gone/a/d", "x");
  std::filesystem::create_directory_symlink(temp / "keep", temp / "gone/l");
  std::filesystem::permissions(
      temp / "gone/a/b",
      std::filesystem::perms::owner_read | std::filesystem::perms::owner_exec);
  const std::shared_ptr<Fs> fs = real_fs();
  std::vector<std::string> seen;
  REQUIRE(walk(*fs, temp / "gone", [&](const WalkEntry& e) -> Result<bool> {
    seen.push_back(e.path);
    return true;
  }));
  CHECK(base::join(seen, " ") == "a a/b a/b/c a/d l");
  CHECK(remove_tree(*fs, temp / "gone").value() == 3);
  CHECK_FALSE(std::filesystem::exists(temp / "gone"));
  CHECK(get_file(temp / "keep/file") == "x");
  CHECK(remove_tree(*fs, temp / "gone").value() == 0);
  // A link at the root itself is removed, not what it leads to.
  std::filesystem::create_directory_symlink(temp / "keep", temp / "link");
  CHECK(remove_tree(*fs, temp / "link").value() == 1);
  CHECK(get_file(temp / "keep/file") == "x");
}
