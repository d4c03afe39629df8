#include <doctest/doctest.h>
#include <sched.h>

#include <atomic>
#include <set>
#include <thread>

#include "support/fake_clock.h"
#include "sys/clock.h"
#include "sys/random_source.h"
#include "sys/thread_pool.h"
#include "sys/tty.h"

using namespace hug;
using namespace hug::sys;

TEST_CASE("thread pool: everything runs once, through a short queue") {
  std::atomic<int> sum{0};
  {
    ThreadPool pool(3, 2);
    CHECK(pool.size() == 3);
    for (int i = 1; i <= 100; ++i)
      pool.submit([&sum, i] { sum += i; });
    pool.wait();
    CHECK(sum == 5050);
    for (int i = 1; i <= 10; ++i)
      pool.submit([&sum] { sum += 1; });
  }
  CHECK(sum == 5060);
}

TEST_CASE("cpu count: respects the affinity mask") {
  CHECK(cpu_count() >= 1);
  std::thread([] {
    cpu_set_t set;
    CPU_ZERO(&set);
    REQUIRE(::sched_getaffinity(0, sizeof set, &set) == 0);
    std::size_t first = 0;
    while (!CPU_ISSET(first, &set))
      ++first;
    CPU_ZERO(&set);
    CPU_SET(first, &set);
    REQUIRE(::sched_setaffinity(0, sizeof set, &set) == 0);
    CHECK(cpu_count() == 1);
  }).join();
}

TEST_CASE("clock: sleeping ends with the stop token") {
  const std::shared_ptr<Clock> clock = real_clock();
  CHECK(clock->sleep(Millis(1)));
  std::stop_source stop;
  stop.request_stop();
  CHECK(clock->sleep(std::chrono::hours(1), stop.get_token()).error().code() ==
        Code::kCancelled);
  CHECK(clock->wall().time_since_epoch() > std::chrono::hours(24 * 365 * 50));
}

TEST_CASE("random: names differ, sequences repeat by seed") {
  std::set<std::string> names;
  for (int i = 0; i < 1000; ++i)
    names.insert(random_hex(15));
  CHECK(names.size() == 1000);
  CHECK(names.begin()->size() == 15);
  // splitmix64's published first value for the seed 1234567.
  CHECK(Random(1234567).next() == 6457827717110365317ULL);
  Random random(1);
  for (int i = 0; i < 1000; ++i) {
    CHECK(random.below(7) < 7);
    const double u = random.unit();
    CHECK(u >= 0);
    CHECK(u < 1);
  }
}

TEST_CASE("tty: what is no terminal has the usual size") {
  CHECK_FALSE(is_terminal(-1));
  CHECK(terminal_size(-1).columns == 80);
  CHECK(terminal_size(-1).rows == 24);
}

TEST_CASE("cores are counted among the processors this process may use") {
  CHECK(sys::core_count() >= 1);
  CHECK(sys::core_count() <= sys::cpu_count());
}
