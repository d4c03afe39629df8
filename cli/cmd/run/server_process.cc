#include "cmd/run/server_process.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <signal.h>
#include <spawn.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <cstring>
#include <system_error>
#include <thread>

#include "hug/context.h"
#include "hug/hub.h"

extern char** environ;

namespace hug::cli::cmd {

namespace {

constexpr std::chrono::minutes kPatience{10};

std::string error_text(int error) {
  return std::error_code(error, std::system_category()).message();
}

std::vector<char*> pointers(std::vector<std::string>& words) {
  std::vector<char*> out;
  for (std::string& word : words)
    out.push_back(word.data());
  out.push_back(nullptr);
  return out;
}

// A port nobody listens on right now.
Result<int> free_port() {
  const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address = {};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  auto* any = reinterpret_cast<sockaddr*>(&address);
  const bool ok = fd >= 0 && ::bind(fd, any, size) == 0 &&
                  ::getsockname(fd, any, &size) == 0;
  const int error = errno;
  if (fd >= 0) ::close(fd);
  if (!ok) {
    return Error(Code::kIo, "cannot find a free port: " + error_text(error));
  }
  return static_cast<int>(ntohs(address.sin_port));
}

}  // namespace

std::string find_program(const std::string& path, const std::string& name) {
  for (std::size_t at = 0; at <= path.size();) {
    const std::size_t end = std::min(path.find(':', at), path.size());
    const std::string folder = path.substr(at, end - at);
    const std::string file = (folder.empty() ? "." : folder) + "/" + name;
    if (::access(file.c_str(), X_OK) == 0) return file;
    at = end + 1;
  }
  return {};
}

Error become(const std::string& program, std::vector<std::string> words) {
  // What is ignored here would be ignored there.
  ::signal(SIGPIPE, SIG_DFL);
  ::execv(program.c_str(), pointers(words).data());
  return Error(Code::kIo,
               "cannot start '" + program + "': " + error_text(errno));
}

ServerProcess::ServerProcess(ServerProcess&& other) noexcept
    : name_(std::move(other.name_)), pid_(other.pid_), port_(other.port_) {
  other.pid_ = 0;
}

ServerProcess::~ServerProcess() {
  if (pid_ <= 0) return;
  ::kill(pid_, SIGTERM);
  while (::waitpid(pid_, nullptr, 0) < 0 && errno == EINTR) {
  }
}

Result<ServerProcess> ServerProcess::start(std::vector<std::string> words,
                                           bool shown) {
  const int port = HUG_TRY(free_port());
  for (std::string& word : words) {
    if (word == "{port}") word = std::to_string(port);
  }
  posix_spawn_file_actions_t actions;
  ::posix_spawn_file_actions_init(&actions);
  ::posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0);
  if (shown) {
    ::posix_spawn_file_actions_adddup2(&actions, 2, 1);
  } else {
    ::posix_spawn_file_actions_addopen(&actions, 1, "/dev/null", O_WRONLY, 0);
    ::posix_spawn_file_actions_adddup2(&actions, 1, 2);
  }
  posix_spawnattr_t attributes;
  ::posix_spawnattr_init(&attributes);
  // A group of its own: Ctrl-C stops an answer, not the server.
  ::posix_spawnattr_setpgroup(&attributes, 0);
  sigset_t usual;
  ::sigemptyset(&usual);
  ::sigaddset(&usual, SIGPIPE);
  ::posix_spawnattr_setsigdefault(&attributes, &usual);
  ::posix_spawnattr_setflags(&attributes,
                             POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGDEF);
  pid_t pid = 0;
  const int error = ::posix_spawn(&pid, words[0].c_str(), &actions, &attributes,
                                  pointers(words).data(), environ);
  ::posix_spawn_file_actions_destroy(&actions);
  ::posix_spawnattr_destroy(&attributes);
  if (error != 0) {
    return Error(Code::kIo,
                 "cannot start '" + words[0] + "': " + error_text(error));
  }
  return ServerProcess(words[0], pid, port);
}

std::string ServerProcess::url() const {
  return "http://127.0.0.1:" + std::to_string(port_);
}

Result<void> ServerProcess::wait_ready(std::stop_token stop) const {
  Context context = Context::from_process({.stop = stop});
  HubOptions options;
  options.endpoint = url();
  options.token = "";
  options.offline = false;
  options.retries = 0;
  Hub hub = HUG_TRY(Hub::open(context, options));
  const auto end = std::chrono::steady_clock::now() + kPatience;
  while (std::chrono::steady_clock::now() < end) {
    if (stop.stop_requested()) {
      return Error(Code::kCancelled, "starting the engine was stopped");
    }
    int status = 0;
    if (::waitpid(pid_, &status, WNOHANG) == pid_) {
      pid_ = 0;
      return Error(Code::kFailure, "'" + name_ + "' ended instead of serving")
          .hint("look at what it says with --verbose");
    }
    ApiCall call;
    call.path = "/health";
    if (call_api(hub, call)) return {};
    std::this_thread::sleep_for(std::chrono::milliseconds(100));
  }
  return Error(Code::kTimeout, "'" + name_ + "' does not answer");
}

}  // namespace hug::cli::cmd
