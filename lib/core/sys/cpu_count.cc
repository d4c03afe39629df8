#include <sched.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <string>

#include "base/strings.h"
#include "sys/fs.h"
#include "sys/thread_pool.h"

namespace hug::sys {

namespace {

std::size_t in_affinity_mask() {
  cpu_set_t set;
  CPU_ZERO(&set);
  if (::sched_getaffinity(0, sizeof set, &set) != 0) return 0;
  return static_cast<std::size_t>(CPU_COUNT(&set));
}

std::optional<std::string> small_file(Fs& fs, const std::string& path) {
  Result<std::string> text = fs.read_file(path, 65536);
  if (!text) return std::nullopt;
  return std::string(base::trim(*text));
}

std::size_t processors(std::uint64_t quota, std::uint64_t period) {
  if (quota == 0 || period == 0) return 0;
  return static_cast<std::size_t>((quota + period - 1) / period);
}

// Version 2: "max 100000" or "150000 100000" in every group up to the root.
std::size_t in_quota_v2(Fs& fs, std::string group) {
  std::size_t least = 0;
  while (true) {
    const auto text = small_file(fs, "/sys/fs/cgroup" + group + "/cpu.max");
    if (text) {
      const auto words = base::split(*text, ' ');
      const auto quota = base::parse_unsigned(words[0]);
      const auto period =
          words.size() > 1 ? base::parse_unsigned(words[1]) : std::nullopt;
      const std::size_t n = processors(quota.value_or(0), period.value_or(0));
      if (n != 0) least = least == 0 ? n : std::min(least, n);
    }
    const auto up = group.rfind('/');
    if (group.empty() || up == group.npos) return least;
    group = group.substr(0, up);
  }
}

std::size_t in_quota_v1(Fs& fs) {
  const std::string dir = "/sys/fs/cgroup/cpu/cpu.cfs_";
  const auto quota = small_file(fs, dir + "quota_us");
  const auto period = small_file(fs, dir + "period_us");
  if (!quota || !period) return 0;
  return processors(base::parse_unsigned(*quota).value_or(0),
                    base::parse_unsigned(*period).value_or(0));
}

std::size_t in_quota() {
  const std::shared_ptr<Fs> fs = real_fs();
  std::string group;
  const auto groups = small_file(*fs, "/proc/self/cgroup").value_or("");
  for (const std::string_view line : base::split(groups, '\n')) {
    if (line.starts_with("0::/")) group = std::string(line.substr(3));
  }
  if (group == "/") group.clear();
  const std::size_t n = in_quota_v2(*fs, group);
  return n != 0 ? n : in_quota_v1(*fs);
}

}  // namespace

std::size_t cpu_count() {
  std::size_t n = std::max<std::size_t>(in_affinity_mask(), 1);
  const std::size_t quota = in_quota();
  if (quota != 0) n = std::min(n, quota);
  return n;
}

}  // namespace hug::sys
