#include "hub/git/pack_writer.h"

#include <zlib.h>

#include <algorithm>
#include <array>
#include <bit>
#include <utility>

#include "base/base.h"

namespace hug::hub {
namespace {

constexpr std::size_t kFlushAt = std::size_t{1} << 20;
constexpr std::size_t kSample = 1024;

void put32(std::string& out, std::uint64_t value) {
  for (const int shift : {24, 16, 8, 0}) {
    out += static_cast<char>((value >> shift) & 0xff);
  }
}

void put64(std::string& out, std::uint64_t value) {
  put32(out, value >> 32);
  put32(out, value);
}

std::string entry_header(ObjectType type, std::uint64_t size) {
  std::string out;
  auto byte = (static_cast<unsigned>(type) << 4) | (size & 15);
  for (size >>= 4; size != 0; size >>= 7) {
    out += static_cast<char>(byte | 0x80);
    byte = size & 0x7f;
  }
  out += static_cast<char>(byte);
  return out;
}

// Appends a zlib stream of the content, with a window that is no larger than
// the content: for small files clearing its tables takes longer than the rest.
void deflate_into(std::string& out, std::string_view content, int level) {
  const int window =
      std::clamp(static_cast<int>(std::bit_width(content.size())), 9, 15);
  z_stream stream{};
  if (deflateInit2(&stream, level, Z_DEFLATED, window, std::min(window - 6, 8),
                   Z_DEFAULT_STRATEGY) != Z_OK) {
    throw std::bad_alloc();
  }
  const std::size_t start = out.size();
  const uLong bound = deflateBound(&stream, static_cast<uLong>(content.size()));
  out.resize(start + bound);
  std::size_t from = 0;
  int rc = Z_OK;
  // zlib counts in 32 bits.
  constexpr std::size_t kMost = std::size_t{1} << 30;
  stream.next_out = reinterpret_cast<Bytef*>(out.data() + start);
  do {
    const std::size_t n = std::min(content.size() - from, kMost);
    stream.next_in = reinterpret_cast<Bytef*>(
        const_cast<char*>(content.data() + from));  // NOLINT: only read
    stream.avail_in = static_cast<uInt>(n);
    stream.avail_out = static_cast<uInt>(std::min<std::size_t>(
        out.size() - start - stream.total_out, 2 * kMost));
    from += n;
    rc = deflate(&stream, from == content.size() ? Z_FINISH : Z_NO_FLUSH);
  } while (rc == Z_OK && from < content.size());
  const std::size_t size = stream.total_out;
  deflateEnd(&stream);
  // Within the bound this cannot fail.
  if (rc != Z_STREAM_END) throw std::bad_alloc();
  out.resize(start + size);
}

// Weights and pictures do not shrink; trying costs ten times the writing.
int level_for(std::string_view content) {
  if (content.size() <= 4 * kSample) return 1;
  std::string probe;
  const std::string_view middle =
      content.substr((content.size() - kSample) / 2, kSample);
  deflate_into(probe, middle, 1);
  return probe.size() * 10 > kSample * 9 ? 0 : 1;
}

std::uint32_t crc_of(std::string_view bytes) {
  return static_cast<std::uint32_t>(
      crc32_z(0, reinterpret_cast<const Bytef*>(bytes.data()), bytes.size()));
}

}  // namespace

Result<PackWriter> PackWriter::create(sys::Fs& fs, const std::string& temp) {
  const std::string path = temp + "/pack-" + sys::random_hex(16) + ".tmp";
  sys::File file = HUG_TRY(fs.open(
      path, {.write = true, .create = true, .exclusive = true, .mode = 0600}));
  PackWriter out(fs, std::move(file));
  // The count is written over when it is known.
  std::string head = "PACK";
  put32(head, 2);
  put32(head, 0);
  HUG_TRY(out.append(head));
  return out;
}

PackWriter::~PackWriter() {
  remove_temporary();
}

void PackWriter::remove_temporary() {
  if (file_.is_open()) (void)fs_->remove_if_present(file_.path());
}

Result<void> PackWriter::append(std::string_view bytes) {
  buffer_ += bytes;
  size_ += bytes.size();
  return buffer_.size() >= kFlushAt ? flush() : Result<void>();
}

Result<void> PackWriter::flush() {
  if (!buffer_.empty()) HUG_TRY(fs_->write_all(file_, buffer_));
  buffer_.clear();
  return {};
}

Result<Oid> PackWriter::add(ObjectType type, std::string_view content) {
  return add(object_id(type, content), type, content);
}

Result<Oid> PackWriter::add(const Oid& oid, ObjectType type,
                            std::string_view content) {
  if (seen_.contains(oid)) return oid;
  scratch_ = entry_header(type, content.size());
  deflate_into(scratch_, content, level_for(content));
  HUG_TRY(add_raw(oid, scratch_));
  return oid;
}

Result<void> PackWriter::add_raw(const Oid& oid, std::string_view entry) {
  if (!seen_.insert(oid).second) return {};
  entries_.push_back({oid, crc_of(entry), size_});
  return append(entry);
}

// Writes the count and the checksum over everything.
Result<Oid> PackWriter::seal() {
  HUG_TRY(flush());
  std::string head;
  put32(head, entries_.size());
  HUG_TRY(fs_->write_at(file_, 8, std::as_bytes(std::span(head))));
  base::Hasher hasher(base::HashKind::kSha1);
  std::vector<std::byte> block(kFlushAt);
  for (std::uint64_t at = 0; at < size_;) {
    const std::size_t got = HUG_TRY(fs_->read_at(file_, at, block));
    if (got == 0) {
      return Error(Code::kIo, "pack '" + file_.path() + "' was cut short");
    }
    hasher.update(std::span(block).first(got));
    at += got;
  }
  const Oid checksum = *Oid::parse(hasher.finish());
  HUG_TRY(
      fs_->write_at(file_, size_, std::as_bytes(std::span(checksum.bytes))));
  return checksum;
}

std::string PackWriter::index(const Oid& pack_checksum) const {
  std::vector<PackEntry> sorted = entries_;
  std::sort(sorted.begin(), sorted.end(),
            [](const auto& a, const auto& b) { return a.oid < b.oid; });
  std::array<std::uint32_t, 256> fan{};
  for (const PackEntry& entry : sorted)
    ++fan[entry.oid.bytes[0]];
  std::string out("\377tOc", 4);
  put32(out, 2);
  std::uint32_t sum = 0;
  for (const std::uint32_t n : fan)
    put32(out, sum += n);
  for (const PackEntry& entry : sorted) {
    out.append(reinterpret_cast<const char*>(entry.oid.bytes.data()), 20);
  }
  for (const PackEntry& entry : sorted)
    put32(out, entry.crc);
  std::string wide;
  for (const PackEntry& entry : sorted) {
    if (entry.offset < 0x80000000U) {
      put32(out, entry.offset);
    } else {
      put32(out, 0x80000000U | (wide.size() / 8));
      put64(wide, entry.offset);
    }
  }
  out += wide;
  out.append(reinterpret_cast<const char*>(pack_checksum.bytes.data()), 20);
  base::Hasher hasher(base::HashKind::kSha1);
  hasher.update(out);
  const Oid checksum = *Oid::parse(hasher.finish());
  out.append(reinterpret_cast<const char*>(checksum.bytes.data()), 20);
  return out;
}

Result<std::string> PackWriter::publish(const std::string& pack_dir) {
  if (entries_.empty()) {
    remove_temporary();
    file_ = sys::File();
    return std::string();
  }
  const Oid checksum = HUG_TRY(seal());
  HUG_TRY(fs_->set_mode(file_, 0444));
  HUG_TRY(fs_->sync(file_));
  const std::string name = "pack-" + checksum.hex();
  const std::string temporary = file_.path();
  // The index makes the pack visible, so the pack gets its name first.
  HUG_TRY(fs_->rename(temporary, pack_dir + "/" + name + ".pack"));
  file_ = sys::File();
  HUG_TRY(sys::write_file(*fs_, pack_dir + "/" + name + ".idx", index(checksum),
                          {.mode = 0444}));
  return name;
}

}  // namespace hug::hub
