// gguf files in several parts: PREFIX-00001-of-00003.gguf. Each part is a
// complete file; the first one carries the metadata, the others only
// split.no, split.count and split.tensors.count.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "format/gguf.h"

namespace hug::format {

struct SplitName {
  std::string prefix = {};   // with its folders
  std::uint32_t number = 0;  // from 0
  std::uint32_t count = 0;
};

/// Nothing when the name is not that of a part, or its numbers make no sense.
std::optional<SplitName> parse_split_name(std::string_view path);
/// `number` counts from 0, the name from 1.
std::string split_name(std::string_view prefix, std::uint32_t number,
                       std::uint32_t count);

/// Opens a file by name. For a path the names of the parts are paths too.
using OpenByName =
    std::function<Result<ByteSourcePtr>(const std::string& name)>;

struct GgufPart {
  std::string name = {};
  ByteSourcePtr source = {};
  Gguf gguf = {};
};

struct GgufTensorPlace {
  std::size_t part = 0;
  std::size_t tensor = 0;
};

/// A model in one file or several.
struct GgufModel {
  std::vector<GgufPart> parts = {};  // in order, never empty

  const Gguf& first() const noexcept { return parts.front().gguf; }

  const GgufMetadata& metadata() const noexcept { return first().metadata; }

  /// In file order, over all parts.
  std::vector<GgufTensorPlace> places() const;

  const GgufTensor& tensor(GgufTensorPlace place) const noexcept {
    return parts[place.part].gguf.tensors[place.tensor];
  }

  std::optional<GgufTensorPlace> find(std::string_view name) const noexcept;
  Result<ByteSourcePtr> data(GgufTensorPlace place) const;
  std::uint64_t file_bytes() const noexcept;
};

/// Reads a single file, or all parts when `name` is the first of several.
/// Errors: kUsage for any other part; kCorrupt when the parts disagree or a
/// tensor name occurs twice; kNotFound for a missing part; as read_gguf.
Result<GgufModel> open_gguf(const std::string& name, const OpenByName& open,
                            const GgufReadOptions& options = {});
/// A path in the file system.
Result<GgufModel> open_gguf_file(const std::string& path,
                                 const GgufReadOptions& options = {});

struct SplitOptions {
  std::uint64_t max_tensors = 0;  // a part; 0 is no bound
  std::uint64_t max_bytes = 0;    // of the tensors of a part; 0 is no bound
  bool tensors_in_first = true;   // else the first part is metadata only
};

/// What goes into one part.
struct SplitPart {
  GgufMetadata metadata = {};
  std::vector<GgufTensor> tensors = {};
};

/// Deals the tensors out in their order, as the reference tool does. Drops
/// former split.* keys. Errors: as layout_gguf; kLimit for more than 65535
/// parts.
Result<std::vector<SplitPart>> plan_split(const GgufMetadata& metadata,
                                          std::vector<GgufTensor> tensors,
                                          const SplitOptions& options);
/// Metadata and tensors of a merged file (split.count becomes 0).
SplitPart plan_merge(const GgufModel& model);

}  // namespace hug::format
