#include "format/scan/sniff.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <string>
#include <vector>

#include "base/base.h"
#include "format/format.h"

namespace hug::format {
namespace {

struct Magic {
  std::string_view bytes;
  std::size_t offset;
  Sniffed what;
};

using namespace std::string_view_literals;

constexpr auto kMagics = std::to_array<Magic>({
    {"PK\x03\x04", 0, {Content::kZip, "zip"}},
    {"PK\x05\x06", 0, {Content::kZip, "zip"}},
    {"PK\x07\x08", 0, {Content::kArchive, "zip in parts"}},
    {"GGUF", 0, {Content::kGguf, "gguf"}},
    {"\x93NUMPY", 0, {Content::kNumpy, "numpy array"}},
    {"\x89HDF\r\n\x1a\n", 0, {Content::kHdf5, "hdf5"}},
    {"7z\xbc\xaf\x27\x1c", 0, {Content::kArchive, "7z archive"}},
    {"Rar!\x1a\x07", 0, {Content::kArchive, "rar archive"}},
    {"ustar", 257, {Content::kArchive, "tar archive"}},
    {"!<arch>\n", 0, {Content::kArchive, "ar archive"}},
    {"MSCF", 0, {Content::kArchive, "cab archive"}},
    {"\x1f\x8b", 0, {Content::kCompressed, "gzip"}},
    {"BZh", 0, {Content::kCompressed, "bzip2"}},
    {"\xfd"
     "7zXZ\0"sv,
     0,
     {Content::kCompressed, "xz"}},
    {"\x5d\0\0"sv, 0, {Content::kCompressed, "lzma"}},
    {"\x28\xb5\x2f\xfd", 0, {Content::kCompressed, "zstd"}},
    {"\x04\x22\x4d\x18", 0, {Content::kCompressed, "lz4"}},
    {"ZF", 0, {Content::kCompressed, "joblib stream"}},
    {"\x7f"
     "ELF",
     0,
     {Content::kProgram, "elf program"}},
    {"MZ", 0, {Content::kProgram, "windows program"}},
    {"\xfe\xed\xfa\xce", 0, {Content::kProgram, "mach-o program"}},
    {"\xfe\xed\xfa\xcf", 0, {Content::kProgram, "mach-o program"}},
    {"\xce\xfa\xed\xfe", 0, {Content::kProgram, "mach-o program"}},
    {"\xcf\xfa\xed\xfe", 0, {Content::kProgram, "mach-o program"}},
    {"\xca\xfe\xba\xbe", 0, {Content::kProgram, "java or mach-o program"}},
    {"\0asm"sv, 0, {Content::kProgram, "webassembly program"}},
    {"\xcb\x0d\x0d\x0a", 0, {Content::kProgram, "python bytecode"}},
    {"\xa7\x0d\x0d\x0a", 0, {Content::kProgram, "python bytecode"}},
    {"\x6f\x0d\x0d\x0a", 0, {Content::kProgram, "python bytecode"}},
    {"#!", 0, {Content::kScript, "script"}},
    {"\x89PNG\r\n\x1a\n", 0, {Content::kData, "png image"}},
    {"\xff\xd8\xff", 0, {Content::kData, "jpeg image"}},
    {"GIF8", 0, {Content::kData, "gif image"}},
    {"WEBP", 8, {Content::kData, "webp image"}},
    {"WAVE", 8, {Content::kData, "wav audio"}},
    {"ID3", 0, {Content::kData, "mp3 audio"}},
    {"fLaC", 0, {Content::kData, "flac audio"}},
    {"OggS", 0, {Content::kData, "ogg audio"}},
    {"ftyp", 4, {Content::kData, "mp4 video"}},
    {"PAR1", 0, {Content::kData, "parquet table"}},
    {"ARROW1\0\0"sv, 0, {Content::kData, "arrow table"}},
    {"SQLite format 3\0"sv, 0, {Content::kData, "sqlite database"}},
    {"lmgg", 0, {Content::kUnknown, "old ggml"}},
    {"fmgg", 0, {Content::kUnknown, "old ggml"}},
    {"tjgg", 0, {Content::kUnknown, "old ggml"}},
    {"%PDF-", 0, {Content::kUnknown, "pdf document"}},
});

constexpr std::size_t kSample = 64 << 10;

// Valid UTF-8 but for a sequence cut off at the end, without control
// characters that text does not have.
bool is_text(std::string_view sample, bool cut) {
  for (const char c : sample) {
    const auto u = static_cast<unsigned char>(c);
    const bool blank = c == '\t' || c == '\n' || c == '\r' || c == '\f';
    if (u == 0x7f || (u < 0x20 && !blank)) return false;
  }
  if (base::is_valid_utf8(sample)) return true;
  for (std::size_t n = 1; cut && n < 4 && n < sample.size(); ++n)
    if (base::is_valid_utf8(sample.substr(0, sample.size() - n))) return true;
  return false;
}

}  // namespace

Result<Sniffed> sniff(const ByteSource& source) {
  if (source.size() == 0) return Sniffed{Content::kEmpty, "empty"};
  std::string sample(
      static_cast<std::size_t>(std::min<std::uint64_t>(source.size(), 512)),
      '\0');
  HUG_TRY(source.read_at(0, std::as_writable_bytes(std::span(sample))));
  // Before the magics further in, which a pickle may hold as text.
  const auto first = static_cast<unsigned char>(sample[0]);
  if (first == 0x80 && sample.size() > 1 &&
      static_cast<unsigned char>(sample[1]) <= 5)
    return Sniffed{Content::kPickle, "pickle"};
  for (const Magic& m : kMagics)
    if (sample.size() >= m.offset + m.bytes.size() &&
        std::string_view(sample).substr(m.offset, m.bytes.size()) == m.bytes)
      return m.what;
  if (looks_like_safetensors(source))
    return Sniffed{Content::kSafetensors, "safetensors"};
  if (source.size() > sample.size() && is_text(sample, true)) {
    const std::size_t old = sample.size();
    sample.resize(static_cast<std::size_t>(
        std::min<std::uint64_t>(source.size(), kSample)));
    HUG_TRY(source.read_at(
        old, std::as_writable_bytes(std::span(sample)).subspan(old)));
  }
  if (is_text(sample, source.size() > sample.size()))
    return Sniffed{Content::kText, "text"};
  // zlib has no magic worth the name; what joblib compresses begins so.
  if (first == 0x78 && sample.size() > 1 &&
      (first * 256 + static_cast<unsigned char>(sample[1])) % 31 == 0)
    return Sniffed{Content::kCompressed, "zlib"};
  return Sniffed{};
}

}  // namespace hug::format
