// What a file is, by its first bytes.
#pragma once

#include <cstdint>
#include <string_view>

#include "hug/byte_source.h"
#include "hug/result.h"

namespace hug::format {

enum class Content : std::uint8_t {
  kEmpty,
  kZip,
  kPickle,
  kGguf,
  kSafetensors,
  kNumpy,
  kHdf5,
  kData,        // a known format that holds data only
  kCompressed,  // a stream whose content is not looked at
  kArchive,     // an archive that is not looked into
  kProgram,
  kScript,
  kText,
  kUnknown,
};

struct Sniffed {
  Content content = Content::kUnknown;
  std::string_view name = "unknown";  // "zip", "elf program", "png image"
};

Result<Sniffed> sniff(const ByteSource& source);

}  // namespace hug::format
