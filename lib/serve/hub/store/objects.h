// Large objects by sha256: objects/ab/cd/<64 hex>. An object appears under its
// name only after its bytes were hashed, compared and synced, and never
// changes after that.
#pragma once

#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/base.h"
#include "hug/result.h"
#include "sys/sys.h"

namespace hug::hub {

/// Bytes on their way to become an object. One thread at a time.
class ObjectUpload {
 public:
  ObjectUpload(sys::Fs& fs, sys::File file, std::uint64_t limit);
  ~ObjectUpload();  // removes what was not published
  ObjectUpload(const ObjectUpload&) = delete;
  ObjectUpload& operator=(const ObjectUpload&) = delete;

  /// Errors: kLimit beyond the announced size, kNoSpace, kIo.
  Result<void> write(std::span<const std::byte> bytes);

  std::uint64_t size() const noexcept { return size_; }

 private:
  friend class ObjectStore;
  sys::Fs& fs_;
  sys::File file_;
  std::uint64_t limit_;
  std::uint64_t size_ = 0;
  base::Hasher hasher_;
};

/// An upload in parts: one file of the final size, parts in any order.
class PartUpload {
 public:
  PartUpload(sys::Fs& fs, sys::File file, std::string oid, std::uint64_t size,
             std::uint64_t part_size);
  ~PartUpload();
  PartUpload(const PartUpload&) = delete;
  PartUpload& operator=(const PartUpload&) = delete;

  const std::string& oid() const noexcept { return oid_; }

  std::uint64_t size() const noexcept { return size_; }

  std::uint64_t parts() const noexcept;
  /// Bytes part `number` (from 1) has; 0 when there is no such part.
  std::uint64_t size_of_part(std::uint64_t number) const noexcept;
  /// Any thread.
  Result<void> write(std::uint64_t number, std::uint64_t offset,
                     std::span<const std::byte> bytes);
  /// Says that all bytes of the part came in; its ETag, without quotes.
  void finish_part(std::uint64_t number, std::string etag);
  /// Errors: kUsage naming the part that is missing or not the one given.
  Result<void> check(
      const std::vector<std::pair<std::uint64_t, std::string>>& parts) const;

 private:
  friend class ObjectStore;
  sys::Fs& fs_;
  sys::File file_;
  std::string oid_;
  std::uint64_t size_;
  std::uint64_t part_size_;
  mutable std::mutex mutex_;
  std::unordered_map<std::uint64_t, std::string> etags_;
};

class ObjectStore {
 public:
  /// `dir`: the hub's directory; `temp`: where uploads grow, on the same file
  /// system.
  ObjectStore(sys::Fs& fs, std::string dir, std::string temp);

  /// "objects/ab/cd/<oid>" below the hub's directory. `oid` was checked.
  static std::string relative_path(std::string_view oid);
  std::string path(std::string_view oid) const;
  /// Bytes of a stored object; nothing when there is none.
  std::optional<std::uint64_t> size(std::string_view oid) const;
  /// Says that it is about to be used: gc's grace begins anew. False when
  /// there is no such object.
  bool touch(std::string_view oid) const;

  Result<std::unique_ptr<ObjectUpload>> begin(std::uint64_t size);
  /// Errors: kUsage when digest or size is not what was announced.
  Result<void> publish(ObjectUpload& upload, std::string_view oid,
                       std::uint64_t size);
  Result<std::unique_ptr<PartUpload>> begin_parts(std::string oid,
                                                  std::uint64_t size,
                                                  std::uint64_t part_size);
  /// Hashes all of it, then as publish().
  Result<void> publish(PartUpload& upload);

  /// Every object's id, sorted, and names in the folder that are none.
  struct Names {
    std::vector<std::string> oids;
    std::vector<std::string> foreign;  // relative paths
  };

  Result<Names> list() const;

  /// While somebody holds a shared hold, gc removes nothing.
  class Hold {
   public:
    explicit Hold(sys::File file) : file_(std::move(file)) {}

   private:
    sys::File file_;  // the lock ends when it closes
  };
  enum class HoldKind { kShared, kExclusive };
  Result<Hold> hold(HoldKind kind) const;

 private:
  Result<sys::File> make_temporary();
  Result<void> place(sys::File& file, std::string_view oid);

  sys::Fs& fs_;
  std::string dir_;
  std::string temp_;
};

}  // namespace hug::hub
