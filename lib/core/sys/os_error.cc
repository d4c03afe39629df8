#include <cerrno>
#include <cstring>

#include "sys/fs.h"

namespace hug::sys {

namespace {

struct Row {
  int error;
  Code code;
  const char* text;
  const char* hint;
};

constexpr Row kRows[] = {
    {ENOENT, Code::kNotFound, "no such file or directory", ""},
    {EEXIST, Code::kConflict, "it exists already", ""},
    {ENOTEMPTY, Code::kConflict, "the directory is not empty", ""},
    {ENOSPC, Code::kNoSpace, "no space left on the device",
     "free some space, or choose another folder"},
    {EDQUOT, Code::kNoSpace, "the disk quota is used up",
     "free some space, or choose another folder"},
    {EFBIG, Code::kNoSpace, "the file would be larger than allowed here",
     "raise the limit on file sizes (ulimit -f), or choose another folder"},
    {EACCES, Code::kIo, "permission denied", ""},
    {EPERM, Code::kIo, "operation not permitted", ""},
    {EROFS, Code::kIo, "the file system is read-only", ""},
    {EIO, Code::kIo, "input/output error",
     "check the disk; the system log may say more"},
    {EISDIR, Code::kIo, "it is a directory", ""},
    {ENOTDIR, Code::kIo, "a part of the path is not a directory", ""},
    {ELOOP, Code::kIo, "a symbolic link is in the way", ""},
    {EXDEV, Code::kIo, "it leads out of its directory", ""},
    {EMFILE, Code::kIo, "too many open files",
     "raise the limit (ulimit -n), or work on fewer files at once"},
    {ENFILE, Code::kIo, "too many open files in the system", ""},
    {ENAMETOOLONG, Code::kIo, "the name is too long", ""},
    {EINVAL, Code::kIo, "the file system does not accept it", ""},
};

}  // namespace

Error os_error(int error, std::string what) {
  for (const Row& row : kRows) {
    if (row.error != error) continue;
    Error out(row.code, what + ": " + row.text);
    return row.hint[0] == 0 ? std::move(out) : std::move(out).hint(row.hint);
  }
  char buffer[128] = "unknown error";
  std::string text = strerror_r(error, buffer, sizeof buffer);
  if (!text.empty() && text[0] >= 'A' && text[0] <= 'Z') {
    text[0] = static_cast<char>(text[0] - 'A' + 'a');
  }
  return Error(Code::kIo, what + ": " + text);
}

}  // namespace hug::sys
