// Reading and changing the metadata of gguf and safetensors files. Where the
// new header fits into the room of the old one only the header is written;
// else the file is written anew beside the old one and takes its name when it
// is complete. Either way a crash leaves the old file or the new one.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "hug/context.h"
#include "hug/export.h"
#include "hug/result.h"

namespace hug {

struct MetaEntry {
  std::string key = {};
  std::string type = {};  ///< "u32", "str", "arr str"; "str" in safetensors
  std::string json = {};  ///< all of the value as JSON
};

/// All metadata in file order. Errors: kNotFound, kCorrupt, kUnsupported
/// (neither gguf nor safetensors).
HUG_EXPORT Result<std::vector<MetaEntry>> read_metadata(
    const std::string& path);

struct MetaChange {
  std::string key = {};
  /// The new value; nothing removes the key.
  std::optional<std::string> value = {};
  /// "u32", "f32", "bool", "str" ...; "arr TYPE" takes a JSON array. Empty:
  /// the type the key has now, else guessed (bool, i32, i64, f32, str).
  std::string type = {};
};

struct MetaReport {
  bool in_place = false;      ///< only the header was written
  std::uint64_t written = 0;  ///< bytes
  std::uint64_t file_bytes = 0;
};

/// Errors: kUsage (a value that is not of its type, a key that the format
/// needs), kNotFound (a key to remove that is not there), kCorrupt, kNoSpace,
/// kIo.
HUG_EXPORT Result<MetaReport> change_metadata(
    const Context& context, const std::string& path,
    const std::vector<MetaChange>& changes);

}  // namespace hug
