#include "data/zip_format.h"

#include <algorithm>
#include <cstring>
#include <string_view>

#include "base/checked.h"

namespace hug::data::zip {

namespace {

using Bytes = std::span<const std::byte>;

constexpr std::uint32_t kAll32 = 0xFFFFFFFF;
constexpr std::uint16_t kAll16 = 0xFFFF;
constexpr std::uint16_t kEncrypted = 1;
constexpr std::uint16_t kDescriptor = 8;

template <class T>
T get(Bytes bytes, std::size_t at) {
  T value = 0;
  for (std::size_t i = 0; i < sizeof(T); ++i) {
    value = static_cast<T>(
        value | static_cast<T>(std::to_integer<T>(bytes[at + i]) << (8 * i)));
  }
  return value;
}

std::uint16_t u16(Bytes b, std::size_t at) {
  return get<std::uint16_t>(b, at);
}

std::uint32_t u32(Bytes b, std::size_t at) {
  return get<std::uint32_t>(b, at);
}

std::uint64_t u64(Bytes b, std::size_t at) {
  return get<std::uint64_t>(b, at);
}

bool has_mark(Bytes b, std::size_t at, std::uint32_t mark) {
  return b.size() - at >= 4 && u32(b, at) == mark;
}

Error corrupt(const std::string& archive, const std::string& cause) {
  return Error(Code::kCorrupt, "'" + archive + "': " + cause);
}

// The zip64 extra field (id 1), or nothing.
Bytes find_extra64(Bytes extra) {
  while (extra.size() >= 4) {
    const std::size_t size = u16(extra, 2);
    if (size > extra.size() - 4) return {};
    if (u16(extra, 0) == 1) return extra.subspan(4, size);
    extra = extra.subspan(4 + size);
  }
  return {};
}

// Takes the next 64-bit value if the 32-bit one says that it is there.
bool widen(std::uint64_t& value, Bytes& extra) {
  if (value != kAll32) return true;
  if (extra.size() < 8) return false;
  value = u64(extra, 0);
  extra = extra.subspan(8);
  return true;
}

// The end record's place in the archive's last bytes: one whose comment
// reaches exactly to the end.
std::optional<std::size_t> end_record(Bytes tail) {
  for (std::size_t i = tail.size() - kEndSize + 1; i-- > 0;) {
    if (has_mark(tail, i, 0x06054B50) &&
        i + kEndSize + u16(tail, i + 20) == tail.size()) {
      return i;
    }
  }
  return std::nullopt;
}

Result<End> read_end64(const ByteSource& source, Bytes locator) {
  std::vector<std::byte> record(kEnd64Size);
  const std::uint64_t at = u64(locator, 8);
  HUG_TRY(source.read_at(at, record));
  if (!has_mark(record, 0, 0x06064B50) || u32(locator, 16) != 1 ||
      u32(record, 16) != 0 || u32(record, 20) != 0 ||
      u64(record, 24) != u64(record, 32)) {
    return corrupt(source.name(), "its zip64 directory is damaged");
  }
  return End{u64(record, 32), u64(record, 40), u64(record, 48)};
}

}  // namespace

Result<End> find_end(const ByteSource& source) {
  if (source.size() < kEndSize) {
    return corrupt(source.name(), "it is not a zip archive");
  }
  const std::uint64_t n =
      std::min<std::uint64_t>(source.size(), kEndSize + kAll16 + kLocatorSize);
  std::vector<std::byte> tail(n);
  HUG_TRY(source.read_at(source.size() - n, tail));
  const auto at = end_record(tail);
  if (!at) return corrupt(source.name(), "it is not a complete zip archive");
  const Bytes record = Bytes(tail).subspan(*at);
  End out{u16(record, 10), u32(record, 12), u32(record, 16)};
  if (*at >= kLocatorSize && has_mark(tail, *at - kLocatorSize, 0x07064B50)) {
    out = HUG_TRY(read_end64(source, Bytes(tail).subspan(*at - kLocatorSize)));
  } else if (u16(record, 4) != 0 || u16(record, 6) != 0 ||
             u16(record, 8) != u16(record, 10)) {
    return Error(Code::kUnsupported,
                 "'" + source.name() + "' is split over several files");
  }
  const auto end = base::checked_add(out.directory_offset, out.directory_size);
  if (!end || *end > source.size() ||
      out.entries > out.directory_size / kEntrySize) {
    return corrupt(source.name(), "its directory does not lie within it");
  }
  return out;
}

namespace {

Result<ZipEntry> parse_entry(Bytes head, Bytes name, Bytes extra,
                             const std::string& archive) {
  ZipEntry out;
  out.name.assign(reinterpret_cast<const char*>(name.data()), name.size());
  if ((u16(head, 8) & kEncrypted) != 0) {
    return Error(Code::kUnsupported, "'" + archive + "': the member '" +
                                         out.name + "' is encrypted");
  }
  out.method = u16(head, 10);
  out.crc = u32(head, 16);
  out.packed_size = u32(head, 20);
  out.size = u32(head, 24);
  out.header_offset = u32(head, 42);
  Bytes wide = find_extra64(extra);
  if (!widen(out.size, wide) || !widen(out.packed_size, wide) ||
      !widen(out.header_offset, wide)) {
    return corrupt(archive, "its zip64 sizes are damaged");
  }
  if (u16(head, 34) != 0 && u16(head, 34) != kAll16) {
    return Error(Code::kUnsupported,
                 "'" + archive + "' is split over several files");
  }
  if (out.name.find('\0') != std::string::npos) {
    return corrupt(archive, "the name of a member has a NUL");
  }
  if (out.header_offset > UINT64_MAX / 2 || out.packed_size > UINT64_MAX / 2) {
    return corrupt(archive, "the member '" + out.name + "' lies outside");
  }
  return out;
}

}  // namespace

Result<std::vector<ZipEntry>> parse_directory(Bytes bytes,
                                              std::uint64_t entries,
                                              const std::string& archive) {
  std::vector<ZipEntry> out;
  out.reserve(entries);
  for (std::uint64_t i = 0; i < entries; ++i) {
    if (bytes.size() < kEntrySize || !has_mark(bytes, 0, 0x02014B50)) {
      return corrupt(archive, "its directory is damaged");
    }
    const std::size_t name = u16(bytes, 28);
    const std::size_t extra = u16(bytes, 30);
    const std::size_t all = kEntrySize + name + extra + u16(bytes, 32);
    if (all > bytes.size()) return corrupt(archive, "its directory is cut off");
    out.push_back(HUG_TRY(
        parse_entry(bytes.first(kEntrySize), bytes.subspan(kEntrySize, name),
                    bytes.subspan(kEntrySize + name, extra), archive)));
    bytes = bytes.subspan(all);
  }
  return out;
}

std::optional<Local> parse_local(Bytes b) {
  if (b.size() < kLocalSize || !has_mark(b, 0, 0x04034B50)) {
    return std::nullopt;
  }
  return Local{u16(b, 6),  u16(b, 8),  u32(b, 14), u32(b, 18),
               u32(b, 22), u16(b, 26), u16(b, 28)};
}

bool agrees(const Local& local, Bytes name_and_extra, const ZipEntry& entry) {
  const Bytes name = name_and_extra.first(local.name_size);
  const std::string_view text(reinterpret_cast<const char*>(name.data()),
                              name.size());
  if (text != entry.name || local.method != entry.method) return false;
  if ((local.flags & kEncrypted) != 0) return false;
  if ((local.flags & kDescriptor) != 0 && local.crc == 0) return true;
  std::uint64_t size = local.size;
  std::uint64_t packed = local.packed_size;
  Bytes wide = find_extra64(name_and_extra.subspan(local.name_size));
  if (!widen(size, wide) || !widen(packed, wide)) return false;
  return local.crc == entry.crc && size == entry.size &&
         packed == entry.packed_size;
}

}  // namespace hug::data::zip
