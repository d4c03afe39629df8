#include "hug/model_meta.h"

#include <algorithm>

#include "base/base.h"
#include "data/json.h"
#include "format/format.h"
#include "format/inspect/describe.h"
#include "format/meta/value_text.h"
#include "sys/context.h"
#include "sys/sys.h"

namespace hug {
namespace {

using format::Gguf;
using format::GgufMetadata;
using format::StringPairs;

// A file as it will be: a header, then the old data from `data_offset` on.
struct NewFile {
  std::vector<std::byte> header = {};
  std::uint64_t data_offset = 0;  // in the old file
};

std::vector<MetaEntry> list(const GgufMetadata& metadata) {
  std::vector<MetaEntry> out;
  for (const auto& [key, value] : metadata) {
    std::string type(format::name(format::type_of(value)));
    if (const auto* array = std::get_if<format::GgufArray>(&value))
      type += " " + std::string(format::name(format::element_type(*array)));
    out.push_back({.key = key,
                   .type = std::move(type),
                   .json = format::value_json(value, SIZE_MAX)});
  }
  return out;
}

std::vector<MetaEntry> list(const StringPairs& metadata) {
  std::vector<MetaEntry> out;
  for (const auto& [key, value] : metadata)
    out.push_back({.key = key, .type = "str", .json = data::quote_json(value)});
  return out;
}

Error missing(const std::string& key) {
  return Error(Code::kNotFound, "there is no key '" + key + "'");
}

Result<void> change(GgufMetadata& metadata, const MetaChange& c) {
  if (c.key == "general.alignment")
    return Error(Code::kUsage, "'general.alignment' says where the tensors lie")
        .hint("write the file anew with another tool");
  if (!c.value) {
    if (c.key == "general.architecture")
      return Error(Code::kUsage, "a gguf file needs 'general.architecture'");
    return metadata.erase(c.key) ? Result<void>() : missing(c.key);
  }
  if (c.key.empty()) return Error(Code::kUsage, "a key without a name");
  metadata.set(c.key, HUG_TRY_WITH(format::parse_value(*c.value, c.type,
                                                       metadata.find(c.key)),
                                   "setting '" + c.key + "'"));
  return {};
}

Result<void> change(StringPairs& metadata, const MetaChange& c) {
  const auto at =
      std::find_if(metadata.begin(), metadata.end(),
                   [&](const auto& entry) { return entry.first == c.key; });
  if (!c.value) {
    if (at == metadata.end()) return missing(c.key);
    metadata.erase(at);
    return {};
  }
  if (!c.type.empty() && c.type != "str" && c.type != "string")
    return Error(Code::kUsage, "metadata of safetensors are strings");
  if (!base::is_valid_utf8(c.key) || !base::is_valid_utf8(*c.value))
    return Error(Code::kUsage, "the text is not UTF-8");
  if (at == metadata.end())
    metadata.emplace_back(c.key, *c.value);
  else
    at->second = *c.value;
  return {};
}

Result<NewFile> plan_gguf(const ByteSource& source,
                          const std::vector<MetaChange>& changes) {
  Gguf gguf = HUG_TRY(format::read_gguf(source));
  for (const MetaChange& c : changes)
    HUG_TRY(change(gguf.metadata, c));
  auto layout =
      HUG_TRY(format::layout_gguf(gguf.metadata, gguf.tensors, gguf.version));
  return NewFile{.header = std::move(layout.header),
                 .data_offset = gguf.data_offset};
}

Result<NewFile> plan_safetensors(const ByteSource& source,
                                 const std::vector<MetaChange>& changes) {
  auto old = HUG_TRY(format::read_safetensors(source));
  for (const MetaChange& c : changes)
    HUG_TRY(change(old.metadata, c));
  std::vector<format::SafeTensorPlan> plans;
  for (format::SafeTensor& t : old.tensors)
    plans.push_back({.name = std::move(t.name),
                     .type = t.type,
                     .shape = std::move(t.shape)});
  auto layout = HUG_TRY(format::layout_safetensors(
      std::move(plans), old.metadata, format::SafetensorsOrder::kGiven));
  NewFile out{.header = std::move(layout.header),
              .data_offset = old.data_offset};
  // Blanks behind the JSON are padding: a shorter header takes the old room.
  if (out.header.size() < out.data_offset) {
    const std::uint64_t length = out.data_offset - 8;
    out.header.resize(static_cast<std::size_t>(out.data_offset),
                      std::byte{' '});
    for (unsigned i = 0; i < 8; ++i)
      out.header[i] = static_cast<std::byte>((length >> (8 * i)) & 0xff);
  }
  return out;
}

// Page by page the old and the new header differ little, but a torn write is
// still a broken file. One write of one page is what disks do at once.
bool may_write_in_place(const ByteSource& source, const NewFile& file,
                        std::uint64_t& begin, std::uint64_t& end) {
  constexpr std::uint64_t kPage = 4096;
  if (file.header.size() != file.data_offset) return false;
  std::vector<std::byte> old(file.header.size());
  if (!source.read_at(0, old)) return false;
  begin = 0;
  while (begin < old.size() && old[begin] == file.header[begin])
    ++begin;
  end = old.size();
  while (end > begin && old[end - 1] == file.header[end - 1])
    --end;
  return begin == end || begin / kPage == (end - 1) / kPage;
}

Result<void> write_anew(sys::Fs& fs, const std::string& path,
                        const ByteSource& source, const NewFile& file) {
  const auto info = HUG_TRY(fs.info(path));
  auto out =
      HUG_TRY(sys::AtomicFile::create(fs, path, {.mode = info.mode & 0777}));
  HUG_TRY(out.write(file.header));
  const auto write = [&](std::span<const std::byte> b) { return out.write(b); };
  if (file.data_offset < source.size()) {
    const auto data = HUG_TRY(slice(
        std::shared_ptr<const ByteSource>(&source, [](const ByteSource*) {}),
        file.data_offset, source.size() - file.data_offset));
    HUG_TRY(format::copy_source(*data, write));
  }
  return out.commit();
}

Result<void> write_range(sys::Fs& fs, const std::string& path,
                         std::span<const std::byte> header, std::uint64_t begin,
                         std::uint64_t end) {
  const auto out = HUG_TRY(fs.open(path, {.write = true}));
  HUG_TRY(fs.write_at(out, begin,
                      header.subspan(static_cast<std::size_t>(begin),
                                     static_cast<std::size_t>(end - begin))));
  return fs.sync(out);
}

// A link is replaced where it points to, so that it stays a link.
Result<std::string> target_of(sys::Fs& fs, std::string path) {
  for (int i = 0; i < 40; ++i) {
    const auto info = HUG_TRY(fs.link_info(path));
    if (info.kind != sys::FileKind::kSymlink) return path;
    const std::string to = HUG_TRY(fs.read_link(path));
    const auto slash = path.rfind('/');
    path = to.starts_with('/') || slash == std::string::npos
               ? to
               : path.substr(0, slash + 1) + to;
  }
  return Error(Code::kIo, "'" + path + "' is a link in a circle");
}

Error neither(const std::string& path) {
  return Error(Code::kUnsupported,
               "'" + path + "' is neither a gguf nor a safetensors file");
}

}  // namespace

Result<std::vector<MetaEntry>> read_metadata(const std::string& path) {
  const auto source = HUG_TRY(open_file(path, FileAccess::kRead));
  if (format::looks_like_gguf(*source)) {
    const auto gguf = HUG_TRY(format::read_gguf(
        *source, {.accept_big_endian = true, .require_data = false}));
    return list(gguf.metadata);
  }
  if (!format::looks_like_safetensors(*source)) return neither(path);
  return list(
      HUG_TRY(format::read_safetensors(*source, {.require_data = false}))
          .metadata);
}

Result<MetaReport> change_metadata(const Context& context,
                                   const std::string& path,
                                   const std::vector<MetaChange>& changes) {
  sys::Fs& fs = *context.parts().fs;
  const std::string target = HUG_TRY(target_of(fs, path));
  const auto source = HUG_TRY(open_file(target, FileAccess::kRead));
  const bool gguf = format::looks_like_gguf(*source);
  if (!gguf && !format::looks_like_safetensors(*source)) return neither(path);
  const NewFile file = HUG_TRY_WITH(
      gguf ? plan_gguf(*source, changes) : plan_safetensors(*source, changes),
      "changing '" + path + "'");
  MetaReport report;
  report.file_bytes = source->size() - file.data_offset + file.header.size();
  std::uint64_t begin = 0;
  std::uint64_t end = 0;
  report.in_place = may_write_in_place(*source, file, begin, end);
  if (report.in_place) {
    report.written = end - begin;
    if (begin != end) HUG_TRY(write_range(fs, target, file.header, begin, end));
    return report;
  }
  HUG_TRY(write_anew(fs, target, *source, file));
  report.written = report.file_bytes;
  return report;
}

}  // namespace hug
