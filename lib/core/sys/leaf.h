// How Fs reaches a name: through the open directory that holds it.
#pragma once

#include <fcntl.h>

#include <string>

#include "sys/fs.h"

namespace hug::sys {

// The directory that holds the last component, open, and that component.
struct Fs::Leaf {
  Fd own;  // where the directory had to be opened
  int dir = AT_FDCWD;
  std::string name;

  const char* text() const { return name.c_str(); }
};

}  // namespace hug::sys
