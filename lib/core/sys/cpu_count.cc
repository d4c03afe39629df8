#include <sched.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <set>
#include <string>
#include <vector>

#include "base/strings.h"
#include "sys/fs.h"
#include "sys/thread_pool.h"

namespace hug::sys {

namespace {

// Processors this thread may run on.
std::vector<std::size_t> in_affinity_mask() {
  cpu_set_t set;
  CPU_ZERO(&set);
  std::vector<std::size_t> out;
  if (::sched_getaffinity(0, sizeof set, &set) != 0) return out;
  for (std::size_t i = 0; i < CPU_SETSIZE; ++i)
    if (CPU_ISSET(i, &set)) out.push_back(i);
  return out;
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

// Version 2: "max 100000" or "150000 100000".
std::size_t in_group_v2(Fs& fs, const std::string& group) {
  const auto text = small_file(fs, "/sys/fs/cgroup" + group + "/cpu.max");
  if (!text) return 0;
  const auto words = base::split(*text, ' ');
  const auto quota = base::parse_unsigned(words[0]);
  const auto period =
      words.size() > 1 ? base::parse_unsigned(words[1]) : std::nullopt;
  return processors(quota.value_or(0), period.value_or(0));
}

// Version 1: in the hierarchy of the cpu controller. A quota of -1 is none.
std::size_t in_group_v1(Fs& fs, const std::string& group) {
  const std::string dir = "/sys/fs/cgroup/cpu" + group + "/cpu.cfs_";
  const auto quota = small_file(fs, dir + "quota_us");
  const auto period = small_file(fs, dir + "period_us");
  if (!quota || !period) return 0;
  return processors(base::parse_unsigned(*quota).value_or(0),
                    base::parse_unsigned(*period).value_or(0));
}

// The least quota of a group and those above it up to the root; 0: none.
std::size_t least_up(Fs& fs, std::string group,
                     std::size_t (*in_group)(Fs&, const std::string&)) {
  std::size_t least = 0;
  while (true) {
    const std::size_t n = in_group(fs, group);
    if (n != 0) least = least == 0 ? n : std::min(least, n);
    const auto up = group.rfind('/');
    if (group.empty() || up == group.npos) return least;
    group = group.substr(0, up);
  }
}

// The groups of this process: "0::/a/b", "4:cpu,cpuacct:/a/b".
struct Groups {
  std::string v2;
  std::string v1;
};

Groups read_groups(Fs& fs) {
  Groups out;
  const auto text = small_file(fs, "/proc/self/cgroup").value_or("");
  for (const std::string_view line : base::split(text, '\n')) {
    const auto fields = base::split(line, ':');
    if (fields.size() < 3) continue;
    const std::string path = fields[2] == "/" ? "" : std::string(fields[2]);
    if (fields[0] == "0" && fields[1].empty()) out.v2 = path;
    for (const std::string_view controller : base::split(fields[1], ','))
      if (controller == "cpu") out.v1 = path;
  }
  return out;
}

std::size_t in_quota(Fs& fs) {
  const Groups groups = read_groups(fs);
  const std::size_t n = least_up(fs, groups.v2, in_group_v2);
  return n != 0 ? n : least_up(fs, groups.v1, in_group_v1);
}

std::size_t within_quota(Fs& fs, std::size_t n) {
  const std::size_t quota = in_quota(fs);
  return std::max<std::size_t>(quota == 0 ? n : std::min(n, quota), 1);
}

// Threads of one core name the same siblings.
std::size_t count_cores(Fs& fs,
                        const std::vector<std::size_t>& processors_here) {
  std::set<std::string> cores;
  for (const std::size_t i : processors_here) {
    const auto siblings =
        small_file(fs, "/sys/devices/system/cpu/cpu" + std::to_string(i) +
                           "/topology/thread_siblings_list");
    cores.insert(siblings.value_or("cpu" + std::to_string(i)));
  }
  return cores.size();
}

}  // namespace

std::size_t cpu_count() {
  return within_quota(*real_fs(), in_affinity_mask().size());
}

std::size_t core_count() {
  const std::shared_ptr<Fs> fs = real_fs();
  return within_quota(*fs, count_cores(*fs, in_affinity_mask()));
}

}  // namespace hug::sys
