// Digests: SHA-256 (FIPS 180-4) of large files, and SHA-1 as git uses it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "hug/export.h"

namespace hug::base {

enum class HashKind : std::uint8_t { kSha1, kSha256 };

/// An incremental digest. One thread at a time.
class Hasher {
 public:
  explicit Hasher(HashKind kind);
  Hasher(Hasher&&) noexcept;
  Hasher& operator=(Hasher&&) noexcept;
  ~Hasher();

  void update(std::span<const std::byte> bytes);
  void update(std::string_view text);
  /// Lower-case hex; ends this digest.
  std::string finish();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

/// A hasher that has seen the header of a git blob of `size` bytes: its digest
/// is the blob's id, which the Hub uses as ETag of regular files.
Hasher git_blob_hasher(std::uint64_t size);

std::string sha256_hex(std::span<const std::byte> bytes);
std::string sha256_hex(std::string_view text);
std::string git_blob_id(std::string_view content);

/// Takes the same time whatever the bytes are; false when sizes differ.
bool equal_in_constant_time(std::string_view a, std::string_view b);

}  // namespace hug::base
