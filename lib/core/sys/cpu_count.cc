#include <sched.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <set>
#include <string>
#include <vector>

#include "base/strings.h"
#include "sys/cgroup.h"
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

std::string siblings_of(Fs& fs, const std::string& processor) {
  const auto text = fs.read_file(
      "/sys/devices/system/cpu/" + processor + "/topology/thread_siblings_list",
      65536);
  return text ? std::string(base::trim(*text)) : processor;
}

std::size_t within_quota(Fs& fs, std::size_t n) {
  const std::size_t quota = find_cpu_quota(fs);
  return std::max<std::size_t>(quota == 0 ? n : std::min(n, quota), 1);
}

// Threads of one core name the same siblings.
std::size_t count_cores(Fs& fs,
                        const std::vector<std::size_t>& processors_here) {
  std::set<std::string> cores;
  for (const std::size_t i : processors_here)
    cores.insert(siblings_of(fs, "cpu" + std::to_string(i)));
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
