#include "sys/fd.h"

#include <unistd.h>

namespace hug::sys {

Fd& Fd::operator=(Fd&& other) noexcept {
  if (this != &other) {
    if (fd_ >= 0) (void)::close(fd_);
    fd_ = std::exchange(other.fd_, -1);
  }
  return *this;
}

Fd::~Fd() {
  if (fd_ >= 0) (void)::close(fd_);
}

}  // namespace hug::sys
