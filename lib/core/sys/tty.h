// Facts about terminals.
#pragma once

#include <cstddef>

namespace hug::sys {

bool is_terminal(int fd) noexcept;

struct TerminalSize {
  std::size_t columns = 80;
  std::size_t rows = 24;
};

/// 80 x 24 when it is no terminal or does not say.
TerminalSize terminal_size(int fd) noexcept;

}  // namespace hug::sys
