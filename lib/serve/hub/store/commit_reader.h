// The body of a commit request: one JSON object a line (NDJSON), the header
// first. Read as it arrives: the content of regular files goes to the object
// writer line by line, so memory is bounded by the longest line.
//
//   {"key":"header","value":{"summary":..,"description":..,"parentCommit":..}}
//   {"key":"file","value":{"path":..,"content":..,"encoding":"base64"|"utf-8",
//                          "oldPath":..}}
//   {"key":"lfsFile","value":{"path":..,"algo":"sha256","oid":..,"size":..}}
//   {"key":"copy","value":{"path":..,"srcPath":..,"srcRevision":..}}
//   {"key":"deletedFile","value":{"path":..}}
//   {"key":"deletedFolder","value":{"path":..}}
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "hub/git/oid.h"
#include "hug/result.h"

namespace hug::hub {

struct CommitHeader {
  std::string summary;
  std::string description;
  std::string parent_commit;  // 5 to 40 digits, or empty
};

struct CommitOperation {
  enum class Kind : std::uint8_t {
    kFile,
    kLargeFile,
    kCopy,
    kDeleteFile,
    kDeleteFolder,
  };
  Kind kind = Kind::kFile;
  std::string path;
  Oid blob = {};                           // kFile
  std::string sha256 = {};                 // kLargeFile
  std::optional<std::uint64_t> size = {};  // kLargeFile, when given
  std::string source = {};                 // kCopy: path; kFile: former path
  std::string source_revision = {};        // kCopy: empty for the branch itself
};

struct CommitLimits {
  std::uint64_t regular_file = 10 * 1024 * 1024;  // bytes of one
  std::size_t operations = 200'000;
};

class CommitReader {
 public:
  /// Keeps the content of a regular file; returns the blob's id.
  using BlobWriter = std::function<Result<Oid>(std::string_view content)>;

  CommitReader(CommitLimits limits, BlobWriter write_blob);

  /// Errors: kUsage (not a commit), kLimit, and those of the writer. After an
  /// error the reader is done.
  Result<void> feed(std::string_view bytes);
  /// At the end of the body; the last line need not end with a newline.
  Result<void> finish();

  const CommitHeader& header() const noexcept { return header_; }

  const std::vector<CommitOperation>& operations() const noexcept {
    return operations_;
  }

  /// The content of .gitattributes when this commit brings one.
  const std::optional<std::string>& attributes() const noexcept {
    return attributes_;
  }

 private:
  Result<void> line(std::string_view text);
  Result<void> read_header(const nlohmann::json& value);
  Result<void> read_file(const nlohmann::json& value, std::string_view lifted);
  Result<bool> read_lifted(std::string_view text);
  Result<void> read_large_file(const nlohmann::json& value);
  Result<void> read_other(const std::string& key, const nlohmann::json& value);
  Result<std::string> path_of(const nlohmann::json& value, const char* key);

  CommitLimits limits_;
  BlobWriter write_blob_;
  std::string pending_;
  std::size_t max_line_;
  bool has_header_ = false;
  CommitHeader header_;
  std::vector<CommitOperation> operations_;
  std::optional<std::string> attributes_;
};

}  // namespace hug::hub
