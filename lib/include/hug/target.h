// What a user points at: `hug inspect|convert|quantize|run TARGET`. A target is
// a path, a hf:// URI, a repo id with an optional quantization
// ("org/repo:Q4_K_M") or a web address. It becomes a list of files, each of
// which is read in place: mapped when it is on this machine (also in the
// cache), by ranges when it is only on the hub.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "hug/byte_source.h"
#include "hug/export.h"
#include "hug/file_set.h"
#include "hug/hub.h"
#include "hug/repo.h"
#include "hug/result.h"

namespace hug {

/// A file by name and size, as a listing shows it.
struct NamedFile {
  std::string path = {};
  std::uint64_t size = 0;
};

struct GgufChoice {
  std::vector<std::string> files = {};  ///< one, or all shards in order
  std::uint64_t size = 0;
  std::string quant = {};      ///< "Q4_K_M", or empty when the name tells none
  std::string projector = {};  ///< nearest mmproj file, or empty
};

/// The quantization a file name tells ("Q4_K_M", "UD-Q4_K_XL", "F16"), upper
/// case, or empty.
HUG_EXPORT std::string gguf_quant_of(std::string_view file_name);
/// Chooses among the GGUF files of a listing. `tag`: empty (Q4_K_M, then Q8_0,
/// then the nearest below Q4_K_M, then the first), "best" (the highest
/// quality), a quantization, a folder, a file name or a pattern.
/// Errors: kNotFound, with the alternatives as the hint.
HUG_EXPORT Result<GgufChoice> choose_gguf(const std::vector<NamedFile>& files,
                                          std::string_view tag);
/// Every choice there is, in the order of the listing.
HUG_EXPORT std::vector<GgufChoice> list_gguf(
    const std::vector<NamedFile>& files);

struct TargetOptions {
  std::string revision = {};   ///< of repositories; empty: main
  std::string cache_dir = {};  ///< empty: HF_HUB_CACHE ...
  bool local_only = false;     ///< never ask a hub
  /// A path or hf:// URI only; "org/repo" is then never looked up on a hub.
  bool no_repo_ids = false;
};

struct TargetFile {
  std::string path = {};  ///< relative to the target's root
  std::uint64_t size = 0;
  std::string etag = {};        ///< of hub files
  std::string local_path = {};  ///< empty while it is only on the hub
};

/// Copies share what they hold. The Hub it came from must outlive it.
class HUG_EXPORT Target {
 public:
  enum class Kind : std::uint8_t {
    kFile,    // one file, local or on a hub
    kFolder,  // a local folder
    kRepo,    // a repository at one commit
  };

  Kind kind() const noexcept;
  /// For messages: a path or hf://owner/name@rev/path.
  const std::string& name() const noexcept;
  bool remote() const noexcept;         ///< on a hub (maybe cached)
  const RepoId& repo() const noexcept;  ///< of remote targets
  const std::string& commit() const noexcept;
  /// What the user chose by ":TAG"; empty without one.
  const std::string& tag() const noexcept;
  /// All files, sorted by path; exactly one for kFile.
  const std::vector<TargetFile>& files() const noexcept;
  const TargetFile* find(std::string_view path) const noexcept;
  /// The GGUF a file, folder or repository stands for: the file itself with
  /// its shards, or choose_gguf() by tag. Errors: kNotFound when it has none.
  Result<GgufChoice> gguf() const;

  /// Opens one of files(). Local and cached files are mapped; others are read
  /// from the hub by ranges, pinned to the content the listing named
  /// (kConflict when it changes). Errors: kNotFound, kIo, kNetwork ...
  Result<ByteSourcePtr> open(std::string_view path) const;
  /// The same files for what looks at models; shares what this holds.
  FileSetPtr file_set() const;
  /// Brings files into the cache (all of them when empty) and returns the
  /// local path of the first, or of the folder. Local targets: the path.
  Result<std::string> fetch(const std::vector<std::string>& paths = {}) const;

  struct Parts;  // lib/hub/transfer/target.cc
  explicit Target(std::shared_ptr<Parts> parts) noexcept;

 private:
  std::shared_ptr<Parts> parts_;
};

/// Looks for a local file or folder first (a name with "./" or "/" in front is
/// never taken for a repo), then for hf:// and web addresses, then for
/// "owner/name[:TAG]" on the hub. Errors: kNotFound saying where it looked.
HUG_EXPORT Result<Target> resolve_target(Hub& hub, std::string_view text,
                                         const TargetOptions& options = {});

/// A file on a hub, read by ranges.
struct RemoteFile {
  RepoId repo = {};
  std::string commit = {};
  std::string path = {};
  std::uint64_t size = 0;
  std::string etag = {};
};

HUG_EXPORT Result<ByteSourcePtr> open_remote(Hub& hub, const RemoteFile& file);

}  // namespace hug
