#include "app/child.h"

#include <fcntl.h>
#include <poll.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <cstring>

extern char** environ;

namespace hug::cli {

namespace {

constexpr std::size_t kMost = std::size_t{1} << 26;
constexpr int kLookMs = 100;  // how often stopping is looked for

struct Child {
  pid_t pid = -1;
  int output = -1;
};

Error cannot(const std::string& program, int code) {
  return Error(code == ENOENT ? Code::kNotFound : Code::kFailure,
               "cannot run '" + program + "': " + std::strerror(code));
}

Result<Child> start(const std::vector<std::string>& words) {
  std::array<int, 2> ends{};
  if (::pipe2(ends.data(), O_CLOEXEC) != 0) {
    return cannot(words.front(), errno);
  }
  std::vector<char*> argv;
  for (const std::string& word : words)
    argv.push_back(const_cast<char*>(word.c_str()));  // NOLINT: POSIX's type
  argv.push_back(nullptr);
  posix_spawn_file_actions_t actions;
  ::posix_spawn_file_actions_init(&actions);
  ::posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0);
  ::posix_spawn_file_actions_adddup2(&actions, ends[1], 1);
  Child out;
  const int code = ::posix_spawnp(&out.pid, argv[0], &actions, nullptr,
                                  argv.data(), environ);
  ::posix_spawn_file_actions_destroy(&actions);
  ::close(ends[1]);
  if (code != 0) {
    ::close(ends[0]);
    return cannot(words.front(), code);
  }
  out.output = ends[0];
  return out;
}

// Until the other end is closed, too much came, or the stop.
std::string read_all(const Child& child, const std::stop_token& stop) {
  std::string out;
  std::array<char, 65536> buffer{};
  while (out.size() <= kMost && !stop.stop_requested()) {
    ::pollfd poll{.fd = child.output, .events = POLLIN, .revents = 0};
    if (::poll(&poll, 1, kLookMs) == 0) continue;
    const ssize_t n = ::read(child.output, buffer.data(), buffer.size());
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) break;
    out.append(buffer.data(), static_cast<std::size_t>(n));
  }
  return out;
}

int wait_for(const Child& child) {
  int status = 0;
  while (::waitpid(child.pid, &status, 0) < 0 && errno == EINTR) {
  }
  return status;
}

}  // namespace

Result<std::string> run_child(const std::vector<std::string>& words,
                              std::stop_token stop) {
  const Child child = HUG_TRY(start(words));
  std::string out = read_all(child, stop);
  ::close(child.output);
  const bool stopped = stop.stop_requested();
  if (stopped || out.size() > kMost) ::kill(child.pid, SIGTERM);
  const int status = wait_for(child);
  const std::string& name = words.front();
  if (stopped) return Error(Code::kCancelled, "'" + name + "' was stopped");
  if (out.size() > kMost) {
    return Error(Code::kLimit, "'" + name + "' prints more than 64 MiB");
  }
  if (!WIFEXITED(status) || WEXITSTATUS(status) != 0) {
    return Error(
        Code::kFailure,
        "'" + name + "' failed with status " +
            std::to_string(WIFEXITED(status) ? WEXITSTATUS(status)
                                             : 128 + WTERMSIG(status)));
  }
  return out;
}

}  // namespace hug::cli
