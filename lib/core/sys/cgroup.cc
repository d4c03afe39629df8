#include "sys/cgroup.h"

#include <algorithm>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "base/strings.h"

namespace hug::sys {

namespace {

constexpr std::uint64_t kMostText = 64 << 10;
constexpr std::uint64_t kNoLimit = UINT64_MAX;
constexpr std::string_view kRoot = "/sys/fs/cgroup";

std::optional<std::string> small_file(Fs& fs, const std::string& path) {
  Result<std::string> text = fs.read_file(path, kMostText);
  if (!text) return std::nullopt;
  return std::string(base::trim(*text));
}

// Nothing when the file is not there or says "max".
std::optional<std::uint64_t> number_in(Fs& fs, const std::string& path) {
  const auto text = small_file(fs, path);
  return text ? base::parse_unsigned(*text) : std::nullopt;
}

// "MemAvailable:   123 kB" or "inactive_file 123"; 0 when it is not there.
std::uint64_t find_number(std::string_view text, std::string_view key) {
  for (const std::string_view line : base::split(text, '\n')) {
    if (!line.starts_with(key)) continue;
    std::string_view rest = base::trim(line.substr(key.size()));
    rest = rest.substr(0, rest.find(' '));
    return base::parse_unsigned(rest).value_or(0);
  }
  return 0;
}

// The group of this process in the hierarchy of a controller, "" for its root:
// "0::/a/b" is the one of version 2, "4:cpu,cpuacct:/a/b" of version 1.
std::optional<std::string> find_group(Fs& fs, std::string_view controller) {
  const auto text = small_file(fs, "/proc/self/cgroup").value_or("");
  for (const std::string_view line : base::split(text, '\n')) {
    const auto fields = base::split(line, ':');
    if (fields.size() < 3) continue;
    const auto names = base::split(fields[1], ',');
    if (std::find(names.begin(), names.end(), controller) == names.end())
      continue;
    // A path may hold colons.
    const auto path = line.substr(fields[0].size() + fields[1].size() + 2);
    return path == "/" ? std::string() : std::string(path);
  }
  return std::nullopt;
}

// The group's folder, then those above it. In a container the path may lead
// nowhere until the root, which is the container's own.
void walk_up(std::string_view root, std::string group,
             const std::function<void(const std::string&)>& visit) {
  while (true) {
    visit(std::string(root) + group);
    const auto up = group.rfind('/');
    if (group.empty() || up == group.npos) return;
    group.resize(up);
  }
}

struct Names {
  std::string_view most;
  std::string_view high;  // from here on the group is held back; or empty
  std::string_view used;
  std::string_view idle_files;
};

constexpr Names kV2 = {"/memory.max", "/memory.high", "/memory.current",
                       "inactive_file "};
constexpr Names kV1 = {"/memory.limit_in_bytes", "", "/memory.usage_in_bytes",
                       "total_inactive_file "};

void respect_group(Fs& fs, const std::string& folder, const Names& names,
                   Memory& out) {
  const auto number = [&](std::string_view name) {
    return name.empty() ? std::nullopt
                        : number_in(fs, folder + std::string(name));
  };
  const std::uint64_t most = std::min(number(names.most).value_or(kNoLimit),
                                      number(names.high).value_or(kNoLimit));
  if (most == kNoLimit) return;
  const auto stat = small_file(fs, folder + "/memory.stat").value_or("");
  const std::uint64_t used = number(names.used).value_or(0);
  const std::uint64_t held =
      used - std::min(used, find_number(stat, names.idle_files));
  out.total = std::min(out.total, most);
  out.available = std::min(out.available, most - std::min(most, held));
}

std::size_t processors(std::uint64_t quota, std::uint64_t period) {
  if (quota == 0 || period == 0) return 0;
  return static_cast<std::size_t>((quota + period - 1) / period);
}

// Version 2: "max 100000" or "150000 100000".
std::size_t quota_v2(Fs& fs, const std::string& folder) {
  const auto text = small_file(fs, folder + "/cpu.max");
  if (!text) return 0;
  const auto words = base::split(*text, ' ');
  const auto period =
      words.size() > 1 ? base::parse_unsigned(words[1]) : std::nullopt;
  return processors(base::parse_unsigned(words[0]).value_or(0),
                    period.value_or(0));
}

// Version 1. A quota of -1 is none.
std::size_t quota_v1(Fs& fs, const std::string& folder) {
  return processors(number_in(fs, folder + "/cpu.cfs_quota_us").value_or(0),
                    number_in(fs, folder + "/cpu.cfs_period_us").value_or(0));
}

}  // namespace

Memory find_memory(Fs& fs) {
  const auto text = small_file(fs, "/proc/meminfo").value_or("");
  Memory out;
  out.total = find_number(text, "MemTotal:") * 1024;
  out.available = find_number(text, "MemAvailable:") * 1024;
  walk_up(kRoot, find_group(fs, "").value_or(""),
          [&](const auto& folder) { respect_group(fs, folder, kV2, out); });
  walk_up(std::string(kRoot) + "/memory", find_group(fs, "memory").value_or(""),
          [&](const auto& folder) { respect_group(fs, folder, kV1, out); });
  return out;
}

std::size_t find_cpu_quota(Fs& fs) {
  std::size_t least = 0;
  const auto take = [&](std::size_t n) {
    if (n != 0) least = least == 0 ? n : std::min(least, n);
  };
  walk_up(kRoot, find_group(fs, "").value_or(""),
          [&](const auto& folder) { take(quota_v2(fs, folder)); });
  walk_up(std::string(kRoot) + "/cpu", find_group(fs, "cpu").value_or(""),
          [&](const auto& folder) { take(quota_v1(fs, folder)); });
  return least;
}

}  // namespace hug::sys
