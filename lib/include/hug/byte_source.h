// The seam between the two wings: a random-access, read-only view of bytes. A
// local file, a mapping, a member of an archive and a file on a hub that is
// read by ranges are all byte sources, so whatever reads models works on a
// remote repository exactly as on a local file.
#pragma once
// clang-format off
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>

#include "hug/export.h"
#include "hug/result.h"

namespace hug {

/// Read-only bytes of a known size. Const methods may be called from several
/// threads at once.
class HUG_EXPORT ByteSource {
 public:
  virtual ~ByteSource() = default;

  /// What it is, for messages: a path or a URI.
  virtual const std::string& name() const noexcept = 0;
  /// Bytes in all.
  virtual std::uint64_t size() const noexcept = 0;
  /// Fills `out` with the bytes from `offset` on.
  /// Errors: kCorrupt when the range does not lie within size() or the source
  /// shrank meanwhile; kIo, kNetwork, kTimeout, kCancelled.
  virtual Result<void> read_at(std::uint64_t offset,
                               std::span<std::byte> out) const = 0;
  /// The whole source in memory where it is mapped; empty otherwise. Valid as
  /// long as the source lives.
  virtual std::span<const std::byte> mapped() const noexcept { return {}; }
  /// sha256 in lower-case hex where it is known without reading.
  virtual std::optional<std::string> sha256() const { return std::nullopt; }
  /// Bytes fetched over a network so far; 0 for local sources.
  virtual std::uint64_t bytes_fetched() const noexcept { return 0; }
  /// Says that a range will be read soon. Never fails.
  virtual void prefetch(std::uint64_t offset, std::uint64_t size) const {
    (void)offset, (void)size;
  }
  /// Says that a range will not be read again soon: a mapping gives its pages
  /// back. Never fails, and bytes that were read stay right.
  virtual void release(std::uint64_t offset, std::uint64_t size) const {
    (void)offset, (void)size;
  }
};

using ByteSourcePtr = std::shared_ptr<const ByteSource>;

/// Opens a local file. `map`: maps it into memory (and falls back to reads on
/// network file systems). Errors: kNotFound, kIo.
enum class FileAccess { kRead, kMap };
HUG_EXPORT Result<ByteSourcePtr> open_file(const std::string& path,
                                           FileAccess access);
/// A view of bytes in memory that the caller keeps alive, or of a copy.
HUG_EXPORT ByteSourcePtr borrow_bytes(std::span<const std::byte> bytes,
                                      std::string name);
HUG_EXPORT ByteSourcePtr copy_bytes(std::span<const std::byte> bytes,
                                    std::string name);
/// A part of another source. Errors: kCorrupt when it does not lie inside.
HUG_EXPORT Result<ByteSourcePtr> slice(ByteSourcePtr source,
                                       std::uint64_t offset,
                                       std::uint64_t size);

}  // namespace hug
