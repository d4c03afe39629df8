// Limits of control groups, from trees as kernels and containers show them.
#include "sys/cgroup.h"

#include <doctest/doctest.h>

#include <string>

#include "support/temp_dir.h"

using namespace hug;

namespace {

/// Every absolute path beneath a folder of the test.
class FakeSystem : public sys::FsFilter {
 public:
  FakeSystem() : FsFilter(sys::real_fs()) {
    put("/proc/meminfo",
        "MemTotal:       1000 kB\nMemFree:  5 kB\nMemAvailable:    800 kB\n");
  }

  void put(const std::string& path, const std::string& content) {
    test::put_file(root_.path() + path, content);
  }

 protected:
  int do_open(int dir, const char* name, int flags, mode_t mode,
              std::uint64_t resolve) override {
    std::string path = name;
    if (path.starts_with('/')) path.insert(0, root_.path());
    return FsFilter::do_open(dir, path.c_str(), flags, mode, resolve);
  }

 private:
  test::TempDir root_;
};

constexpr std::uint64_t kKiB = 1024;

}  // namespace

TEST_CASE("without groups the machine's memory counts") {
  FakeSystem fake;
  CHECK(sys::find_memory(fake).total == 1000 * kKiB);
  CHECK(sys::find_memory(fake).available == 800 * kKiB);
  CHECK(sys::find_cpu_quota(fake) == 0);
  fake.put("/proc/self/cgroup", "0::/\n");
  fake.put("/sys/fs/cgroup/memory.max", "max\n");
  fake.put("/sys/fs/cgroup/cpu.max", "max 100000\n");
  CHECK(sys::find_memory(fake).total == 1000 * kKiB);
  CHECK(sys::find_memory(fake).available == 800 * kKiB);
  CHECK(sys::find_cpu_quota(fake) == 0);
}

TEST_CASE("version 2: the least limit up to the root counts") {
  FakeSystem fake;
  fake.put("/proc/self/cgroup", "0::/jobs/mine:1\n");
  const std::string jobs = "/sys/fs/cgroup/jobs";
  fake.put(jobs + "/mine:1/memory.max", "max\n");
  fake.put(jobs + "/mine:1/memory.current", "1024\n");
  fake.put(jobs + "/mine:1/cpu.max", "250000 100000\n");
  fake.put(jobs + "/memory.max", "409600\n");
  fake.put(jobs + "/memory.current", "204800\n");
  fake.put(jobs + "/cpu.max", "max 100000\n");
  CHECK(sys::find_memory(fake).total == 400 * kKiB);
  CHECK(sys::find_memory(fake).available == 200 * kKiB);
  CHECK(sys::find_cpu_quota(fake) == 3);

  SUBCASE("files that were read make room") {
    fake.put(jobs + "/memory.stat", "anon 1\ninactive_file 102400\n");
    CHECK(sys::find_memory(fake).available == 300 * kKiB);
    fake.put(jobs + "/memory.stat", "inactive_file 999999999\n");
    CHECK(sys::find_memory(fake).available == 400 * kKiB);
  }
  SUBCASE("a closer limit that is larger changes nothing") {
    fake.put(jobs + "/mine:1/memory.max", "512000\n");
    fake.put(jobs + "/mine:1/cpu.max", "900000 100000\n");
    fake.put(jobs + "/cpu.max", "100000 100000\n");
    CHECK(sys::find_memory(fake).available == 200 * kKiB);
    CHECK(sys::find_cpu_quota(fake) == 1);
  }
  SUBCASE("a limit that is used up leaves nothing") {
    fake.put(jobs + "/mine:1/memory.max", "1000\n");
    CHECK(sys::find_memory(fake).total == 1000);
    CHECK(sys::find_memory(fake).available == 0);
  }
  SUBCASE("where a group is held back, it is full") {
    fake.put(jobs + "/mine:1/memory.high", "102400\n");
    CHECK(sys::find_memory(fake).total == 100 * kKiB);
    CHECK(sys::find_memory(fake).available == 99 * kKiB);
  }
  SUBCASE("a limit above the machine's memory is none") {
    fake.put(jobs + "/memory.max", "99999999999\n");
    CHECK(sys::find_memory(fake).total == 1000 * kKiB);
    CHECK(sys::find_memory(fake).available == 800 * kKiB);
  }
}

TEST_CASE("a container sees its own group as the root") {
  FakeSystem fake;
  fake.put("/proc/self/cgroup", "0::/docker/0123abc\n");
  fake.put("/sys/fs/cgroup/memory.max", "307200\n");
  fake.put("/sys/fs/cgroup/memory.current", "102400\n");
  fake.put("/sys/fs/cgroup/cpu.max", "50000 100000\n");
  CHECK(sys::find_memory(fake).total == 300 * kKiB);
  CHECK(sys::find_memory(fake).available == 200 * kKiB);
  CHECK(sys::find_cpu_quota(fake) == 1);
}

TEST_CASE("version 1: in the hierarchy of each controller") {
  FakeSystem fake;
  fake.put("/proc/self/cgroup",
           "12:memory:/batch/job\n4:cpu,cpuacct:/slice\n1:name=systemd:/x\n"
           "0::/unified\n");
  const std::string memory = "/sys/fs/cgroup/memory";
  fake.put(memory + "/batch/job/memory.limit_in_bytes",
           "9223372036854771712\n");
  fake.put(memory + "/batch/job/memory.usage_in_bytes", "4096\n");
  fake.put(memory + "/batch/memory.limit_in_bytes", "204800\n");
  fake.put(memory + "/batch/memory.usage_in_bytes", "153600\n");
  fake.put(memory + "/batch/memory.stat",
           "inactive_file 1\ntotal_inactive_file 51200\n");
  fake.put(memory + "/memory.limit_in_bytes", "9223372036854771712\n");
  fake.put("/sys/fs/cgroup/cpu/slice/cpu.cfs_quota_us", "-1\n");
  fake.put("/sys/fs/cgroup/cpu/slice/cpu.cfs_period_us", "100000\n");
  CHECK(sys::find_memory(fake).total == 200 * kKiB);
  CHECK(sys::find_memory(fake).available == 100 * kKiB);
  CHECK(sys::find_cpu_quota(fake) == 0);
  fake.put("/sys/fs/cgroup/cpu/slice/cpu.cfs_quota_us", "150000\n");
  CHECK(sys::find_cpu_quota(fake) == 2);
}
