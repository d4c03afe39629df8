#include "sys/lock.h"

#include <doctest/doctest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <thread>

#include "support/fake_clock.h"
#include "support/temp_dir.h"
#include "sys/part_file.h"

using namespace hug;
using namespace hug::sys;
using hug::test::FakeClock;
using hug::test::get_file;
using hug::test::put_file;
using hug::test::TempDir;

namespace {

// flock as broken file systems have it.
class OddLocks final : public FsFilter {
 public:
  explicit OddLocks(int answer) : FsFilter(real_fs()), answer_(answer) {}

 protected:
  int do_flock(int, bool lock) override { return lock ? answer_ : 0; }

 private:
  int answer_;
};

long dead_pid() {
  const pid_t child = ::fork();
  if (child == 0) ::_exit(0);
  (void)::waitpid(child, nullptr, 0);
  return child;
}

std::string holder_text(long pid, const std::string& host,
                        const std::string& boot) {
  return "pid " + std::to_string(pid) + "\nhost " + host + "\nboot " + boot +
         "\nsince 2026-01-01T00:00:00.000Z\nfor testing\n";
}

std::string own_host() {
  FakeClock clock;
  return parse_lock_holder(format_lock_holder(clock, "")).host;
}

}  // namespace

TEST_CASE("lock: one at a time, and the waiter is told who") {
  const TempDir temp;
  FakeClock clock;
  const std::shared_ptr<Fs> fs = real_fs();
  LockOptions mine;
  mine.purpose = "downloading model.bin";
  {
    Lock lock = Lock::acquire(*fs, clock, temp / "l", mine).value();
    CHECK(lock.exclusive());
    CHECK(std::filesystem::status(temp / "l").permissions() ==
          std::filesystem::perms(0664));
    std::string told;
    LockOptions o;
    o.on_wait = [&](std::string_view text) { told += text; };
    const auto second = Lock::acquire(*fs, clock, temp / "l", o);
    REQUIRE_FALSE(second);
    CHECK(second.error().code() == Code::kBusy);
    CHECK(second.error().message().find(
              "process " + std::to_string(::getpid())) != std::string::npos);
    CHECK(second.error().message().find("downloading model.bin") !=
          std::string::npos);
    CHECK(told.find("waiting for") == 0);
    CHECK(clock.passed() >= std::chrono::minutes(10));
    CHECK(Lock::try_acquire(*fs, clock, temp / "l").error().code() ==
          Code::kBusy);
  }
  CHECK(get_file(temp / "l").empty());
  CHECK(Lock::try_acquire(*fs, clock, temp / "l"));
}

TEST_CASE("lock: a file that its holder removed is not the lock any more") {
  const TempDir temp;
  FakeClock clock;
  const std::shared_ptr<Fs> fs = real_fs();
  Lock first = Lock::acquire(*fs, clock, temp / "l").value();
  std::filesystem::remove(temp / "l");
  CHECK(Lock::try_acquire(*fs, clock, temp / "l"));
}

TEST_CASE("lock: threads take turns") {
  const TempDir temp;
  const std::shared_ptr<Fs> fs = real_fs();
  const std::shared_ptr<Clock> clock = real_clock();
  std::atomic<int> inside{0};
  std::atomic<int> clashes{0};
  std::atomic<int> done{0};
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&] {
      for (int i = 0; i < 20; ++i) {
        const auto lock = Lock::acquire(*fs, *clock, temp / "l");
        if (!lock) continue;
        if (++inside != 1) ++clashes;
        --inside;
        ++done;
      }
    });
  }
  for (std::thread& t : threads)
    t.join();
  CHECK(done == 80);
  CHECK(clashes == 0);
}

TEST_CASE("lock: without flock the existence of a lease is the lock") {
  for (const int error : {ENOSYS, ENOLCK, EOPNOTSUPP}) {
    const TempDir temp;
    FakeClock clock;
    OddLocks fs(-error);
    {
      const Lock lock = Lock::acquire(fs, clock, temp / "l").value();
      CHECK(std::filesystem::exists(temp / "l.lease"));
      // The Python client would take this file itself for a lock.
      CHECK_FALSE(std::filesystem::exists(temp / "l"));
      CHECK(Lock::try_acquire(fs, clock, temp / "l").error().code() ==
            Code::kBusy);
    }
    CHECK(std::filesystem::is_empty(temp.path()));
  }
}

TEST_CASE("lock: the lease of a dead process is taken over at once") {
  const TempDir temp;
  FakeClock clock;
  OddLocks fs(-ENOSYS);
  put_file(temp / "l.lease", holder_text(dead_pid(), own_host(), boot_id()));
  CHECK(Lock::try_acquire(fs, clock, temp / "l"));
  CHECK(clock.passed() == Millis(0));
}

TEST_CASE("lock: the lease of another machine is taken when it grows stale") {
  const TempDir temp;
  FakeClock clock;
  OddLocks fs(-ENOSYS);
  put_file(temp / "l.lease", holder_text(1, "elsewhere", "other-boot"));
  // A clock that is an hour off changes nothing: only the waiter's counts.
  clock.set_wall(FakeClock::Wall(std::chrono::hours(1)));
  CHECK(Lock::acquire(fs, clock, temp / "l"));
  CHECK(clock.passed() >= std::chrono::seconds(60));
  CHECK(clock.passed() <= std::chrono::seconds(61));
}

TEST_CASE("lock: a kernel lock of a vanished holder does not block for ever") {
  const TempDir temp;
  FakeClock clock;
  OddLocks fs(-EWOULDBLOCK);
  put_file(temp / "l", holder_text(dead_pid(), own_host(), boot_id()));
  const auto lock = Lock::acquire(fs, clock, temp / "l");
  REQUIRE(lock);
  CHECK_FALSE(lock->exclusive());
  // A holder that says nothing (the Python client) is left alone.
  put_file(temp / "m", "");
  CHECK(Lock::acquire(fs, clock, temp / "m").error().code() == Code::kBusy);
}

TEST_CASE("lock: waiting ends when it is asked to") {
  const TempDir temp;
  const std::shared_ptr<Clock> clock = real_clock();
  OddLocks fs(-EWOULDBLOCK);
  std::stop_source stop;
  std::thread asker([&] { stop.request_stop(); });
  LockOptions o;
  o.stop = stop.get_token();
  CHECK(Lock::acquire(fs, *clock, temp / "l", o).error().code() ==
        Code::kCancelled);
  asker.join();
}
