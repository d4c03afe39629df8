#include "sys/fs.h"

namespace hug::sys {

int FsFilter::do_open(int dir, const char* name, int flags, mode_t mode,
                      std::uint64_t resolve) {
  return next_->do_open(dir, name, flags, mode, resolve);
}

int FsFilter::do_close(int fd) {
  return next_->do_close(fd);
}

ssize_t FsFilter::do_pread(int fd, void* out, std::size_t n, off_t at) {
  return next_->do_pread(fd, out, n, at);
}

ssize_t FsFilter::do_pwrite(int fd, const void* p, std::size_t n, off_t at) {
  return next_->do_pwrite(fd, p, n, at);
}

ssize_t FsFilter::do_read(int fd, void* out, std::size_t n) {
  return next_->do_read(fd, out, n);
}

ssize_t FsFilter::do_write(int fd, const void* p, std::size_t n) {
  return next_->do_write(fd, p, n);
}

int FsFilter::do_sync(int fd, bool data_only) {
  return next_->do_sync(fd, data_only);
}

int FsFilter::do_truncate(int fd, off_t size) {
  return next_->do_truncate(fd, size);
}

int FsFilter::do_allocate(int fd, off_t size) {
  return next_->do_allocate(fd, size);
}

int FsFilter::do_fstat(int fd, struct ::stat* out) {
  return next_->do_fstat(fd, out);
}

int FsFilter::do_stat(int dir, const char* name, struct ::stat* out,
                      bool follow) {
  return next_->do_stat(dir, name, out, follow);
}

int FsFilter::do_chmod(int fd, mode_t mode) {
  return next_->do_chmod(fd, mode);
}

int FsFilter::do_touch(int fd) {
  return next_->do_touch(fd);
}

int FsFilter::do_rename(int from_dir, const char* from, int to_dir,
                        const char* to, unsigned flags) {
  return next_->do_rename(from_dir, from, to_dir, to, flags);
}

int FsFilter::do_link(int from_dir, const char* from, int to_dir,
                      const char* to) {
  return next_->do_link(from_dir, from, to_dir, to);
}

int FsFilter::do_unlink(int dir, const char* name, bool directory) {
  return next_->do_unlink(dir, name, directory);
}

int FsFilter::do_mkdir(int dir, const char* name, mode_t mode) {
  return next_->do_mkdir(dir, name, mode);
}

int FsFilter::do_symlink(const char* target, int dir, const char* name) {
  return next_->do_symlink(target, dir, name);
}

ssize_t FsFilter::do_readlink(int dir, const char* name, char* out,
                              std::size_t n) {
  return next_->do_readlink(dir, name, out, n);
}

int FsFilter::do_list(int fd, std::vector<DirEntry>& out) {
  return next_->do_list(fd, out);
}

int FsFilter::do_statfs(int fd, struct ::statfs* out) {
  return next_->do_statfs(fd, out);
}

int FsFilter::do_clone(int to, int from) {
  return next_->do_clone(to, from);
}

int FsFilter::do_flock(int fd, bool lock) {
  return next_->do_flock(fd, lock);
}

}  // namespace hug::sys
