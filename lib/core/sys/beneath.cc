#include "sys/beneath.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <deque>
#include <string>
#include <string_view>
#include <vector>

#include "sys/fd.h"

namespace hug::sys {

namespace {

constexpr int kMaxLinks = 40;

// The state of a walk: the open directories from the root down, and the
// components still ahead.
class Walk {
 public:
  Walk(int root, bool no_symlinks) : root_(root), no_links_(no_symlinks) {}

  int run(std::string_view name, int flags, mode_t mode) {
    if (const int error = push_front(name)) return error;
    while (!ahead_.empty()) {
      const std::string part = std::move(ahead_.front());
      ahead_.pop_front();
      if (part == "..") {
        if (down_.empty()) return -EXDEV;
        down_.pop_back();
        continue;
      }
      const bool last = ahead_.empty();
      const int fd = last ? open_last(part, flags, mode) : open_dir(part);
      if (fd == kFollowed) continue;
      if (fd < 0 || last) return fd;
      down_.emplace_back(fd);
    }
    return ::openat(here(), ".", (flags & ~O_CREAT) | O_CLOEXEC);
  }

 private:
  static constexpr int kFollowed = -100000;

  int here() const { return down_.empty() ? root_ : down_.back().get(); }

  int push_front(std::string_view name) {
    if (!name.empty() && name.front() == '/') return -EXDEV;
    if (name.empty()) return -ENOENT;
    std::vector<std::string> parts;
    while (!name.empty()) {
      const auto n = name.find('/');
      const std::string_view part = name.substr(0, n);
      if (!part.empty() && part != ".") parts.emplace_back(part);
      name.remove_prefix(n == name.npos ? name.size() : n + 1);
    }
    ahead_.insert(ahead_.begin(), parts.begin(), parts.end());
    return 0;
  }

  int follow(const std::string& part) {
    if (no_links_ || ++links_ > kMaxLinks) return -ELOOP;
    char target[4096];
    const auto n = ::readlinkat(here(), part.c_str(), target, sizeof target);
    if (n < 0) return -errno;
    const int error = push_front({target, static_cast<std::size_t>(n)});
    return error != 0 ? error : kFollowed;
  }

  bool is_link(const std::string& part) const {
    struct stat st = {};
    return ::fstatat(here(), part.c_str(), &st, AT_SYMLINK_NOFOLLOW) == 0 &&
           S_ISLNK(st.st_mode);
  }

  int open_dir(const std::string& part) {
    const int fd = ::openat(here(), part.c_str(),
                            O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (fd >= 0) return fd;
    const int error = errno;
    if ((error == ENOTDIR || error == ELOOP) && is_link(part)) {
      return follow(part);
    }
    return -error;
  }

  int open_last(const std::string& part, int flags, mode_t mode) {
    const bool may_follow = (flags & O_NOFOLLOW) == 0 && (flags & O_EXCL) == 0;
    if (may_follow && is_link(part)) return follow(part);
    const int fd =
        ::openat(here(), part.c_str(), flags | O_NOFOLLOW | O_CLOEXEC, mode);
    if (fd >= 0) return fd;
    return -errno;
  }

  int root_;
  bool no_links_;
  int links_ = 0;
  std::vector<Fd> down_;
  std::deque<std::string> ahead_;
};

}  // namespace

int walk_beneath(int dir, const char* name, int flags, mode_t mode,
                 bool no_symlinks) {
  return Walk(dir, no_symlinks).run(name, flags, mode);
}

}  // namespace hug::sys
