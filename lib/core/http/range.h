// Byte ranges: what a client asks for, what a server answers, and whether the
// two are the same.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "http/headers.h"
#include "hug/result.h"

namespace hug::http {

/// Bytes [offset, offset + size). An open end is given by size 0 in
/// format_range.
struct ByteRange {
  std::uint64_t offset = 0;
  std::uint64_t size = 0;

  bool operator==(const ByteRange&) const = default;
};

/// "bytes=0-9"; "bytes=10-" when the size is 0.
std::string format_range(const ByteRange& range);

enum class RangeKind { kWhole, kPart, kUnsatisfiable };

struct RequestedRange {
  RangeKind kind = RangeKind::kWhole;
  ByteRange range = {};  // for kWhole all of it
};

/// A Range field against a resource of `total` bytes. Several ranges, other
/// units and syntax errors mean the whole resource (RFC 9110, 14.2).
RequestedRange parse_range(std::string_view value, std::uint64_t total);

/// What the answer to a ranged GET delivers.
struct RangeReply {
  bool whole = false;  // the server ignored the range: bytes start at 0
  std::uint64_t offset = 0;
  std::optional<std::uint64_t> size;   // bytes that this body has, if known
  std::optional<std::uint64_t> total;  // bytes of the whole resource, if known
};

/// Checks status and fields of an answer against the range that was asked
/// for. 206 must carry a Content-Range equal to the request and no coding;
/// 200 is the whole resource. Errors: kCorrupt for anything else that claims
/// success (wrong range, multipart/byteranges, missing field); kUnsupported
/// for other statuses.
Result<RangeReply> check_range_reply(int status, const Headers& headers,
                                     const ByteRange& asked);

}  // namespace hug::http
