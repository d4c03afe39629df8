#include "data/zip.h"

#include <zlib.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <numeric>

#include "base/checked.h"
#include "base/crc32.h"
#include "data/zip_format.h"

namespace hug::data {

namespace {

constexpr std::size_t kStep = std::size_t{256} << 10;

Error corrupt(const ByteSource& source, const std::string& cause) {
  return Error(Code::kCorrupt, "'" + source.name() + "': " + cause);
}

Error corrupt(const ByteSource& source, const ZipEntry& entry,
              const std::string& cause) {
  return corrupt(source, "the member '" + entry.name + "' " + cause);
}

Result<std::vector<std::byte>> read(const ByteSource& source,
                                    std::uint64_t offset, std::uint64_t size) {
  if (offset > source.size() || size > source.size() - offset) {
    return corrupt(source, "it is not a complete zip archive");
  }
  std::vector<std::byte> out(size);
  HUG_TRY(source.read_at(offset, out));
  return out;
}

// Members lie one behind the other: a part of one that is part of another is
// how bombs are made.
Result<void> check_overlaps(const ByteSource& source,
                            const std::vector<ZipEntry>& entries,
                            std::uint64_t directory) {
  std::vector<std::size_t> order(entries.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
    return entries[a].header_offset < entries[b].header_offset;
  });
  std::uint64_t end = 0;
  for (const std::size_t i : order) {
    const ZipEntry& e = entries[i];
    if (e.header_offset < end) return corrupt(source, e, "overlaps another");
    const auto least = base::checked_add(
        e.header_offset + zip::kLocalSize + e.name.size(), e.packed_size);
    if (!least || *least > directory) {
      return corrupt(source, e, "does not lie within the archive");
    }
    end = *least;
  }
  return {};
}

Result<void> check_limits(const ByteSource& source, const ZipEntry& entry,
                          const ZipLimits& limits) {
  if (entry.method == 0) {
    if (entry.size == entry.packed_size) return {};
    return corrupt(source, entry, "is stored with two different sizes");
  }
  if (entry.method != 8) {
    return Error(Code::kUnsupported, "'" + source.name() + "': the member '" +
                                         entry.name + "' is packed by method " +
                                         std::to_string(entry.method));
  }
  const auto most = base::checked_mul(entry.packed_size, limits.ratio);
  if (entry.size > limits.inflated_bytes ||
      (most && entry.size > std::max(*most, std::uint64_t{1024}))) {
    return Error(Code::kLimit, "'" + source.name() + "': the member '" +
                                   entry.name + "' would grow to " +
                                   std::to_string(entry.size) + " bytes");
  }
  return {};
}

// zlib's stream, ended whatever happens.
class Inflater {
 public:
  Inflater() { ok_ = inflateInit2(&stream_, -MAX_WBITS) == Z_OK; }

  Inflater(const Inflater&) = delete;
  Inflater& operator=(const Inflater&) = delete;

  ~Inflater() { inflateEnd(&stream_); }

  bool ok() const { return ok_; }

  z_stream& stream() { return stream_; }

 private:
  z_stream stream_ = {};
  bool ok_ = false;
};

Bytef* zlib_bytes(const std::byte* p) {
  // zlib does not write through next_in; its type predates const.
  return reinterpret_cast<Bytef*>(const_cast<std::byte*>(p));
}

// Fills `out` from exactly the packed bytes; false when they are not a deflate
// stream of that size.
Result<bool> inflate_all(const ByteSource& packed, std::span<std::byte> out) {
  Inflater inflater;
  if (!inflater.ok()) return false;
  z_stream& z = inflater.stream();
  std::vector<std::byte> in(kStep);
  std::uint64_t at = 0;
  std::size_t done = 0;
  int state = Z_OK;
  std::byte spare{};
  while (state != Z_STREAM_END) {
    if (z.avail_in == 0 && at < packed.size()) {
      const std::uint64_t n =
          std::min<std::uint64_t>(kStep, packed.size() - at);
      HUG_TRY(packed.read_at(at, std::span(in).first(n)));
      at += n;
      z.next_in = zlib_bytes(in.data());
      z.avail_in = static_cast<uInt>(n);
    }
    // One byte more than expected shows a stream that goes on.
    const std::size_t room = std::min(out.size() - done, kStep);
    z.next_out = zlib_bytes(room == 0 ? &spare : out.data() + done);
    z.avail_out = room == 0 ? 1U : static_cast<uInt>(room);
    const uInt before = z.avail_out;
    state = inflate(&z, Z_NO_FLUSH);
    const std::size_t made = before - z.avail_out;
    if (room == 0 && made != 0) return false;
    done += room == 0 ? 0 : made;
    if (state != Z_OK && state != Z_STREAM_END) return false;
    const bool stuck = made == 0 && z.avail_in == 0 && at == packed.size();
    if (state == Z_OK && stuck) return false;
  }
  return done == out.size() && z.avail_in == 0 && at == packed.size();
}

}  // namespace

Result<ZipArchive> ZipArchive::open(ByteSourcePtr source, ZipLimits limits) {
  const zip::End end = HUG_TRY(zip::find_end(*source));
  if (end.entries > limits.entries ||
      end.directory_size > limits.directory_bytes) {
    return Error(Code::kLimit, "'" + source->name() + "' has " +
                                   std::to_string(end.entries) + " members");
  }
  const std::vector<std::byte> directory =
      HUG_TRY(data::read(*source, end.directory_offset, end.directory_size));
  ZipArchive out;
  out.entries_ =
      HUG_TRY(zip::parse_directory(directory, end.entries, source->name()));
  for (const ZipEntry& entry : out.entries_) {
    HUG_TRY(check_limits(*source, entry, limits));
  }
  HUG_TRY(check_overlaps(*source, out.entries_, end.directory_offset));
  out.by_name_.resize(out.entries_.size());
  std::iota(out.by_name_.begin(), out.by_name_.end(), std::size_t{0});
  const auto& e = out.entries_;
  std::sort(
      out.by_name_.begin(), out.by_name_.end(),
      [&](std::size_t a, std::size_t b) { return e[a].name < e[b].name; });
  for (std::size_t i = 1; i < e.size(); ++i) {
    if (e[out.by_name_[i]].name == e[out.by_name_[i - 1]].name) {
      return corrupt(*source, e[out.by_name_[i]], "appears twice");
    }
  }
  out.source_ = std::move(source);
  out.limits_ = limits;
  return out;
}

const ZipEntry* ZipArchive::find(std::string_view name) const {
  const auto at = std::lower_bound(
      by_name_.begin(), by_name_.end(), name,
      [&](std::size_t i, std::string_view n) { return entries_[i].name < n; });
  if (at == by_name_.end() || entries_[*at].name != name) return nullptr;
  return &entries_[*at];
}

Result<std::uint64_t> ZipArchive::data_offset(const ZipEntry& entry) const {
  const std::vector<std::byte> head =
      HUG_TRY(data::read(*source_, entry.header_offset, zip::kLocalSize));
  const auto local = zip::parse_local(head);
  if (!local) return corrupt(*source_, entry, "has no local header");
  const std::uint64_t names =
      std::uint64_t{local->name_size} + local->extra_size;
  const std::vector<std::byte> more = HUG_TRY(
      data::read(*source_, entry.header_offset + zip::kLocalSize, names));
  if (!zip::agrees(*local, more, entry)) {
    return corrupt(*source_, entry,
                   "has a local header that disagrees with the directory");
  }
  const std::uint64_t at = entry.header_offset + zip::kLocalSize + names;
  if (at > source_->size() || entry.packed_size > source_->size() - at) {
    return corrupt(*source_, entry, "is cut off");
  }
  return at;
}

Result<ByteSourcePtr> ZipArchive::member(const ZipEntry& entry) const {
  const std::uint64_t at = HUG_TRY(data_offset(entry));
  ByteSourcePtr packed = HUG_TRY(slice(source_, at, entry.packed_size));
  if (entry.method == 0) return packed;
  const std::string text = HUG_TRY(read(entry, limits_.inflated_bytes));
  return copy_bytes(std::as_bytes(std::span(text)),
                    source_->name() + ":" + entry.name);
}

Result<std::string> ZipArchive::read(const ZipEntry& entry,
                                     std::uint64_t most) const {
  if (entry.size > most) {
    return Error(Code::kLimit, "'" + source_->name() + "': the member '" +
                                   entry.name + "' has " +
                                   std::to_string(entry.size) + " bytes");
  }
  const std::uint64_t at = HUG_TRY(data_offset(entry));
  const ByteSourcePtr packed = HUG_TRY(slice(source_, at, entry.packed_size));
  std::string out(entry.size, '\0');
  const auto bytes = std::as_writable_bytes(std::span(out));
  if (entry.method == 0) {
    HUG_TRY(packed->read_at(0, bytes));
  } else if (!HUG_TRY(inflate_all(*packed, bytes))) {
    return corrupt(*source_, entry, "cannot be unpacked");
  }
  if (base::crc32(bytes) != entry.crc) {
    return corrupt(*source_, entry, "does not have its CRC");
  }
  return out;
}

Result<void> ZipArchive::verify(const ZipEntry& entry) const {
  if (entry.method != 0) {
    (void)HUG_TRY(read(entry, limits_.inflated_bytes));
    return {};
  }
  const ByteSourcePtr bytes = HUG_TRY(member(entry));
  std::vector<std::byte> buffer(kStep);
  std::uint32_t crc = 0;
  for (std::uint64_t at = 0; at < bytes->size();) {
    const auto part = std::span(buffer).first(
        std::min<std::uint64_t>(kStep, bytes->size() - at));
    HUG_TRY(bytes->read_at(at, part));
    crc = base::crc32(part, crc);
    at += part.size();
  }
  if (crc == entry.crc) return {};
  return corrupt(*source_, entry, "does not have its CRC");
}

}  // namespace hug::data
