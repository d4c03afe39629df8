// The store of Xet content that all repositories of a cache share:
//
//   <root>/blobs/.huggingface-shared-blobs   "1\n": without it the folder is
//                                            somebody else's
//   <root>/blobs/<xx>/<xet hash>             payload, read-only
//   <root>/blobs/<xx>/<xet hash>.refs        "<repo folder>/blobs/<etag>" lines
//   <root>/blobs/<xx>/<xet hash>.lock        flock file
//   <repo folder>/blobs/<etag>  ->  ../../blobs/<xx>/<xet hash>
//
// Lines of a .refs file are hints: one counts only while that link is there. A
// payload goes when its .refs can be read and no line counts. Nothing here
// follows symbolic links.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "hug/result.h"
#include "sys/clock.h"
#include "sys/fs.h"

namespace hug::cache {

/// "../../blobs/<xx>/<xet hash>"
std::string shared_target(std::string_view xet_hash);
/// The hash, when the link target has exactly that form.
std::optional<std::string> parse_shared_target(std::string_view target);

class SharedStore {
 public:
  /// `root` (the cache) must outlive it.
  SharedStore(sys::Fs& fs, sys::Clock& clock, const sys::Dir& root);

  /// Whether the folder is a store; `make`: makes it one where it is absent or
  /// empty.
  bool usable(bool make) const;
  /// Replaces <repo>/blobs/<etag> by a link to the payload if that is a
  /// readable file of exactly `size` bytes.
  bool link(std::string_view xet_hash, std::string_view repo_folder,
            std::string_view etag, std::uint64_t size) const;
  /// Moves <repo>/blobs/<etag> into the store and puts a link in its place.
  bool publish(std::string_view xet_hash, std::string_view repo_folder,
               std::string_view etag, std::uint64_t size) const;

  struct Payload {
    std::string xet_hash = {};
    std::uint64_t size = 0;       // bytes
    std::uint64_t allocated = 0;  // bytes on disk
    bool referenced = true;       // some line counts, or .refs is unreadable
  };

  std::vector<Payload> payloads() const;
  /// Removes the payload if nothing refers to it; returns its size then, else
  /// 0.
  Result<std::uint64_t> sweep(std::string_view xet_hash) const;

 private:
  std::optional<std::vector<std::string>> counting_references(
      std::string_view xet_hash) const;
  bool refers(std::string_view line, std::string_view xet_hash) const;
  bool replace_by_link(std::string_view xet_hash, std::string_view repo_folder,
                       std::string_view etag) const;
  bool add_reference(std::string_view xet_hash, const std::string& line) const;
  std::uint32_t payload_mode() const;

  sys::Fs& fs_;
  sys::Clock& clock_;
  const sys::Dir& root_;
};

}  // namespace hug::cache
