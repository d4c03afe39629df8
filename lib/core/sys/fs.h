// Files behind an interface, over descriptors. `Fs` has two faces: the virtual
// calls at the bottom are the operating system's, one to one, so that a test
// can put a file system that fails in their place; the functions above them are
// what the program uses: they name the path in every error, go on after EINTR
// and short counts, and resolve names below a directory descriptor.
//
// Places. `At` says where a file is: a plain path ("/tmp/x"; symbolic links are
// followed as usual), or `dir / "a/b"`, which is resolved beneath the open
// directory `dir`: a name or link that leads out of it is refused, whoever
// swaps components meanwhile.
//
// Threads: an Fs may be used from several threads at once.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "hug/result.h"
#include "sys/fd.h"

struct stat;
struct statfs;

namespace hug::sys {

/// The error for an errno value: `what` names action and object
/// ("cannot open 'x'"). ENOENT is kNotFound, EEXIST kConflict, ENOSPC and
/// EDQUOT kNoSpace, everything else kIo.
Error os_error(int error, std::string what);

/// An open file and the path it is known by (for messages only).
class File {
 public:
  File() = default;

  File(Fd fd, std::string path) : fd_(std::move(fd)), path_(std::move(path)) {}

  int fd() const noexcept { return fd_.get(); }

  bool is_open() const noexcept { return fd_.valid(); }

  const std::string& path() const noexcept { return path_; }

  Fd take() && { return std::move(fd_); }

 private:
  Fd fd_;
  std::string path_;
};

/// A directory held open. What is below is reached with `dir / "name"`.
class Dir : public File {
 public:
  using File::File;
};

/// Where a file is; see the head of this header.
class At {
 public:
  At(std::string path) : name_(std::move(path)) {}  // NOLINT

  At(std::string_view path) : name_(path) {}  // NOLINT

  At(const char* path) : name_(path) {}  // NOLINT

  At(const Dir& dir, std::string_view name) : dir_(&dir), name_(name) {}

  /// The directory it is beneath, or null for a plain path.
  const Dir* dir() const noexcept { return dir_; }

  const std::string& name() const noexcept { return name_; }

  /// The whole path, for messages and for code outside that needs one.
  std::string path() const;
  /// The directory part ("." when there is none) and the last component.
  At parent() const;
  std::string base() const;

 private:
  const Dir* dir_ = nullptr;  // must outlive this
  std::string name_;
};

inline At operator/(const Dir& dir, std::string_view name) {
  return At(dir, name);
}

enum class FileKind : std::uint8_t { kFile, kDirectory, kSymlink, kOther };

struct FileInfo {
  FileKind kind = FileKind::kOther;
  std::uint64_t size = 0;       // bytes
  std::uint64_t allocated = 0;  // bytes on disk
  std::uint32_t mode = 0;       // permission bits
  std::uint32_t owner = 0;
  std::uint64_t links = 0;
  std::uint64_t device = 0;
  std::uint64_t inode = 0;
  std::chrono::sys_time<std::chrono::nanoseconds> modified{};
  std::chrono::sys_time<std::chrono::nanoseconds> accessed{};
};

struct DirEntry {
  std::string name;
  FileKind kind = FileKind::kOther;
};

struct SpaceInfo {
  std::uint64_t total = 0;      // bytes
  std::uint64_t available = 0;  // bytes, for this user
  bool network = false;         // NFS, SMB, FUSE, Lustre ...
};

struct OpenOptions {
  bool write = false;
  bool create = false;     // make it when absent
  bool exclusive = false;  // fail with kConflict when present
  bool truncate = false;
  bool append = false;
  bool no_follow = false;     // refuse a symbolic link as the last component
  bool no_symlinks = false;   // refuse symbolic links anywhere (beneath only)
  std::uint32_t mode = 0666;  // of a new file, before the umask
};

class Fs {
 public:
  virtual ~Fs() = default;

  // Opening. Errors of all: kNotFound, kConflict, kNoSpace, kIo (also for a
  // place that leads outside its directory).
  Result<File> open(const At& at, const OpenOptions& options = {});
  Result<Dir> open_dir(const At& at);
  /// Makes the directory and its parents where absent, and opens it. Beneath a
  /// directory no symbolic link is followed on the way.
  Result<Dir> make_dirs(const At& at, std::uint32_t mode = 0777);
  /// Reports what close says (NFS and quotas speak up here).
  Result<void> close(File file);

  // Reading and writing whole spans.
  /// Fills as much of `out` as the file has from `offset` on.
  Result<std::size_t> read_at(const File& file, std::uint64_t offset,
                              std::span<std::byte> out);
  /// Next bytes of a file, pipe or terminal; 0 at its end.
  Result<std::size_t> read_some(const File& file, std::span<std::byte> out);
  Result<void> write_all(const File& file, std::span<const std::byte> bytes);
  Result<void> write_all(const File& file, std::string_view text);
  Result<void> write_at(const File& file, std::uint64_t offset,
                        std::span<const std::byte> bytes);
  /// The whole of a small file. Errors: kLimit when it is larger than `most`.
  Result<std::string> read_file(const At& at, std::uint64_t most);
  /// The same, or nothing when it does not exist.
  Result<std::optional<std::string>> find_file(const At& at,
                                               std::uint64_t most);

  // Durability.
  Result<void> sync(const File& file);       // data and metadata
  Result<void> sync_data(const File& file);  // data
  /// Writes everything on the file system of `file` to the disk: cheaper than
  /// sync() of many new files.
  Result<void> sync_file_system(const File& file);
  /// Makes names in the directory durable. File systems that cannot sync a
  /// directory are taken as if they had.
  Result<void> sync_dir(const At& directory);

  // One file.
  Result<FileInfo> info(const File& file);
  Result<FileInfo> info(const At& at);       // follows links
  Result<FileInfo> link_info(const At& at);  // does not
  /// Nothing when there is none (or a link leads nowhere).
  Result<std::optional<FileInfo>> find_info(const At& at);
  Result<std::optional<FileInfo>> find_link_info(const At& at);
  bool exists(const At& at);  // follows links; false on any error
  Result<void> resize(const File& file, std::uint64_t size);
  /// Reserves disk space without changing the size; false when the file
  /// system cannot. Errors: kNoSpace, kIo.
  Result<bool> reserve(const File& file, std::uint64_t size);
  Result<void> set_mode(const File& file, std::uint32_t mode);
  /// Sets the times of last access and change to now.
  Result<void> touch(const File& file);

  // Names.
  Result<void> rename(const At& from, const At& to);
  /// kConflict when `to` exists. Falls back to link + unlink, and to a check
  /// followed by a rename where neither works.
  Result<void> rename_new(const At& from, const At& to);
  Result<void> link(const At& from, const At& to);
  Result<void> remove(const At& at);  // a file or link
  Result<bool> remove_if_present(const At& at);
  Result<void> remove_dir(const At& at);  // an empty directory
  Result<void> make_dir(const At& at, std::uint32_t mode = 0777);
  Result<void> symlink(std::string_view target, const At& at);
  Result<std::string> read_link(const At& at);
  /// Names and kinds, without "." and "..", sorted by bytes.
  Result<std::vector<DirEntry>> list(const At& directory);
  Result<SpaceInfo> space(const At& at);
  /// Copies content (reflink where the file system can). `to` must be new.
  Result<void> copy(const File& from, const File& to);

  /// Takes (or, without `wait`, tries to take) an exclusive flock; 0 or errno.
  int try_lock(const File& file) { return -do_flock(file.fd(), true); }

  void unlock(const File& file) { (void)do_flock(file.fd(), false); }

 protected:
  friend class FsFilter;
  // The operating system, one to one: >= 0, or -errno.
  virtual int do_open(int dir, const char* name, int flags, mode_t mode,
                      std::uint64_t resolve) = 0;
  virtual int do_close(int fd) = 0;
  virtual ssize_t do_pread(int fd, void* out, std::size_t n, off_t at) = 0;
  virtual ssize_t do_pwrite(int fd, const void* p, std::size_t n, off_t at) = 0;
  virtual ssize_t do_read(int fd, void* out, std::size_t n) = 0;
  virtual ssize_t do_write(int fd, const void* p, std::size_t n) = 0;
  virtual int do_sync(int fd, bool data_only) = 0;
  virtual int do_truncate(int fd, off_t size) = 0;
  virtual int do_allocate(int fd, off_t size) = 0;
  virtual int do_fstat(int fd, struct ::stat* out) = 0;
  virtual int do_stat(int dir, const char* name, struct ::stat* out,
                      bool follow) = 0;
  virtual int do_chmod(int fd, mode_t mode) = 0;
  virtual int do_touch(int fd) = 0;
  virtual int do_rename(int from_dir, const char* from, int to_dir,
                        const char* to, unsigned flags) = 0;
  virtual int do_link(int from_dir, const char* from, int to_dir,
                      const char* to) = 0;
  virtual int do_unlink(int dir, const char* name, bool directory) = 0;
  virtual int do_mkdir(int dir, const char* name, mode_t mode) = 0;
  virtual int do_symlink(const char* target, int dir, const char* name) = 0;
  virtual ssize_t do_readlink(int dir, const char* name, char* out,
                              std::size_t n) = 0;
  virtual int do_list(int fd, std::vector<DirEntry>& out) = 0;
  virtual int do_statfs(int fd, struct ::statfs* out) = 0;
  virtual int do_clone(int to, int from) = 0;
  virtual int do_flock(int fd, bool lock) = 0;  // never waits

 private:
  struct Leaf;  // an open parent directory and the last component
  Result<Leaf> leaf(const At& at, const char* action);
  Result<FileInfo> stat_at(const At& at, bool follow);
};

/// The operating system's. One object serves everybody; it has no state.
std::shared_ptr<Fs> real_fs();

/// Passes every call on; the base of file systems that interfere.
class FsFilter : public Fs {
 public:
  explicit FsFilter(std::shared_ptr<Fs> next) : next_(std::move(next)) {}

 protected:
  Fs& next() noexcept { return *next_; }

  int do_open(int dir, const char* name, int flags, mode_t mode,
              std::uint64_t resolve) override;
  int do_close(int fd) override;
  ssize_t do_pread(int fd, void* out, std::size_t n, off_t at) override;
  ssize_t do_pwrite(int fd, const void* p, std::size_t n, off_t at) override;
  ssize_t do_read(int fd, void* out, std::size_t n) override;
  ssize_t do_write(int fd, const void* p, std::size_t n) override;
  int do_sync(int fd, bool data_only) override;
  int do_truncate(int fd, off_t size) override;
  int do_allocate(int fd, off_t size) override;
  int do_fstat(int fd, struct ::stat* out) override;
  int do_stat(int dir, const char* name, struct ::stat* out,
              bool follow) override;
  int do_chmod(int fd, mode_t mode) override;
  int do_touch(int fd) override;
  int do_rename(int from_dir, const char* from, int to_dir, const char* to,
                unsigned flags) override;
  int do_link(int from_dir, const char* from, int to_dir,
              const char* to) override;
  int do_unlink(int dir, const char* name, bool directory) override;
  int do_mkdir(int dir, const char* name, mode_t mode) override;
  int do_symlink(const char* target, int dir, const char* name) override;
  ssize_t do_readlink(int dir, const char* name, char* out,
                      std::size_t n) override;
  int do_list(int fd, std::vector<DirEntry>& out) override;
  int do_statfs(int fd, struct ::statfs* out) override;
  int do_clone(int to, int from) override;
  int do_flock(int fd, bool lock) override;

 private:
  std::shared_ptr<Fs> next_;
};

}  // namespace hug::sys
