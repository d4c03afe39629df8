// git's own store of credentials. The token goes through a pipe, never through
// a command line or the environment.
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <string>
#include <vector>

#include "api/session.h"
#include "base/strings.h"
#include "hug/auth.h"
#include "sys/fd.h"

extern char** environ;  // NOLINT(readability-redundant-declaration)

namespace hug {

namespace {

constexpr std::size_t kMostOutput = 1U << 20;

struct Pipe {
  sys::Fd read;
  sys::Fd write;
};

Result<Pipe> make_pipe() {
  std::array<int, 2> ends{};
  if (::pipe2(ends.data(), O_CLOEXEC) != 0) {
    return Error(Code::kIo, "cannot make a pipe");
  }
  return Pipe{sys::Fd(ends[0]), sys::Fd(ends[1])};
}

/// Child and its ends; waited for exactly once.
Result<pid_t> spawn_git(const std::vector<std::string>& arguments,
                        const Pipe& in, const Pipe& out) {
  std::vector<char*> argv;
  for (const auto& text : arguments) {
    argv.push_back(const_cast<char*>(text.c_str()));
  }
  argv.push_back(nullptr);
  posix_spawn_file_actions_t actions;
  if (::posix_spawn_file_actions_init(&actions) != 0) {
    return Error(Code::kIo, "cannot start git");
  }
  ::posix_spawn_file_actions_adddup2(&actions, in.read.get(), 0);
  ::posix_spawn_file_actions_adddup2(&actions, out.write.get(), 1);
  pid_t child = 0;
  const int failed =
      ::posix_spawnp(&child, "git", &actions, nullptr, argv.data(), environ);
  ::posix_spawn_file_actions_destroy(&actions);
  if (failed == ENOENT) {
    return Error(Code::kNotFound, "git is not installed");
  }
  if (failed != 0) return Error(Code::kIo, "cannot start git");
  return child;
}

/// The input is far smaller than a pipe holds, so nobody waits for anybody.
void feed(const sys::Fd& to, std::string_view text) {
  while (!text.empty()) {
    const auto n = ::write(to.get(), text.data(), text.size());
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) return;
    text.remove_prefix(static_cast<std::size_t>(n));
  }
}

std::string drain(const sys::Fd& from) {
  std::string out;
  std::array<char, 4096> buffer{};
  for (;;) {
    const auto n = ::read(from.get(), buffer.data(), buffer.size());
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) return out;
    if (out.size() < kMostOutput) {
      out.append(buffer.data(), static_cast<std::size_t>(n));
    }
  }
}

Result<std::string> run_git(std::vector<std::string> arguments,
                            std::string_view input) {
  arguments.insert(arguments.begin(), "git");
  auto in = HUG_TRY(make_pipe());
  auto out = HUG_TRY(make_pipe());
  const auto child = HUG_TRY(spawn_git(arguments, in, out));
  in.read = sys::Fd();
  out.write = sys::Fd();
  // A git that does not read its input must not end this program.
  sigset_t pipe_signal;
  sigset_t before;
  ::sigemptyset(&pipe_signal);
  ::sigaddset(&pipe_signal, SIGPIPE);
  ::pthread_sigmask(SIG_BLOCK, &pipe_signal, &before);
  feed(in.write, input);
  const timespec now{0, 0};
  ::sigtimedwait(&pipe_signal, nullptr, &now);
  ::pthread_sigmask(SIG_SETMASK, &before, nullptr);
  in.write = sys::Fd();
  auto text = drain(out.read);
  int status = 0;
  while (::waitpid(child, &status, 0) < 0 && errno == EINTR) {
  }
  if (!WIFEXITED(status) || WEXITSTATUS(status) != 0) {
    return Error(Code::kFailure, "git did not do it");
  }
  return text;
}

Result<void> check_line(std::string_view value) {
  if (value.find_first_of(std::string_view("\r\n\0", 3)) != value.npos) {
    return Error(Code::kUsage, "a credential has a line break in it");
  }
  return {};
}

bool plain_helper(std::string_view name) {
  for (const char c : name) {
    const bool word = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
                      (c >= '0' && c <= '9') || c == '_' || c == '-' ||
                      c == '/';
    if (!word) return false;
  }
  return !name.empty();
}

}  // namespace

Result<std::vector<std::string>> git_credential_helpers(Context& context) {
  (void)context;
  const auto config = HUG_TRY(run_git({"config", "--list"}, ""));
  std::vector<std::string> helpers;
  for (const auto line : base::split(config, '\n')) {
    const auto equal = line.find('=');
    if (equal == line.npos) continue;
    const auto key = base::to_lower(base::trim(line.substr(0, equal)));
    const auto value = base::trim(line.substr(equal + 1));
    if (key == "credential.helper" && plain_helper(value)) {
      helpers.emplace_back(value);
    }
  }
  return helpers;
}

Result<void> save_git_credential(Hub& hub, std::string_view token) {
  HUG_TRY(check_line(token));
  HUG_TRY(check_line(hub.endpoint()));
  HUG_TRY(run_git({"credential", "approve"},
                  "url=" + hub.endpoint() + "\nusername=hf_user\npassword=" +
                      std::string(token) + "\n\n"));
  return {};
}

Result<void> forget_git_credential(Hub& hub) {
  HUG_TRY(check_line(hub.endpoint()));
  HUG_TRY(run_git({"credential", "reject"},
                  "url=" + hub.endpoint() + "\nusername=hf_user\n\n"));
  return {};
}

}  // namespace hug
