// Writes git objects into one pack (format version 2, whole objects only, no
// deltas) and its index. However many objects a commit has, it costs three
// fsyncs: pack, index, directory. Nothing is visible before publish().
//
//   pack:  "PACK" | version 2 | count | entries | sha1 of all before
//   entry: type and size (3 bits, 4 + 7n bits) | zlib stream
//   index: ff 74 4f 63 | 2 | fan-out[256] | ids | crc32s | offsets (31 bits)
//          | offsets of 64 bits | sha1 of the pack | sha1 of all before
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_set>
#include <vector>

#include "hub/git/oid.h"
#include "hug/result.h"
#include "sys/sys.h"

namespace hug::hub {

/// The index row of an object in a pack.
struct PackEntry {
  Oid oid;
  std::uint32_t crc = 0;  // of the entry's bytes
  std::uint64_t offset = 0;
};

class PackWriter {
 public:
  /// Begins a pack in `temp`, a directory on the same file system as the repo.
  static Result<PackWriter> create(sys::Fs& fs, const std::string& temp);
  PackWriter(PackWriter&&) noexcept = default;
  PackWriter& operator=(PackWriter&&) noexcept = default;
  ~PackWriter();  // removes what was not published

  /// Adds an object unless it is in this pack already; returns its id.
  Result<Oid> add(ObjectType type, std::string_view content);
  /// The same when the caller has computed the id already.
  Result<Oid> add(const Oid& oid, ObjectType type, std::string_view content);
  /// Copies an entry (header and stream, as stored in another pack).
  Result<void> add_raw(const Oid& oid, std::string_view entry);

  std::size_t count() const noexcept { return entries_.size(); }

  std::uint64_t bytes() const noexcept { return size_; }

  /// Completes the pack, syncs it, and gives it and its index their names in
  /// `pack_dir` ("<repo>/objects/pack"). Returns the pack's name without
  /// ending ("pack-<40 hex>"). An empty pack is dropped; the name is empty.
  Result<std::string> publish(const std::string& pack_dir);

 private:
  PackWriter(sys::Fs& fs, sys::File file) : fs_(&fs), file_(std::move(file)) {}

  Result<void> append(std::string_view bytes);
  Result<void> flush();
  Result<Oid> seal();
  std::string index(const Oid& pack_checksum) const;
  void remove_temporary();

  sys::Fs* fs_;
  sys::File file_;
  std::string buffer_;
  std::string scratch_;
  std::uint64_t size_ = 0;
  std::vector<PackEntry> entries_;
  std::unordered_set<Oid, OidHash> seen_;
};

}  // namespace hug::hub
