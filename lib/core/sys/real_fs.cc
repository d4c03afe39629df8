// The operating system's files (Linux). Calls that were interrupted are made
// again here; everything else is passed on as it is.
#include <dirent.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <linux/openat2.h>
#include <sys/file.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/vfs.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "sys/beneath.h"
#include "sys/fs.h"

namespace hug::sys {

namespace {

template <class F>
auto again(F&& call) -> decltype(call()) {
  while (true) {
    const auto n = call();
    if (n >= 0) return n;
    if (errno != EINTR) return static_cast<decltype(call())>(-errno);
  }
}

FileKind kind_of(unsigned char type) {
  switch (type) {
    case DT_REG:
      return FileKind::kFile;
    case DT_DIR:
      return FileKind::kDirectory;
    case DT_LNK:
      return FileKind::kSymlink;
    default:
      return FileKind::kOther;
  }
}

FileKind kind_of_unknown(int dir, const char* name) {
  struct stat st = {};
  if (::fstatat(dir, name, &st, AT_SYMLINK_NOFOLLOW) != 0) {
    return FileKind::kOther;
  }
  return kind_of(static_cast<unsigned char>(IFTODT(st.st_mode)));
}

class RealFs final : public Fs {
 protected:
  int do_open(int dir, const char* name, int flags, mode_t mode,
              std::uint64_t resolve) override {
    flags |= O_CLOEXEC;
    if (resolve == 0) {
      return again([&] { return ::openat(dir, name, flags, mode); });
    }
    open_how how = {};
    how.flags = static_cast<__u64>(flags);
    how.mode = (flags & O_CREAT) != 0 ? mode : 0;
    how.resolve = static_cast<__u64>(resolve);
    // EAGAIN: somebody renamed meanwhile and the kernel could not be sure.
    for (int tries = 0; tries < 64; ++tries) {
      const int fd = again([&] {
        return static_cast<int>(
            ::syscall(SYS_openat2, dir, name, &how, sizeof how));
      });
      if (fd == -ENOSYS || fd == -EPERM) {
        return walk_beneath(dir, name, flags, mode,
                            (resolve & RESOLVE_NO_SYMLINKS) != 0);
      }
      if (fd != -EAGAIN) return fd;
    }
    return -EAGAIN;
  }

  int do_close(int fd) override {
    // After EINTR the descriptor is gone on Linux.
    return ::close(fd) == 0 || errno == EINTR ? 0 : -errno;
  }

  ssize_t do_pread(int fd, void* out, std::size_t n, off_t at) override {
    return again([&] { return ::pread(fd, out, n, at); });
  }

  ssize_t do_pwrite(int fd, const void* p, std::size_t n, off_t at) override {
    return again([&] { return ::pwrite(fd, p, n, at); });
  }

  ssize_t do_read(int fd, void* out, std::size_t n) override {
    return again([&] { return ::read(fd, out, n); });
  }

  ssize_t do_write(int fd, const void* p, std::size_t n) override {
    return again([&] { return ::write(fd, p, n); });
  }

  int do_sync(int fd, bool data_only) override {
    return again([&] { return data_only ? ::fdatasync(fd) : ::fsync(fd); });
  }

  int do_truncate(int fd, off_t size) override {
    return again([&] { return ::ftruncate(fd, size); });
  }

  int do_allocate(int fd, off_t size) override {
    return again([&] { return ::fallocate(fd, FALLOC_FL_KEEP_SIZE, 0, size); });
  }

  int do_fstat(int fd, struct ::stat* out) override {
    return again([&] { return ::fstat(fd, out); });
  }

  int do_stat(int dir, const char* name, struct ::stat* out,
              bool follow) override {
    const int flags = follow ? 0 : AT_SYMLINK_NOFOLLOW;
    return again([&] { return ::fstatat(dir, name, out, flags); });
  }

  int do_chmod(int fd, mode_t mode) override {
    return again([&] { return ::fchmod(fd, mode); });
  }

  int do_touch(int fd) override {
    return again([&] { return ::futimens(fd, nullptr); });
  }

  int do_rename(int from_dir, const char* from, int to_dir, const char* to,
                unsigned flags) override {
    if (flags == 0) {
      return again([&] { return ::renameat(from_dir, from, to_dir, to); });
    }
    return again([&] {
      return static_cast<int>(
          ::syscall(SYS_renameat2, from_dir, from, to_dir, to, flags));
    });
  }

  int do_link(int from_dir, const char* from, int to_dir,
              const char* to) override {
    return again([&] { return ::linkat(from_dir, from, to_dir, to, 0); });
  }

  int do_unlink(int dir, const char* name, bool directory) override {
    const int flags = directory ? AT_REMOVEDIR : 0;
    return again([&] { return ::unlinkat(dir, name, flags); });
  }

  int do_mkdir(int dir, const char* name, mode_t mode) override {
    return again([&] { return ::mkdirat(dir, name, mode); });
  }

  int do_symlink(const char* target, int dir, const char* name) override {
    return again([&] { return ::symlinkat(target, dir, name); });
  }

  ssize_t do_readlink(int dir, const char* name, char* out,
                      std::size_t n) override {
    return again([&] { return ::readlinkat(dir, name, out, n); });
  }

  int do_list(int fd, std::vector<DirEntry>& out) override;

  int do_statfs(int fd, struct ::statfs* out) override {
    return again([&] { return ::fstatfs(fd, out); });
  }

  int do_clone(int to, int from) override {
    return again([&] { return ::ioctl(to, FICLONE, from); });
  }

  int do_flock(int fd, bool lock) override {
    return again(
        [&] { return ::flock(fd, lock ? LOCK_EX | LOCK_NB : LOCK_UN); });
  }
};

int RealFs::do_list(int fd, std::vector<DirEntry>& out) {
  // A descriptor of its own, since fdopendir keeps it and moves its offset.
  const int own = again(
      [&] { return ::openat(fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC); });
  if (own < 0) return own;
  DIR* dir = ::fdopendir(own);
  if (dir == nullptr) {
    const int error = errno;
    (void)::close(own);
    return -error;
  }
  int error = 0;
  while (true) {
    errno = 0;
    const dirent* entry = ::readdir(dir);
    if (entry == nullptr) {
      error = errno;
      break;
    }
    const char* name = entry->d_name;
    if (std::strcmp(name, ".") == 0 || std::strcmp(name, "..") == 0) continue;
    const FileKind kind = entry->d_type == DT_UNKNOWN
                              ? kind_of_unknown(own, name)
                              : kind_of(entry->d_type);
    out.push_back({name, kind});
  }
  (void)::closedir(dir);
  return -error;
}

}  // namespace

std::shared_ptr<Fs> real_fs() {
  return std::make_shared<RealFs>();
}

}  // namespace hug::sys
