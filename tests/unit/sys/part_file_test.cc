#include "sys/part_file.h"

#include <doctest/doctest.h>

#include <string_view>

#include "support/fault_fs.h"
#include "support/temp_dir.h"
#include "sys/random_source.h"

using namespace hug;
using namespace hug::sys;
using hug::test::FaultFs;
using hug::test::get_file;
using hug::test::put_file;
using hug::test::TempDir;

namespace {

std::string pattern(std::size_t size) {
  Random random(size);
  std::string out(size, '\0');
  for (char& c : out)
    c = static_cast<char>('a' + random.below(26));
  return out;
}

std::span<const std::byte> bytes(std::string_view text) {
  return std::as_bytes(std::span(text));
}

// No process has it: it is above the kernel's limit.
constexpr std::uint32_t kDeadPid = (1U << 22) + 1;

PartOptions options(std::uint64_t size, const char* boot = "boot-1") {
  PartOptions o;
  o.size = size;
  o.identity = "etag";
  o.boot_id = boot;
  o.pid = kDeadPid;
  return o;
}

Result<PartFile> open(Fs& fs, const TempDir& temp, const PartOptions& o) {
  return PartFile::open(fs, temp / "data.incomplete", temp / "journal", o);
}

Result<void> put(PartFile& part, const std::string& content, std::size_t from,
                 std::size_t n) {
  HUG_TRY(part.write(from, bytes(content).subspan(from, n)));
  return part.mark({from, n});
}

// Every range that the file claims to have holds the right bytes.
void check_claims(const PartFile& part, const std::string& content) {
  const RangeSet done = part.done();
  for (const ByteRange& r : done.ranges()) {
    std::string back(r.size, '\0');
    REQUIRE(part.read(r.offset, std::as_writable_bytes(std::span(back))));
    REQUIRE(back == content.substr(r.offset, r.size));
  }
}

// A whole file in pieces of 512, durable every 1024 bytes.
Result<void> write_all(Fs& fs, const TempDir& temp,
                       const std::string& content) {
  PartOptions o = options(content.size());
  o.sync_every = 1024;
  PartFile part = HUG_TRY(open(fs, temp, o));
  for (std::size_t at = 0; at < content.size(); at += 512) {
    HUG_TRY(put(part, content, at, 512));
  }
  return part.publish(temp / "final");
}

}  // namespace

TEST_CASE("range set: behaves as a set of bytes") {
  for (std::uint64_t seed = 1; seed < 200; ++seed) {
    Random random(seed);
    RangeSet set;
    std::string model(64, '.');
    for (int i = 0; i < 12; ++i) {
      const std::uint64_t at = random.below(64);
      const std::uint64_t n = random.below(65 - at);
      set.add({at, n});
      for (std::uint64_t k = at; k < at + n; ++k)
        model[k] = 'x';
    }
    std::string mine(64, '.');
    for (const ByteRange& r : set.ranges()) {
      for (std::uint64_t k = r.offset; k < r.end(); ++k)
        mine[k] = 'x';
      REQUIRE(set.contains(r));
    }
    REQUIRE(mine == model);
    std::string gaps(64, 'x');
    for (const ByteRange& r : set.gaps(64)) {
      for (std::uint64_t k = r.offset; k < r.end(); ++k)
        gaps[k] = '.';
    }
    REQUIRE(gaps == model);
    for (std::size_t i = 1; i < set.ranges().size(); ++i) {
      REQUIRE(set.ranges()[i - 1].end() < set.ranges()[i].offset);
    }
  }
}

TEST_CASE("part file: pieces in any order make the file, over several runs") {
  const TempDir temp;
  const std::shared_ptr<Fs> fs = real_fs();
  const std::string content = pattern(10000);
  {
    PartFile part = open(*fs, temp, options(10000)).value();
    CHECK(part.done().total() == 0);
    REQUIRE(put(part, content, 4000, 3000));
    REQUIRE(put(part, content, 0, 1000));
    CHECK_FALSE(part.complete());
    CHECK_FALSE(part.publish(temp / "final"));
  }
  {
    PartFile part = open(*fs, temp, options(10000)).value();
    CHECK(part.done().total() == 4000);
    CHECK(part.done().gaps(10000) ==
          std::vector<ByteRange>{{1000, 3000}, {7000, 3000}});
    check_claims(part, content);
    REQUIRE(put(part, content, 1000, 3000));
    REQUIRE(put(part, content, 7000, 3000));
    CHECK(part.complete());
    REQUIRE(part.publish(temp / "final", 0644));
  }
  CHECK(get_file(temp / "final") == content);
  CHECK(std::filesystem::status(temp / "final").permissions() ==
        std::filesystem::perms(0644));
  CHECK_FALSE(std::filesystem::exists(temp / "journal"));
  CHECK_FALSE(std::filesystem::exists(temp / "data.incomplete"));
}

TEST_CASE("part file: another size or identity starts over") {
  const TempDir temp;
  const std::shared_ptr<Fs> fs = real_fs();
  const std::string content = pattern(1000);
  const auto fill = [&] {
    PartFile part = open(*fs, temp, options(1000)).value();
    REQUIRE(put(part, content, 0, 500));
    CHECK(part.done().total() == 500);
  };
  fill();
  PartOptions other = options(1000);
  other.identity = "another";
  CHECK(open(*fs, temp, other).value().done().total() == 0);
  fill();
  CHECK(open(*fs, temp, options(999)).value().done().total() == 0);
  fill();
  std::filesystem::resize_file(temp / "data.incomplete", 10);
  CHECK(open(*fs, temp, options(1000)).value().done().total() == 0);
  fill();
  std::filesystem::remove(temp / "data.incomplete");
  CHECK(open(*fs, temp, options(1000)).value().done().total() == 0);
}

TEST_CASE(
    "part file: after a new start of the machine only synced bytes count") {
  const TempDir temp;
  const std::shared_ptr<Fs> fs = real_fs();
  const std::string content = pattern(1000);
  {
    PartFile part = open(*fs, temp, options(1000)).value();
    REQUIRE(put(part, content, 0, 300));
    REQUIRE(part.checkpoint());
    REQUIRE(put(part, content, 500, 300));
  }
  CHECK(open(*fs, temp, options(1000)).value().done().total() == 600);
  CHECK(open(*fs, temp, options(1000, "boot-2")).value().done().total() == 300);
}

TEST_CASE("part file: damage to any byte of the journal is never believed") {
  const TempDir temp;
  const std::shared_ptr<Fs> fs = real_fs();
  const std::string content = pattern(1000);
  {
    PartFile part = open(*fs, temp, options(1000)).value();
    REQUIRE(put(part, content, 0, 100));
    REQUIRE(put(part, content, 300, 100));
    REQUIRE(part.checkpoint());
  }
  const std::string data = get_file(temp / "data.incomplete");
  const std::string good = get_file(temp / "journal");
  for (std::size_t at = 0; at < good.size(); ++at) {
    for (int how = 0; how < 3; ++how) {
      std::string bad = good;
      if (how == 0) bad[at] = static_cast<char>(bad[at] ^ 4);
      if (how == 1) bad.erase(at, 1);
      if (how == 2) bad.insert(at, 1, '\x01');
      put_file(temp / "journal", bad);
      put_file(temp / "data.incomplete", data);
      const PartFile part = open(*fs, temp, options(1000)).value();
      REQUIRE(part.done().total() <= 200);
      check_claims(part, content);
    }
  }
  for (std::size_t n = 0; n <= good.size(); ++n) {
    put_file(temp / "journal", good.substr(0, n));
    put_file(temp / "data.incomplete", data);
    const PartFile part = open(*fs, temp, options(1000)).value();
    check_claims(part, content);
  }
}

TEST_CASE("part file: whoever prunes it meanwhile is noticed") {
  const TempDir temp;
  const std::shared_ptr<Fs> fs = real_fs();
  const std::string content = pattern(100);
  PartFile part = open(*fs, temp, options(100)).value();
  REQUIRE(put(part, content, 0, 50));
  std::filesystem::remove(temp / "data.incomplete");
  CHECK(put(part, content, 50, 50).error().code() == Code::kConflict);
  CHECK(part.write(90, bytes(content).first(20)).error().code() ==
        Code::kLimit);
}

TEST_CASE("part file: one writer at a time, until it ends or dies") {
  const TempDir temp;
  const std::shared_ptr<Fs> fs = real_fs();
  const std::string content = pattern(100);
  PartOptions mine = options(100);
  mine.pid = 0;
  {
    PartFile part = open(*fs, temp, mine).value();
    REQUIRE(put(part, content, 0, 40));
    CHECK(open(*fs, temp, mine).error().code() == Code::kBusy);
    const auto status =
        PartFile::peek(*fs, temp / "data.incomplete", temp / "journal", mine);
    REQUIRE(status);
    CHECK(status->busy);
    CHECK(status->done == 40);
  }
  const auto status =
      PartFile::peek(*fs, temp / "data.incomplete", temp / "journal", mine);
  REQUIRE(status);
  CHECK_FALSE(status->busy);
  CHECK(open(*fs, temp, mine).value().done().total() == 40);
  mine.size = 99;
  CHECK_FALSE(
      PartFile::peek(*fs, temp / "data.incomplete", temp / "journal", mine));
}

TEST_CASE("part file: any failing call keeps the journal honest") {
  const std::string content = pattern(4096);
  for (const int error : {EIO, ENOSPC}) {
    for (const bool persistent : {false, true}) {
      for (std::size_t k = 1;; ++k) {
        const TempDir temp;
        std::filesystem::create_directory(temp / "grave");
        FaultFs fs(temp / "grave");
        fs.fail_at(k, error, persistent);
        const Result<void> done = write_all(fs, temp, content);
        fs.heal();
        CAPTURE(k);
        if (std::filesystem::exists(temp / "final")) {
          REQUIRE(get_file(temp / "final") == content);
        } else {
          REQUIRE_FALSE(done);
          check_claims(open(fs, temp, options(4096)).value(), content);
        }
        if (!fs.failed()) {
          REQUIRE(done);
          break;
        }
      }
    }
  }
}

TEST_CASE("part file: power failures at any call, then resumed to the end") {
  const std::string content = pattern(4096);
  for (std::size_t k = 1;; ++k) {
    bool ended = false;
    for (std::uint64_t seed = 0; seed < 12; ++seed) {
      const TempDir temp;
      std::filesystem::create_directory(temp / "grave");
      FaultFs fs(temp / "grave");
      fs.fail_at(k, EIO, true);
      const Result<void> done = write_all(fs, temp, content);
      ended = !fs.failed();
      fs.heal();
      fs.crash(seed);
      CAPTURE(k);
      CAPTURE(seed);
      if (std::filesystem::exists(temp / "final")) {
        REQUIRE(get_file(temp / "final") == content);
        continue;
      }
      REQUIRE_FALSE(done);
      PartFile part = open(fs, temp, options(4096, "boot-2")).value();
      check_claims(part, content);
      for (const ByteRange& gap : part.done().gaps(4096)) {
        REQUIRE(put(part, content, gap.offset, gap.size));
      }
      REQUIRE(part.publish(temp / "final"));
      REQUIRE(get_file(temp / "final") == content);
    }
    if (ended) break;
  }
}
