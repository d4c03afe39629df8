// An owned file descriptor.
#pragma once

#include <utility>

namespace hug::sys {

class Fd {
 public:
  Fd() = default;

  explicit Fd(int fd) noexcept : fd_(fd) {}

  Fd(Fd&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}

  Fd& operator=(Fd&& other) noexcept;
  ~Fd();  // closes; use Fs::close where the outcome matters

  int get() const noexcept { return fd_; }

  bool valid() const noexcept { return fd_ >= 0; }

  int release() noexcept { return std::exchange(fd_, -1); }

 private:
  int fd_ = -1;
};

}  // namespace hug::sys
