#include "hub/git/pack_merge.h"

#include <algorithm>
#include <set>

#include "base/base.h"

namespace hug::hub {
namespace {

constexpr std::uint64_t kSmallPack = std::uint64_t{16} << 20;
constexpr std::uint64_t kMaxIndex = std::uint64_t{1} << 30;
constexpr std::uint64_t kMaxList = std::uint64_t{1} << 20;
constexpr const char* kMergedList = "/hub-merged-packs";

std::uint64_t get32(std::string_view bytes, std::size_t at) {
  std::uint64_t out = 0;
  for (std::size_t i = 0; i < 4; ++i) {
    out = out << 8 | static_cast<unsigned char>(bytes[at + i]);
  }
  return out;
}

bool is_delta(char first) {
  const unsigned type = (static_cast<unsigned char>(first) >> 4) & 7;
  return type == 6 || type == 7;
}

struct Candidate {
  std::string name;  // without ending
  std::string bytes;
  std::vector<PackEntry> entries;
};

// The pack in memory, or nothing when it cannot be copied entry by entry.
Result<std::optional<Candidate>> load(sys::Fs& fs, const std::string& folder,
                                      const std::string& name) {
  Candidate out;
  out.name = name;
  out.bytes = HUG_TRY(fs.read_file(folder + "/" + name + ".pack", kSmallPack));
  out.entries = HUG_TRY(read_pack_index(fs, folder + "/" + name + ".idx"));
  const std::uint64_t end = out.bytes.size() < 32 ? 0 : out.bytes.size() - 20;
  for (const PackEntry& entry : out.entries) {
    if (entry.offset < 12 || entry.offset >= end ||
        is_delta(out.bytes[entry.offset])) {
      return std::optional<Candidate>();
    }
  }
  return std::optional<Candidate>(std::move(out));
}

Result<void> copy_entries(const Candidate& from, PackWriter& to) {
  const std::string_view bytes = from.bytes;
  for (std::size_t i = 0; i < from.entries.size(); ++i) {
    const std::uint64_t start = from.entries[i].offset;
    const std::uint64_t end = i + 1 < from.entries.size()
                                  ? from.entries[i + 1].offset
                                  : bytes.size() - 20;
    HUG_TRY(to.add_raw(from.entries[i].oid, bytes.substr(start, end - start)));
  }
  return {};
}

// The packs an earlier merge has replaced are read by nobody any more.
Result<void> remove_merged(sys::Fs& fs, const std::string& git_dir,
                           const std::string& folder) {
  const auto list = HUG_TRY(fs.find_file(git_dir + kMergedList, kMaxList));
  if (!list) return {};
  for (const std::string_view name : base::split(*list, '\n')) {
    if (!name.starts_with("pack-") || !base::is_lower_hex(name.substr(5), 40)) {
      continue;
    }
    const std::string path = folder + "/" + std::string(name);
    // Without its index a pack is not looked at.
    (void)HUG_TRY(fs.remove_if_present(path + ".idx"));
    (void)HUG_TRY(fs.remove_if_present(path + ".pack"));
  }
  (void)HUG_TRY(fs.remove_if_present(git_dir + kMergedList));
  return {};
}

Result<std::vector<std::string>> small_packs(sys::Fs& fs,
                                             const std::string& folder) {
  std::vector<std::string> out;
  for (const sys::DirEntry& entry : HUG_TRY(fs.list(folder))) {
    if (!entry.name.ends_with(".idx")) continue;
    const std::string name = entry.name.substr(0, entry.name.size() - 4);
    const auto info = HUG_TRY(fs.find_info(folder + "/" + name + ".pack"));
    const bool kept = fs.exists(folder + "/" + name + ".keep");
    if (info && info->size <= kSmallPack && !kept) out.push_back(name);
  }
  return out;
}

}  // namespace

Result<std::vector<PackEntry>> read_pack_index(sys::Fs& fs,
                                               const std::string& path) {
  const std::string bytes = HUG_TRY(fs.read_file(path, kMaxIndex));
  const auto bad = [&] {
    return Error(Code::kCorrupt, "pack index '" + path + "' is malformed");
  };
  constexpr std::size_t kHead = 8 + 1024;
  if (bytes.size() < kHead + 40 || bytes.substr(0, 4) != "\377tOc" ||
      get32(bytes, 4) != 2) {
    return bad();
  }
  const std::size_t count = get32(bytes, kHead - 4);
  if (count > (bytes.size() - kHead - 40) / 28) return bad();
  const std::size_t crcs = kHead + count * 20;
  const std::size_t offsets = crcs + count * 4;
  const std::size_t wide = offsets + count * 4;
  const std::size_t wide_count = (bytes.size() - 40 - wide) / 8;
  std::vector<PackEntry> out(count);
  for (std::size_t i = 0; i < count; ++i) {
    std::memcpy(out[i].oid.bytes.data(), bytes.data() + kHead + i * 20, 20);
    out[i].crc = static_cast<std::uint32_t>(get32(bytes, crcs + i * 4));
    out[i].offset = get32(bytes, offsets + i * 4);
    if ((out[i].offset & 0x80000000U) == 0) continue;
    const std::uint64_t row = out[i].offset & 0x7fffffffU;
    if (row >= wide_count) return bad();
    out[i].offset =
        get32(bytes, wide + row * 8) << 32 | get32(bytes, wide + row * 8 + 4);
  }
  std::sort(out.begin(), out.end(),
            [](const auto& a, const auto& b) { return a.offset < b.offset; });
  return out;
}

Result<std::size_t> merge_packs_when_many(sys::Fs& fs,
                                          const std::string& git_dir,
                                          const std::string& temp,
                                          std::size_t many) {
  const std::string folder = git_dir + "/objects/pack";
  if (HUG_TRY(small_packs(fs, folder)).size() < many) return std::size_t{0};
  HUG_TRY(remove_merged(fs, git_dir, folder));
  const std::vector<std::string> names = HUG_TRY(small_packs(fs, folder));
  if (names.size() < many) return std::size_t{0};
  PackWriter merged = HUG_TRY(PackWriter::create(fs, temp));
  std::string list;
  std::size_t count = 0;
  for (const std::string& name : names) {
    const auto pack = HUG_TRY(load(fs, folder, name));
    if (!pack) continue;
    HUG_TRY(copy_entries(*pack, merged));
    list += name + "\n";
    ++count;
  }
  if (count < 2) return std::size_t{0};
  (void)HUG_TRY(merged.publish(folder));
  HUG_TRY(sys::write_file(fs, git_dir + kMergedList, list, {.mode = 0600}));
  return count;
}

}  // namespace hug::hub
