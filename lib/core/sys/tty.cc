#include "sys/tty.h"

#include <sys/ioctl.h>
#include <unistd.h>

namespace hug::sys {

bool is_terminal(int fd) noexcept {
  return ::isatty(fd) == 1;
}

TerminalSize terminal_size(int fd) noexcept {
  TerminalSize out;
  winsize size = {};
  if (::ioctl(fd, TIOCGWINSZ, &size) != 0) return out;
  if (size.ws_col != 0) out.columns = size.ws_col;
  if (size.ws_row != 0) out.rows = size.ws_row;
  return out;
}

}  // namespace hug::sys
