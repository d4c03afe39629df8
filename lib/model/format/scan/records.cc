// Encodings without a magic number are recognised by walking all of them: a
// file that is one record after the other up to its last byte holds data.
#include <algorithm>
#include <string>
#include <vector>

#include "format/scan/findings.h"
#include "format/window.h"

namespace hug::format {
namespace {

constexpr std::uint64_t kStep = 64 << 10;
constexpr std::uint64_t kMostRecords = 20'000'000;

// Errors of content end the walk, those of reading are passed on.
Result<bool> ended(Result<void> walk) {
  if (walk) return true;
  const Code code = walk.error().code();
  if (code == Code::kCorrupt || code == Code::kLimit) return false;
  return std::move(walk).error();
}

Error no_record() {
  return Error(Code::kCorrupt, "not a record");
}

Result<std::uint64_t> varint(Window& window) {
  std::uint64_t value = 0;
  for (unsigned shift = 0; shift < 64; shift += 7) {
    const auto byte =
        std::to_integer<std::uint64_t>(HUG_TRY(window.take(1))[0]);
    value |= (byte & 0x7f) << shift;
    if (byte < 0x80) return value;
  }
  return no_record();
}

Result<void> walk_protobuf(Window& window) {
  for (std::uint64_t n = 0; window.remaining() != 0; ++n) {
    if (n == kMostRecords) return no_record();
    const std::uint64_t tag = HUG_TRY(varint(window));
    if (tag >> 3 == 0 || tag >> 3 > 10'000) return no_record();
    switch (tag & 7) {
      case 0:
        (void)HUG_TRY(varint(window));
        break;
      case 1:
        HUG_TRY(window.skip(8));
        break;
      case 2:
        HUG_TRY(window.skip(HUG_TRY(varint(window))));
        break;
      case 5:
        HUG_TRY(window.skip(4));
        break;
      default:
        return no_record();
    }
  }
  return {};
}

Result<std::uint64_t> big_endian(Window& window, unsigned bytes) {
  std::uint64_t value = 0;
  for (const std::byte b : HUG_TRY(window.take(bytes)))
    value = value * 256 + std::to_integer<std::uint64_t>(b);
  return value;
}

// Takes one value; returns how many more values it consists of.
Result<std::uint64_t> msgpack_value(Window& window) {
  const auto c = std::to_integer<unsigned>(HUG_TRY(window.take(1))[0]);
  const auto skip = [&](std::uint64_t n) -> Result<std::uint64_t> {
    HUG_TRY(window.skip(n));
    return std::uint64_t{0};
  };
  if (c < 0x80 || c >= 0xe0) return std::uint64_t{0};
  if (c < 0x90) return std::uint64_t{2} * (c & 15);
  if (c < 0xa0) return std::uint64_t{c & 15};
  if (c < 0xc0) return skip(c & 31);
  switch (c) {
    case 0xc0:
    case 0xc2:
    case 0xc3:
      return std::uint64_t{0};
    case 0xc4:
    case 0xd9:
      return skip(HUG_TRY(big_endian(window, 1)));
    case 0xc5:
    case 0xda:
      return skip(HUG_TRY(big_endian(window, 2)));
    case 0xc6:
    case 0xdb:
      return skip(HUG_TRY(big_endian(window, 4)));
    case 0xc7:
      return skip(HUG_TRY(big_endian(window, 1)) + 1);
    case 0xc8:
      return skip(HUG_TRY(big_endian(window, 2)) + 1);
    case 0xc9:
      return skip(HUG_TRY(big_endian(window, 4)) + 1);
    case 0xcc:
    case 0xd0:
      return skip(1);
    case 0xcd:
    case 0xd1:
      return skip(2);
    case 0xca:
    case 0xce:
    case 0xd2:
      return skip(4);
    case 0xcb:
    case 0xcf:
    case 0xd3:
      return skip(8);
    case 0xd4:
      return skip(2);
    case 0xd5:
      return skip(3);
    case 0xd6:
      return skip(5);
    case 0xd7:
      return skip(9);
    case 0xd8:
      return skip(17);
    case 0xdc:
      return HUG_TRY(big_endian(window, 2));
    case 0xdd:
      return HUG_TRY(big_endian(window, 4));
    case 0xde:
      return 2 * HUG_TRY(big_endian(window, 2));
    case 0xdf:
      return 2 * HUG_TRY(big_endian(window, 4));
    default:
      return no_record();
  }
}

Result<void> walk_msgpack(Window& window) {
  std::uint64_t due = 1;
  for (std::uint64_t n = 0; due != 0; ++n) {
    if (n == kMostRecords || due > window.remaining()) return no_record();
    due = due - 1 + HUG_TRY(msgpack_value(window));
  }
  return window.remaining() == 0 ? Result<void>() : no_record();
}

}  // namespace

Result<bool> is_protobuf(const ByteSource& source) {
  Window window(source, UINT64_MAX, kStep);
  return ended(walk_protobuf(window));
}

Result<bool> is_msgpack(const ByteSource& source) {
  Window window(source, UINT64_MAX, kStep);
  // Models are maps; anything else that is well formed proves nothing.
  std::byte first{};
  if (source.size() < 2) return false;
  HUG_TRY(source.read_at(0, std::span(&first, 1)));
  const auto c = std::to_integer<unsigned>(first);
  if ((c & 0xf0) != 0x80 && c != 0xde && c != 0xdf) return false;
  return ended(walk_msgpack(window));
}

Result<bool> contains(const ByteSource& source, std::string_view what,
                      std::uint64_t most) {
  constexpr std::uint64_t kPiece = 1 << 20;
  const std::uint64_t end = std::min(source.size(), most);
  std::string piece;
  for (std::uint64_t at = 0; at < end;) {
    const auto n = std::min(kPiece, end - at);
    piece.resize(static_cast<std::size_t>(n));
    HUG_TRY(source.read_at(at, std::as_writable_bytes(std::span(piece))));
    if (piece.find(what) != std::string::npos) return true;
    if (at + n == end) return false;
    at += n - std::min<std::uint64_t>(n - 1, what.size() - 1);
  }
  return false;
}

}  // namespace hug::format
