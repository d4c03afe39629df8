#include "app/signals.h"

#include <fcntl.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <mutex>

namespace hug::cli {

namespace {

// A signal handler has nothing else to reach its program by.
std::atomic<int> g_caught{0};
int g_pipe[2] = {-1, -1};
std::atomic<bool> g_soft{false};  // Interrupts is alive
std::atomic<int> g_interrupts{0};

constexpr char kStop = 1;
constexpr char kInterrupt = 2;

std::mutex g_armed_mutex;
std::stop_source g_armed;

extern "C" void on_signal(int number) {
  const int saved = errno;
  if (number == SIGINT && g_soft.load()) {
    if (g_interrupts.fetch_add(1) == 0) {
      (void)!::write(g_pipe[1], &kInterrupt, 1);
      errno = saved;
      return;
    }
    ::signal(number, SIG_DFL);
    ::raise(number);
  }
  int none = 0;
  if (!g_caught.compare_exchange_strong(none, number)) {
    ::signal(number, SIG_DFL);
    ::raise(number);
  }
  (void)!::write(g_pipe[1], &kStop, 1);
  errno = saved;
}

}  // namespace

Signals::Signals() {
  ::signal(SIGPIPE, SIG_IGN);
  if (::pipe2(g_pipe, O_CLOEXEC) != 0) return;

  struct sigaction action {};

  action.sa_handler = on_signal;
  ::sigemptyset(&action.sa_mask);
  for (int number : {SIGINT, SIGTERM, SIGHUP}) {
    struct sigaction before {};

    ::sigaction(number, nullptr, &before);
    // nohup and background jobs of a shell come with signals ignored.
    if (before.sa_handler != SIG_IGN) ::sigaction(number, &action, nullptr);
  }
  watcher_ = std::jthread([this] {
    char byte = 0;
    ssize_t n = 0;
    do {
      n = ::read(g_pipe[0], &byte, 1);
      if (n == 1 && byte == kInterrupt) {
        const std::lock_guard lock(g_armed_mutex);
        // arm() may have come between the signal and its byte: then it was
        // meant for what went before.
        if (g_interrupts.load() != 0) g_armed.request_stop();
      }
    } while ((n < 0 && errno == EINTR) || (n == 1 && byte == kInterrupt));
    if (n == 1 && byte == kStop) stop_.request_stop();
  });
}

Signals::~Signals() {
  const char byte = 0;
  if (watcher_.joinable()) {
    (void)!::write(g_pipe[1], &byte, 1);
    watcher_.join();
  }
  for (int number : {SIGINT, SIGTERM, SIGHUP})
    ::signal(number, SIG_DFL);
}

int Signals::caught() {
  return g_caught.load();
}

void Signals::die_by(int signal) {
  ::signal(signal, SIG_DFL);
  sigset_t set;
  ::sigemptyset(&set);
  ::sigaddset(&set, signal);
  ::sigprocmask(SIG_UNBLOCK, &set, nullptr);
  ::raise(signal);
  std::_Exit(128 + signal);
}

Interrupts::Interrupts() {
  arm();
  g_soft = true;
}

Interrupts::~Interrupts() {
  g_soft = false;
}

std::stop_token Interrupts::arm() {
  const std::lock_guard lock(g_armed_mutex);
  g_interrupts = 0;
  g_armed = std::stop_source();
  return g_armed.get_token();
}

bool Interrupts::seen() {
  return g_interrupts.load() != 0;
}

void Interrupts::give_up() {
  g_caught = SIGINT;
}

}  // namespace hug::cli
