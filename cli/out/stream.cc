#include "out/stream.h"

#include <sys/ioctl.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <string>

namespace hug::cli {

void Stream::write(std::string_view bytes) {
  while (!bytes.empty() && failure_ == 0) {
    const ssize_t n = ::write(fd_, bytes.data(), bytes.size());
    if (n >= 0) {
      bytes.remove_prefix(static_cast<std::size_t>(n));
    } else if (errno != EINTR) {
      failure_ = errno;
    }
  }
}

bool Stream::terminal() const {
  return ::isatty(fd_) == 1;
}

std::size_t Stream::columns() const {
  winsize size{};
  return ::ioctl(fd_, TIOCGWINSZ, &size) == 0 ? size.ws_col : 0;
}

bool Stream::closed() const {
  return failure_ == EPIPE;
}

Result<void> Stream::check() const {
  if (failure_ == 0 || failure_ == EPIPE) return {};
  const std::string name = fd_ == 1 ? "standard output" : "standard error";
  const bool full = failure_ == ENOSPC || failure_ == EDQUOT;
  return Error(full ? Code::kNoSpace : Code::kIo,
               "cannot write to " + name + ": " + std::strerror(failure_));
}

}  // namespace hug::cli
