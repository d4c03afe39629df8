// A file system that fails on demand and can lose power.
//
// Every call that changes something is counted; the k-th can be made to fail
// with an error, once or from then on; writes can be cut short. For power
// failures it remembers, per file, the content at the last sync, and the
// changes to directories that were not synced yet: crash() takes them back.
#pragma once

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "sys/fs.h"
#include "sys/random_source.h"

namespace hug::test {

class FaultFs : public sys::FsFilter {
 public:
  /// `scratch` is a folder beside the tested one, on the same file system.
  explicit FaultFs(std::string scratch)
      : FsFilter(sys::real_fs()), scratch_(std::move(scratch)) {}

  ~FaultFs() override { forget(); }

  // The k-th changing call from now (1 is the next) answers `error`.
  void fail_at(std::size_t k, int error, bool persistent = false) {
    calls_ = 0;
    fail_at_ = k;
    error_ = error;
    persistent_ = persistent;
  }

  void heal() { fail_at_ = 0; }

  std::size_t calls() const { return calls_; }

  bool failed() const { return failed_; }

  void reset_counts() { calls_ = 0, failed_ = false; }

  /// Writes and reads move 1 to `most` bytes at a time.
  void shorten(std::size_t most, std::uint64_t seed) {
    shorten_ = most;
    random_ = sys::Random(seed);
  }

  /// Takes back what was not made durable; each file that was not synced
  /// keeps, by the seed's choice, its old content, a part of the new, or all.
  /// Seed 0 loses everything that may be lost.
  void crash(std::uint64_t seed) {
    sys::Random random(seed);
    const std::size_t keep =
        seed == 0 ? 0
                  : static_cast<std::size_t>(random.below(undo_.size() + 1));
    while (undo_.size() > keep) {
      undo_.back().action();
      undo_.pop_back();
    }
    for (auto& [inode, file] : dirty_) {
      if (seed != 0 && random.below(3) == 0) continue;
      restore(file, seed == 0 ? 0 : random.below(2), random);
    }
    forget();
  }

  /// Everything so far is durable.
  void forget() {
    for (auto& [inode, file] : dirty_)
      (void)::close(file.fd);
    dirty_.clear();
    undo_.clear();
  }

 protected:
  int do_open(int dir, const char* name, int flags, mode_t mode,
              std::uint64_t resolve) override {
    if ((flags & O_CREAT) == 0) {
      return FsFilter::do_open(dir, name, flags, mode, resolve);
    }
    if (const int e = fault()) return e;
    const int there =
        FsFilter::do_open(dir, name, O_PATH | O_NOFOLLOW, 0, resolve);
    if (there >= 0) (void)::close(there);
    const int fd = FsFilter::do_open(dir, name, flags, mode, resolve);
    if (fd >= 0 && there < 0) made(dir, name, false);
    return fd;
  }

  ssize_t do_pread(int fd, void* out, std::size_t n, off_t at) override {
    return FsFilter::do_pread(fd, out, cut(n), at);
  }

  ssize_t do_pwrite(int fd, const void* p, std::size_t n, off_t at) override {
    if (const int e = fault()) return e;
    remember(fd);
    return FsFilter::do_pwrite(fd, p, cut(n), at);
  }

  ssize_t do_write(int fd, const void* p, std::size_t n) override {
    if (const int e = fault()) return e;
    remember(fd);
    return FsFilter::do_write(fd, p, cut(n));
  }

  int do_sync(int fd, bool data_only) override {
    if (const int e = fault()) return e;
    struct stat st = {};
    if (::fstat(fd, &st) != 0) return -errno;
    if (S_ISDIR(st.st_mode)) {
      std::erase_if(undo_,
                    [&](const Undo& u) { return u.directory == st.st_ino; });
    } else if (const auto at = dirty_.find(st.st_ino); at != dirty_.end()) {
      (void)::close(at->second.fd);
      dirty_.erase(at);
    }
    return FsFilter::do_sync(fd, data_only);
  }

  int do_truncate(int fd, off_t size) override {
    if (const int e = fault()) return e;
    remember(fd);
    return FsFilter::do_truncate(fd, size);
  }

  int do_allocate(int fd, off_t size) override {
    if (const int e = fault()) return e;
    return FsFilter::do_allocate(fd, size);
  }

  int do_close(int fd) override {
    const int e = fault();
    const int n = FsFilter::do_close(fd);
    return e != 0 ? e : n;
  }

  int do_chmod(int fd, mode_t mode) override {
    if (const int e = fault()) return e;
    return FsFilter::do_chmod(fd, mode);
  }

  int do_rename(int from_dir, const char* from, int to_dir, const char* to,
                unsigned flags) override {
    if (const int e = fault()) return e;
    const Place a = place(from_dir, from);
    const Place b = place(to_dir, to);
    const std::string grave = bury(b);
    const int n = FsFilter::do_rename(from_dir, from, to_dir, to, flags);
    if (n == 0) {
      undo_.push_back({b.inode, [a, b, grave] {
                         (void)::rename(b.path.c_str(), a.path.c_str());
                         if (!grave.empty()) {
                           (void)::rename(grave.c_str(), b.path.c_str());
                         }
                       }});
    }
    return n;
  }

  int do_link(int from_dir, const char* from, int to_dir,
              const char* to) override {
    if (const int e = fault()) return e;
    const int n = FsFilter::do_link(from_dir, from, to_dir, to);
    if (n == 0) made(to_dir, to, false);
    return n;
  }

  int do_unlink(int dir, const char* name, bool directory) override {
    if (const int e = fault()) return e;
    const Place at = place(dir, name);
    const std::string grave = directory ? "" : bury(at);
    const int n = FsFilter::do_unlink(dir, name, directory);
    if (n == 0) {
      undo_.push_back({at.inode, [at, grave, directory] {
                         if (directory) {
                           (void)::mkdir(at.path.c_str(), 0777);
                         } else {
                           (void)::rename(grave.c_str(), at.path.c_str());
                         }
                       }});
    }
    return n;
  }

  int do_mkdir(int dir, const char* name, mode_t mode) override {
    if (const int e = fault()) return e;
    const int n = FsFilter::do_mkdir(dir, name, mode);
    if (n == 0) made(dir, name, true);
    return n;
  }

  int do_symlink(const char* target, int dir, const char* name) override {
    if (const int e = fault()) return e;
    const int n = FsFilter::do_symlink(target, dir, name);
    if (n == 0) made(dir, name, false);
    return n;
  }

 private:
  struct Undo {
    ino_t directory;
    std::function<void()> action;
  };

  struct Dirty {
    int fd;
    std::string durable;
  };

  struct Place {
    std::string path;  // absolute
    ino_t inode = 0;   // of the directory
  };

  int fault() {
    ++calls_;
    if (fail_at_ == 0) return 0;
    if (calls_ != fail_at_ && !(persistent_ && calls_ > fail_at_)) return 0;
    failed_ = true;
    return -error_;
  }

  std::size_t cut(std::size_t n) {
    if (shorten_ == 0 || n == 0) return n;
    return std::min<std::size_t>(
        n, 1 + static_cast<std::size_t>(random_.below(shorten_)));
  }

  static std::string path_of(int fd) {
    const std::string link = "/proc/self/fd/" + std::to_string(fd);
    char buffer[4096];
    const ssize_t n = ::readlink(link.c_str(), buffer, sizeof buffer);
    return {buffer, static_cast<std::size_t>(std::max<ssize_t>(n, 0))};
  }

  static Place place(int dir, const std::string& name) {
    Place out;
    out.path = dir == AT_FDCWD ? name : path_of(dir) + "/" + name;
    const std::string up = out.path.substr(0, out.path.rfind('/'));
    struct stat st = {};
    if (::stat(up.c_str(), &st) == 0) out.inode = st.st_ino;
    return out;
  }

  void made(int dir, const char* name, bool directory) {
    const Place at = place(dir, name);
    undo_.push_back({at.inode, [at, directory] {
                       (void)(directory ? ::rmdir(at.path.c_str())
                                        : ::unlink(at.path.c_str()));
                     }});
  }

  std::string bury(const Place& at) {
    const std::string grave = scratch_ + "/" + std::to_string(++graves_);
    const bool kept =
        ::linkat(AT_FDCWD, at.path.c_str(), AT_FDCWD, grave.c_str(), 0) == 0;
    return kept ? grave : "";
  }

  static std::string content(int fd) {
    std::string out;
    char buffer[65536];
    while (true) {
      const ssize_t n =
          ::pread(fd, buffer, sizeof buffer, static_cast<off_t>(out.size()));
      if (n <= 0) return out;
      out.append(buffer, static_cast<std::size_t>(n));
    }
  }

  void remember(int fd) {
    struct stat st = {};
    if (::fstat(fd, &st) != 0 || dirty_.contains(st.st_ino)) return;
    // Opened anew: the caller's descriptor may not be readable.
    const std::string link = "/proc/self/fd/" + std::to_string(fd);
    const int own = ::open(link.c_str(), O_RDWR | O_CLOEXEC);
    dirty_.emplace(st.st_ino, Dirty{own, content(own)});
  }

  static void restore(const Dirty& file, std::uint64_t torn,
                      sys::Random& random) {
    std::string now = file.durable;
    if (torn != 0) {
      // Some whole sectors of the new content, at the old or the new size.
      const std::string fresh = content(file.fd);
      if (random.below(2) == 0) now.resize(fresh.size(), '\0');
      for (std::size_t at = 0; at < std::min(now.size(), fresh.size());
           at += 512) {
        if (random.below(2) == 0) continue;
        const std::size_t n =
            std::min({std::size_t{512}, now.size() - at, fresh.size() - at});
        std::copy_n(fresh.begin() + static_cast<std::ptrdiff_t>(at), n,
                    now.begin() + static_cast<std::ptrdiff_t>(at));
      }
    }
    if (::ftruncate(file.fd, 0) != 0) return;
    (void)!::pwrite(file.fd, now.data(), now.size(), 0);
  }

  std::string scratch_;
  std::map<ino_t, Dirty> dirty_;
  std::vector<Undo> undo_;
  std::size_t graves_ = 0;
  std::size_t calls_ = 0;
  std::size_t fail_at_ = 0;
  int error_ = EIO;
  bool persistent_ = false;
  bool failed_ = false;
  std::size_t shorten_ = 0;
  sys::Random random_{1};
};

}  // namespace hug::test
