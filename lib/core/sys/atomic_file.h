// A file that appears under its name complete or not at all: written beside
// its target under a temporary name, synced, renamed, and the directory synced.
#pragma once

#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "hug/result.h"
#include "sys/fs.h"

namespace hug::sys {

struct AtomicOptions {
  /// Permission bits of the finished file; 0 means 0666 less the umask. Until
  /// it is finished only the owner can read it.
  std::uint32_t mode = 0;
  bool sync = true;         // fsync file and directory
  bool replace = true;      // false: commit() fails with kConflict when present
  std::string suffix = {};  // of the temporary name; default ".<8 hex>.tmp"
};

class AtomicFile {
 public:
  /// Opens the temporary. The directory must exist; `target.dir()` must
  /// outlive this.
  static Result<AtomicFile> create(Fs& fs, At target,
                                   AtomicOptions options = {});
  AtomicFile(AtomicFile&&) noexcept;
  AtomicFile& operator=(AtomicFile&&) noexcept;
  ~AtomicFile();  // removes the temporary unless committed

  Result<void> write(std::span<const std::byte> bytes);
  Result<void> write(std::string_view text);
  /// Positional; bytes never written read as zero.
  Result<void> write_at(std::uint64_t offset, std::span<const std::byte> bytes);
  const File& file() const noexcept;
  /// Bytes written with write().
  std::uint64_t position() const noexcept;
  /// Where the bytes are until commit().
  std::string temporary_path() const;

  /// Publishes. After an error the target is as it was and the temporary gone.
  Result<void> commit();
  void abort() noexcept;

 private:
  struct State;
  explicit AtomicFile(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

/// Writes a small file atomically.
Result<void> write_file(Fs& fs, const At& target, std::string_view content,
                        const AtomicOptions& options = {});
/// The same, but leaves the file alone when it has that content already.
/// Returns whether it wrote.
Result<bool> update_file(Fs& fs, const At& target, std::string_view content,
                         const AtomicOptions& options = {});
/// A symbolic link that appears at once in place of what was there. An equal
/// link is left alone.
Result<void> place_symlink(Fs& fs, std::string_view target, const At& at);

/// 0666 less the umask of the process.
std::uint32_t default_file_mode();

}  // namespace hug::sys
