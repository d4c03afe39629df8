// A file that arrives in pieces, in any order, over several runs. Beside the
// bytes there is a journal of the ranges that have been written and verified,
// so that a run that was killed is continued, not repeated.
//
// Journal: a header and records of 32 bytes, little-endian, each with a CRC.
//
//   header  0  8  magic "HUGPART1"      8  8  size of the finished file
//          16 32  sha256 of the identity   48 12 zero   60  4  CRC-32 of 0..59
//   record  0  1  kind: 1 session, 2 range written, 3 range durable
//           1  3  zero   4  4  sequence number   8  8  offset  16  8  size
//          24  4  zero  28  4  CRC-32 of 0..27 seeded with the header's CRC
//   (a session record has the first 16 bytes of sha256(boot id) at offset 8
//   and the process id at 24, 0 when the session ended)
//
// A "durable" record is appended after the data it speaks of was synced, so it
// holds after a power failure. A "written" record is appended at once: the
// page cache outlives a killed process, so it holds as long as the machine has
// not been started anew, which the session record's boot id tells. The first
// record that is torn or out of sequence ends the journal. Bytes are hashed as
// a whole before they are published, so a wrong journal costs time only.
//
// Threads: write() and mark() may be called from several threads at once.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "hug/result.h"
#include "sys/fs.h"

namespace hug::sys {

struct ByteRange {
  std::uint64_t offset = 0;
  std::uint64_t size = 0;

  std::uint64_t end() const noexcept { return offset + size; }

  bool operator==(const ByteRange&) const = default;
};

/// Disjoint ranges in order; neighbours are merged.
class RangeSet {
 public:
  void add(ByteRange range);

  void clear() { ranges_.clear(); }

  bool contains(ByteRange range) const;
  std::uint64_t total() const;

  const std::vector<ByteRange>& ranges() const noexcept { return ranges_; }

  /// What is missing in [0, size).
  std::vector<ByteRange> gaps(std::uint64_t size) const;

 private:
  std::vector<ByteRange> ranges_;
};

struct PartOptions {
  std::uint64_t size = 0;     // of the finished file
  std::string identity = {};  // digest or etag: a journal of another is void
  std::string boot_id = {};   // empty: the running machine's
  std::uint32_t pid = 0;      // 0: this process
  /// mark() makes progress durable whenever this much has come in.
  std::uint64_t sync_every = 64ULL << 20;
  bool reserve = true;  // reserve disk space at once
};

/// What an earlier run left.
struct PartStatus {
  std::uint64_t done = 0;  // bytes that would be used
  bool busy = false;       // a living process of this machine writes it
};

class PartFile {
 public:
  /// Looks without changing anything. Nothing when there is no journal for
  /// that size and identity, or no data of that size.
  static std::optional<PartStatus> peek(Fs& fs, const At& data,
                                        const At& journal,
                                        const PartOptions& options);
  /// Opens or creates; what a valid journal vouches for is in done(). Both
  /// directories must exist, and both places' Dirs must outlive this.
  /// Errors: kBusy when a living process (this one too) has it open, kNoSpace
  /// (naming needed and free bytes), kIo.
  static Result<PartFile> open(Fs& fs, At data, At journal,
                               PartOptions options);
  PartFile(PartFile&&) noexcept;
  PartFile& operator=(PartFile&&) noexcept;
  ~PartFile();  // keeps both files for the next run

  std::uint64_t size() const noexcept;
  /// A copy of the ranges that are written and verified.
  RangeSet done() const;
  bool complete() const;

  /// Errors: kLimit beyond size(), kConflict when somebody removed the file
  /// meanwhile (start over), kNoSpace, kIo.
  Result<void> write(std::uint64_t offset, std::span<const std::byte> bytes);
  /// Says that the range is written and right.
  Result<void> mark(ByteRange range);
  /// Syncs data, then the journal: what was marked survives a power failure.
  Result<void> checkpoint();
  /// Reads back (to hash what an earlier run left).
  Result<void> read(std::uint64_t offset, std::span<std::byte> out) const;
  /// Forgets everything that was done, after a digest did not match.
  Result<void> reset();

  /// Requires complete(). Syncs, sets the mode (0: 0666 less umask), renames
  /// to `target` and syncs directories; removes the journal.
  Result<void> publish(const At& target, std::uint32_t mode = 0);
  /// Removes both files.
  Result<void> discard();

 private:
  struct State;
  explicit PartFile(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

/// Whether a living process of this machine writes the part file of this
/// journal. False when there is no such journal.
bool is_being_written(Fs& fs, const At& journal);

/// This machine's current boot id; empty where it does not tell.
std::string boot_id();

}  // namespace hug::sys
