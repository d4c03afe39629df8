// Several processes on one cache whose locks do not exclude anyone.
#include <doctest/doctest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <thread>

#include "base/hash.h"
#include "cache/repo_cache.h"
#include "support/temp_dir.h"
#include "sys/atomic_file.h"
#include "sys/random_source.h"

using namespace hug;
using hug::test::get_file;
using hug::test::TempDir;

namespace {

const std::string kCommit(40, 'a');
const RepoId kRepo{RepoType::kModel, "me", "m"};

// As on the cluster file systems where flock succeeds for everybody.
class NoLocks final : public sys::FsFilter {
 public:
  NoLocks() : FsFilter(sys::real_fs()) {}

 protected:
  int do_flock(int, bool) override { return 0; }
};

std::string content_of(int round) {
  std::string out(200000, '\0');
  sys::Random random(static_cast<std::uint64_t>(round) + 1);
  for (char& c : out)
    c = static_cast<char>(random.next());
  return out;
}

// What a download does, piece by piece; 0 when all went well.
int fetch(const std::string& root, int round, std::uint64_t seed) {
  cache::CacheSettings settings;
  settings.root = root;
  auto repo = cache::RepoCache::open(std::make_shared<NoLocks>(),
                                     sys::real_clock(), settings, kRepo);
  if (!repo) return 1;
  const std::string content = content_of(round);
  const std::string etag = base::sha256_hex(content);
  const auto lock = repo->lock_blob(etag);
  if (!lock) return 2;
  sys::Random random(seed);
  auto part = repo->open_partial(etag, content.size());
  if (!part) return 3;
  const sys::RangeSet done = part->done();
  for (const sys::ByteRange& gap : done.gaps(content.size())) {
    for (std::uint64_t at = gap.offset; at < gap.end();) {
      const std::uint64_t n = std::min(gap.end() - at, 1 + random.below(30000));
      const auto bytes = std::as_bytes(std::span(content)).subspan(at, n);
      if (!part->write(at, bytes) || !part->mark({at, n})) return 4;
      at += n;
    }
  }
  if (!repo->publish(*part, etag, kCommit, "f" + std::to_string(round))) {
    return 5;
  }
  return repo->write_ref("main", kCommit) ? 0 : 6;
}

}  // namespace

TEST_CASE("cache: processes without working locks publish right bytes") {
  constexpr int kRounds = 6;
  constexpr int kProcesses = 16;
  const TempDir temp;
  for (int round = 0; round < kRounds; ++round) {
    std::vector<pid_t> children;
    for (int i = 0; i < kProcesses; ++i) {
      const pid_t child = ::fork();
      if (child == 0) {
        ::_exit(fetch(temp / "hub", round,
                      static_cast<std::uint64_t>(round * 100 + i)));
      }
      children.push_back(child);
    }
    // Some are killed on the way; what they leave must not harm.
    for (int i = 0; i < 3; ++i) {
      (void)::kill(children[static_cast<std::size_t>(i)], SIGKILL);
    }
    for (std::size_t i = 0; i < children.size(); ++i) {
      int status = 0;
      REQUIRE(::waitpid(children[i], &status, 0) == children[i]);
      if (i >= 3) CHECK(status == 0);
    }
    const std::string content = content_of(round);
    const std::string repo = temp / "hub/models--me--m/";
    CHECK(base::sha256_hex(
              get_file(repo + "blobs/" + base::sha256_hex(content))) ==
          base::sha256_hex(content));
    CHECK(get_file(repo + "snapshots/" + kCommit + "/f" +
                   std::to_string(round)) == content);
    CHECK(get_file(repo + "refs/main") == kCommit);
  }
}

TEST_CASE("cache: readers of refs and links never see half of a change") {
  const TempDir temp;
  const std::shared_ptr<sys::Fs> fs = sys::real_fs();
  const std::string other(40, 'b');
  REQUIRE(sys::write_file(*fs, temp / "ref", kCommit));
  REQUIRE(sys::place_symlink(*fs, kCommit, temp / "link"));
  std::atomic<int> wrong{0};
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&, t] {
      sys::AtomicOptions quick;
      quick.sync = false;
      for (int i = 0; i < 200; ++i) {
        const std::string& text = (i + t) % 2 == 0 ? kCommit : other;
        if (!sys::update_file(*fs, temp / "ref", text, quick)) ++wrong;
        if (!sys::place_symlink(*fs, text, temp / "link")) ++wrong;
      }
    });
    threads.emplace_back([&] {
      for (int i = 0; i < 400; ++i) {
        const auto ref = fs->read_file(temp / "ref", 99);
        if (!ref || (*ref != kCommit && *ref != other)) ++wrong;
        const auto link = fs->read_link(temp / "link");
        if (!link || (*link != kCommit && *link != other)) ++wrong;
      }
    });
  }
  for (std::thread& t : threads)
    t.join();
  CHECK(wrong == 0);
}
