// Fs: what changes names in directories.
#include <fcntl.h>
#include <linux/fs.h>
#include <linux/openat2.h>
#include <sys/stat.h>
#include <sys/vfs.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <vector>

#include "sys/fs.h"
#include "sys/leaf.h"

namespace hug::sys {

namespace {

Error failed(int negative, const char* action, const std::string& path) {
  return os_error(-negative,
                  std::string("cannot ") + action + " '" + path + "'");
}

Error failed(int negative, const char* action, const At& from, const At& to) {
  return os_error(-negative, std::string("cannot ") + action + " '" +
                                 from.path() + "' to '" + to.path() + "'");
}

// statfs(2) magic numbers of file systems whose bytes are elsewhere.
constexpr std::array<std::uint32_t, 12> kNetwork = {
    0x6969,      // NFS
    0x517B,      // SMB
    0xFF534D42,  // CIFS
    0xFE534D42,  // SMB2
    0x65735546,  // FUSE
    0x0BD00BD0,  // Lustre
    0x47504653,  // GPFS
    0x00C36400,  // Ceph
    0x5346414F,  // AFS
    0x73757245,  // Coda
    0x01021997,  // 9P
    0x19830326,  // BeeGFS
};

}  // namespace

Result<void> Fs::rename(const At& from, const At& to) {
  const Leaf a = HUG_TRY(leaf(from, "rename"));
  const Leaf b = HUG_TRY(leaf(to, "rename"));
  const int n = do_rename(a.dir, a.text(), b.dir, b.text(), 0);
  if (n < 0) return failed(n, "rename", from, to);
  return {};
}

Result<void> Fs::rename_new(const At& from, const At& to) {
  const Leaf a = HUG_TRY(leaf(from, "rename"));
  const Leaf b = HUG_TRY(leaf(to, "rename"));
  int n = do_rename(a.dir, a.text(), b.dir, b.text(), RENAME_NOREPLACE);
  if (n == -EINVAL || n == -ENOSYS) {
    n = do_link(a.dir, a.text(), b.dir, b.text());
    if (n == 0) n = do_unlink(a.dir, a.text(), false);
  }
  if (n == -EPERM || n == -EOPNOTSUPP || n == -ENOSYS || n == -EMLINK) {
    struct stat st = {};
    n = do_stat(b.dir, b.text(), &st, false) == 0
            ? -EEXIST
            : do_rename(a.dir, a.text(), b.dir, b.text(), 0);
  }
  if (n < 0) return failed(n, "rename", from, to);
  return {};
}

Result<void> Fs::link(const At& from, const At& to) {
  const Leaf a = HUG_TRY(leaf(from, "link"));
  const Leaf b = HUG_TRY(leaf(to, "link"));
  const int n = do_link(a.dir, a.text(), b.dir, b.text());
  if (n < 0) return failed(n, "link", from, to);
  return {};
}

Result<void> Fs::remove(const At& at) {
  const Leaf a = HUG_TRY(leaf(at, "remove"));
  const int n = do_unlink(a.dir, a.text(), false);
  if (n < 0) return failed(n, "remove", at.path());
  return {};
}

Result<bool> Fs::remove_if_present(const At& at) {
  Result<void> removed = remove(at);
  if (removed) return true;
  if (removed.error().code() == Code::kNotFound) return false;
  return std::move(removed).error();
}

Result<void> Fs::remove_dir(const At& at) {
  const Leaf a = HUG_TRY(leaf(at, "remove the directory"));
  const int n = do_unlink(a.dir, a.text(), true);
  if (n < 0) return failed(n, "remove the directory", at.path());
  return {};
}

Result<void> Fs::make_dir(const At& at, std::uint32_t mode) {
  const Leaf a = HUG_TRY(leaf(at, "make the directory"));
  const int n = do_mkdir(a.dir, a.text(), static_cast<mode_t>(mode));
  if (n < 0) return failed(n, "make the directory", at.path());
  return {};
}

Result<void> Fs::symlink(std::string_view target, const At& at) {
  const Leaf a = HUG_TRY(leaf(at, "make the symbolic link"));
  const int n = do_symlink(std::string(target).c_str(), a.dir, a.text());
  if (n < 0) return failed(n, "make the symbolic link", at.path());
  return {};
}

Result<std::string> Fs::read_link(const At& at) {
  const Leaf a = HUG_TRY(leaf(at, "read the link"));
  std::array<char, 4096> buffer;
  const ssize_t n = do_readlink(a.dir, a.text(), buffer.data(), buffer.size());
  if (n < 0) return failed(static_cast<int>(n), "read the link", at.path());
  return std::string(buffer.data(), static_cast<std::size_t>(n));
}

Result<std::vector<DirEntry>> Fs::list(const At& directory) {
  const Dir dir = HUG_TRY(open_dir(directory));
  std::vector<DirEntry> out;
  const int n = do_list(dir.fd(), out);
  if (n < 0) return failed(n, "list", dir.path());
  std::sort(out.begin(), out.end(), [](const DirEntry& a, const DirEntry& b) {
    return a.name < b.name;
  });
  return out;
}

Result<SpaceInfo> Fs::space(const At& at) {
  const bool beneath = at.dir() != nullptr;
  const int fd = do_open(beneath ? at.dir()->fd() : AT_FDCWD, at.name().c_str(),
                         O_RDONLY, 0, beneath ? RESOLVE_BENEATH : 0);
  if (fd < 0) return failed(fd, "look at", at.path());
  const Fd own(fd);
  struct statfs st = {};
  const int n = do_statfs(fd, &st);
  if (n < 0) return failed(n, "ask for free space at", at.path());
  SpaceInfo out;
  const auto block = static_cast<std::uint64_t>(st.f_bsize);
  out.total = block * st.f_blocks;
  out.available = block * st.f_bavail;
  out.network =
      std::find(kNetwork.begin(), kNetwork.end(),
                static_cast<std::uint32_t>(st.f_type)) != kNetwork.end();
  return out;
}

Result<void> Fs::copy(const File& from, const File& to) {
  if (do_clone(to.fd(), from.fd()) == 0) return {};
  std::vector<std::byte> buffer(std::size_t{1} << 20);
  std::uint64_t offset = 0;
  while (true) {
    const std::size_t n = HUG_TRY(read_at(from, offset, buffer));
    if (n == 0) return {};
    HUG_TRY(write_at(to, offset, std::span(buffer).first(n)));
    offset += n;
  }
}

}  // namespace hug::sys
