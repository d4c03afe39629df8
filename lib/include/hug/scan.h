// Is it safe to load this? Looks at what files contain, not at what they are
// called, and executes nothing. Works over ranges, so a repository can be
// looked at before it is downloaded.
//
//   safe        everything in it is understood and only describes data
//   suspicious  nobody vouches for something in it, or it is not understood
//   dangerous   loading it may run code, or it is made to deceive
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "hug/byte_source.h"
#include "hug/export.h"
#include "hug/file_set.h"
#include "hug/result.h"

namespace hug {

enum class Verdict : std::uint8_t { kSafe, kSuspicious, kDangerous };

/// "safe", "suspicious", "dangerous".
HUG_EXPORT std::string_view verdict_name(Verdict verdict) noexcept;

struct ScanFinding {
  Verdict verdict = Verdict::kSuspicious;
  std::string id = {};     ///< stable: "pickle-import", "template-code" ...
  std::string where = {};  ///< member, key or byte; may be empty
  std::string text = {};   ///< may hold text from the file
};

struct ScannedFile {
  std::string path = {};
  std::string kind = {};  ///< "pickle", "zip", "gguf", "text" ...
  std::uint64_t size = 0;
  Verdict verdict = Verdict::kSafe;  ///< the worst of the findings
  std::vector<ScanFinding> findings = {};
  /// Names that its pickles would import, each once, in order.
  std::vector<std::string> imports = {};
};

struct ScanReport {
  Verdict verdict = Verdict::kSafe;
  std::vector<ScannedFile> files = {};  ///< sorted by path
  std::uint64_t bytes_fetched = 0;      ///< over a network
};

struct ScanOptions {
  std::size_t parallel = 8;  ///< files at a time
};

/// One file. What is wrong with the file is in the answer; errors are only
/// those of reading it.
HUG_EXPORT Result<ScannedFile> scan_file(const ByteSourcePtr& source);
/// All files of a set.
HUG_EXPORT Result<ScanReport> scan(const FileSet& files,
                                   const ScanOptions& options = {});

}  // namespace hug
