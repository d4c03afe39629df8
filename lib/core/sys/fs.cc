#include "sys/fs.h"

#include <fcntl.h>
#include <linux/openat2.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <climits>

#include "base/checked.h"
#include "sys/leaf.h"

namespace hug::sys {

namespace {

// One call moves at most this much; Linux stops below 2 GiB anyway.
constexpr std::size_t kMostPerCall = std::size_t{1} << 30;

std::string about(const char* action, const std::string& path) {
  return std::string("cannot ") + action + " '" + path + "'";
}

Error failed(int negative, const char* action, const std::string& path) {
  return os_error(-negative, about(action, path));
}

std::chrono::sys_time<std::chrono::nanoseconds> time_of(const timespec& t) {
  return std::chrono::sys_time<std::chrono::nanoseconds>(
      std::chrono::seconds(t.tv_sec) + std::chrono::nanoseconds(t.tv_nsec));
}

FileKind kind_of(mode_t mode) {
  if (S_ISREG(mode)) return FileKind::kFile;
  if (S_ISDIR(mode)) return FileKind::kDirectory;
  if (S_ISLNK(mode)) return FileKind::kSymlink;
  return FileKind::kOther;
}

FileInfo info_of(const struct stat& st) {
  FileInfo out;
  out.kind = kind_of(st.st_mode);
  out.size = static_cast<std::uint64_t>(st.st_size);
  out.allocated = static_cast<std::uint64_t>(st.st_blocks) * 512;
  out.mode = st.st_mode & 07777;
  out.owner = st.st_uid;
  out.links = st.st_nlink;
  out.device = st.st_dev;
  out.inode = st.st_ino;
  out.modified = time_of(st.st_mtim);
  out.accessed = time_of(st.st_atim);
  return out;
}

int flags_of(const OpenOptions& o) {
  int flags = o.write ? O_RDWR : O_RDONLY;
  if (o.create) flags |= O_CREAT;
  if (o.exclusive) flags |= O_EXCL;
  if (o.truncate) flags |= O_TRUNC;
  if (o.append) flags |= O_APPEND;
  if (o.no_follow) flags |= O_NOFOLLOW;
  return flags;
}

constexpr std::uint64_t kBeneath = RESOLVE_BENEATH | RESOLVE_NO_MAGICLINKS;

template <class T>
Result<std::optional<T>> absent_is_nothing(Result<T> result) {
  if (result) return std::optional<T>(std::move(result).value());
  if (result.error().code() == Code::kNotFound) return std::optional<T>();
  return std::move(result).error();
}

}  // namespace

std::string At::path() const {
  if (dir_ == nullptr) return name_;
  return dir_->path().ends_with('/') ? dir_->path() + name_
                                     : dir_->path() + "/" + name_;
}

At At::parent() const {
  const auto n = name_.rfind('/');
  const std::string up = n == name_.npos ? "."
                         : n == 0        ? "/"
                                         : name_.substr(0, n);
  return dir_ == nullptr ? At(up) : At(*dir_, up);
}

std::string At::base() const {
  const auto n = name_.rfind('/');
  return n == name_.npos ? name_ : name_.substr(n + 1);
}

Result<Fs::Leaf> Fs::leaf(const At& at, const char* action) {
  Leaf out;
  if (at.dir() == nullptr) {
    out.name = at.name();
    return out;
  }
  out.name = at.base();
  if (out.name.empty() || out.name == "." || out.name == "..") {
    return failed(-EXDEV, action, at.path());
  }
  out.dir = at.dir()->fd();
  const At up = at.parent();
  if (up.name() == ".") return out;
  const int fd =
      do_open(out.dir, up.name().c_str(), O_PATH | O_DIRECTORY, 0, kBeneath);
  if (fd < 0) return failed(fd, action, at.path());
  out.own = Fd(fd);
  out.dir = fd;
  return out;
}

Result<File> Fs::open(const At& at, const OpenOptions& options) {
  const char* action = options.create ? "create" : "open";
  std::uint64_t resolve = 0;
  int dir = AT_FDCWD;
  if (at.dir() != nullptr) {
    dir = at.dir()->fd();
    resolve = kBeneath;
    if (options.no_symlinks) resolve |= RESOLVE_NO_SYMLINKS;
  }
  const int fd = do_open(dir, at.name().c_str(), flags_of(options),
                         static_cast<mode_t>(options.mode), resolve);
  if (fd < 0) return failed(fd, action, at.path());
  return File(Fd(fd), at.path());
}

Result<Dir> Fs::open_dir(const At& at) {
  const bool beneath = at.dir() != nullptr;
  const int fd = do_open(beneath ? at.dir()->fd() : AT_FDCWD, at.name().c_str(),
                         O_RDONLY | O_DIRECTORY, 0, beneath ? kBeneath : 0);
  if (fd < 0) return failed(fd, "open the directory", at.path());
  return Dir(Fd(fd), at.path());
}

Result<Dir> Fs::make_dirs(const At& at, std::uint32_t mode) {
  const bool beneath = at.dir() != nullptr;
  const std::string& all = at.name();
  for (std::size_t end = 0; end != all.npos;) {
    end = all.find('/', end + 1);
    const std::string name = all.substr(0, end);
    const At part = beneath ? At(*at.dir(), name) : At(name);
    const int fd = do_open(beneath ? at.dir()->fd() : AT_FDCWD, name.c_str(),
                           O_PATH | O_DIRECTORY, 0,
                           beneath ? kBeneath | RESOLVE_NO_SYMLINKS : 0);
    if (fd >= 0) {
      (void)Fd(fd);
      continue;
    }
    if (fd != -ENOENT) return failed(fd, "make the directory", part.path());
    Result<void> made = make_dir(part, mode);
    if (!made && made.error().code() != Code::kConflict) {
      return std::move(made).error();
    }
  }
  return open_dir(at);
}

Result<void> Fs::close(File file) {
  const std::string path = file.path();
  const int fd = std::move(file).take().release();
  if (fd < 0) return {};
  const int n = do_close(fd);
  if (n < 0) return failed(n, "close", path);
  return {};
}

Result<std::size_t> Fs::read_at(const File& file, std::uint64_t offset,
                                std::span<std::byte> out) {
  const auto end = base::checked_add(offset, std::uint64_t{out.size()});
  if (!end || *end > INT64_MAX) {
    return Error(Code::kCorrupt, about("read", file.path()) +
                                     ": the offset is beyond any file");
  }
  std::size_t done = 0;
  while (done < out.size()) {
    const ssize_t n = do_pread(file.fd(), out.data() + done,
                               std::min(out.size() - done, kMostPerCall),
                               static_cast<off_t>(offset + done));
    if (n == -EINTR) continue;
    if (n < 0) return failed(static_cast<int>(n), "read", file.path());
    if (n == 0) break;
    done += static_cast<std::size_t>(n);
  }
  return done;
}

Result<std::size_t> Fs::read_some(const File& file, std::span<std::byte> out) {
  while (true) {
    const ssize_t n =
        do_read(file.fd(), out.data(), std::min(out.size(), kMostPerCall));
    if (n == -EINTR) continue;
    if (n < 0) return failed(static_cast<int>(n), "read", file.path());
    return static_cast<std::size_t>(n);
  }
}

Result<void> Fs::write_all(const File& file, std::span<const std::byte> p) {
  while (!p.empty()) {
    const ssize_t n =
        do_write(file.fd(), p.data(), std::min(p.size(), kMostPerCall));
    if (n == -EINTR) continue;
    if (n == 0) return failed(-EIO, "write", file.path());
    if (n < 0) return failed(static_cast<int>(n), "write", file.path());
    p = p.subspan(static_cast<std::size_t>(n));
  }
  return {};
}

Result<void> Fs::write_all(const File& file, std::string_view text) {
  return write_all(file, std::as_bytes(std::span(text)));
}

Result<void> Fs::write_at(const File& file, std::uint64_t offset,
                          std::span<const std::byte> p) {
  const auto end = base::checked_add(offset, std::uint64_t{p.size()});
  if (!end || *end > INT64_MAX) return failed(-EFBIG, "write", file.path());
  while (!p.empty()) {
    const ssize_t n =
        do_pwrite(file.fd(), p.data(), std::min(p.size(), kMostPerCall),
                  static_cast<off_t>(offset));
    if (n == -EINTR) continue;
    if (n == 0) return failed(-EIO, "write", file.path());
    if (n < 0) return failed(static_cast<int>(n), "write", file.path());
    p = p.subspan(static_cast<std::size_t>(n));
    offset += static_cast<std::uint64_t>(n);
  }
  return {};
}

Result<std::string> Fs::read_file(const At& at, std::uint64_t most) {
  const File file = HUG_TRY(open(at));
  std::string out;
  std::array<char, 16384> buffer;
  while (true) {
    const std::size_t n =
        HUG_TRY(read_some(file, std::as_writable_bytes(std::span(buffer))));
    if (n == 0) return out;
    if (n > most - out.size()) {
      return Error(Code::kLimit, about("read", at.path()) +
                                     ": it is larger than " +
                                     std::to_string(most) + " bytes");
    }
    out.append(buffer.data(), n);
  }
}

Result<std::optional<std::string>> Fs::find_file(const At& at,
                                                 std::uint64_t most) {
  return absent_is_nothing(read_file(at, most));
}

Result<void> Fs::sync(const File& file) {
  const int n = do_sync(file.fd(), false);
  if (n < 0) return failed(n, "write to the disk", file.path());
  return {};
}

Result<void> Fs::sync_data(const File& file) {
  const int n = do_sync(file.fd(), true);
  if (n < 0) return failed(n, "write to the disk", file.path());
  return {};
}

Result<void> Fs::sync_file_system(const File& file) {
  if (::syncfs(file.fd()) == 0) return {};
  return failed(-errno, "write to the disk", file.path());
}

Result<void> Fs::sync_dir(const At& directory) {
  const Dir dir = HUG_TRY(open_dir(directory));
  const int n = do_sync(dir.fd(), false);
  const bool cannot = n == -EINVAL || n == -ENOTSUP || n == -ENOSYS ||
                      n == -EBADF || n == -EROFS;
  if (n < 0 && !cannot) return failed(n, "write to the disk", dir.path());
  return {};
}

Result<FileInfo> Fs::info(const File& file) {
  struct stat st = {};
  const int n = do_fstat(file.fd(), &st);
  if (n < 0) return failed(n, "look at", file.path());
  return info_of(st);
}

Result<FileInfo> Fs::stat_at(const At& at, bool follow) {
  struct stat st = {};
  if (follow && at.dir() != nullptr) {
    const int fd =
        do_open(at.dir()->fd(), at.name().c_str(), O_PATH, 0, kBeneath);
    if (fd < 0) return failed(fd, "look at", at.path());
    return info(File(Fd(fd), at.path()));
  }
  const Leaf place = HUG_TRY(leaf(at, "look at"));
  const int n = do_stat(place.dir, place.text(), &st, follow);
  if (n < 0) return failed(n, "look at", at.path());
  return info_of(st);
}

Result<FileInfo> Fs::info(const At& at) {
  return stat_at(at, true);
}

Result<FileInfo> Fs::link_info(const At& at) {
  return stat_at(at, false);
}

Result<std::optional<FileInfo>> Fs::find_info(const At& at) {
  return absent_is_nothing(stat_at(at, true));
}

Result<std::optional<FileInfo>> Fs::find_link_info(const At& at) {
  return absent_is_nothing(stat_at(at, false));
}

bool Fs::exists(const At& at) {
  return stat_at(at, true).has_value();
}

Result<void> Fs::resize(const File& file, std::uint64_t size) {
  const int n = size > INT64_MAX
                    ? -EFBIG
                    : do_truncate(file.fd(), static_cast<off_t>(size));
  if (n < 0) return failed(n, "resize", file.path());
  return {};
}

Result<bool> Fs::reserve(const File& file, std::uint64_t size) {
  if (size == 0) return true;
  const int n = size > INT64_MAX
                    ? -EFBIG
                    : do_allocate(file.fd(), static_cast<off_t>(size));
  if (n == -EOPNOTSUPP || n == -ENOSYS || n == -EINVAL) return false;
  if (n < 0) return failed(n, "reserve space for", file.path());
  return true;
}

Result<void> Fs::set_mode(const File& file, std::uint32_t mode) {
  const int n = do_chmod(file.fd(), static_cast<mode_t>(mode));
  if (n < 0) return failed(n, "set the permissions of", file.path());
  return {};
}

Result<void> Fs::touch(const File& file) {
  const int n = do_touch(file.fd());
  if (n < 0) return failed(n, "set the times of", file.path());
  return {};
}

}  // namespace hug::sys
