// Where bodies go to and come from.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "http/headers.h"
#include "hug/byte_source.h"
#include "hug/result.h"

namespace hug::http {

/// Status and fields of an answer, before its body.
struct ResponseHead {
  int status = 0;
  Headers headers = {};
};

/// Takes the body of a successful (2xx) answer, in order. Both functions are
/// called on the thread that called Client::send; a slow sink slows down its
/// own transfer and no other. An error ends the transfer and is what send()
/// returns.
class BodySink {
 public:
  virtual ~BodySink() = default;

  /// Once per answer, before the first byte: the place to check status,
  /// ranges and sizes.
  virtual Result<void> begin(const ResponseHead& head) {
    (void)head;
    return {};
  }

  virtual Result<void> write(std::span<const std::byte> bytes) = 0;
};

/// Gives the body of a request. Used by one send() at a time.
class BodySource {
 public:
  virtual ~BodySource() = default;
  /// Bytes in all; nothing when unknown (sent chunked).
  virtual std::optional<std::uint64_t> size() const = 0;
  /// Fills a part of `out`; 0 at the end.
  virtual Result<std::size_t> read(std::span<std::byte> out) = 0;
  /// Back to the start, for another attempt or a redirect. Errors:
  /// kUnsupported when it cannot.
  virtual Result<void> rewind() = 0;
};

using BodySourcePtr = std::shared_ptr<BodySource>;

/// A body in memory (owned).
BodySourcePtr text_body(std::string text);
/// A part of a byte source: files, mappings, members of archives.
BodySourcePtr range_body(ByteSourcePtr source, std::uint64_t offset,
                         std::uint64_t size);
BodySourcePtr range_body(ByteSourcePtr source);
/// Several bodies one after the other.
BodySourcePtr chain_body(std::vector<BodySourcePtr> parts);

}  // namespace hug::http
