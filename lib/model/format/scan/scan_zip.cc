#include <algorithm>
#include <optional>
#include <set>

#include "base/base.h"
#include "data/zip.h"
#include "format/format.h"
#include "format/scan/findings.h"
#include "format/torch/torch_state.h"

namespace hug::format {
namespace {

constexpr unsigned kDeepest = 3;

bool is_of_reading(Code code) {
  return code == Code::kNetwork || code == Code::kIo ||
         code == Code::kTimeout || code == Code::kCancelled ||
         code == Code::kConflict || code == Code::kOffline;
}

bool leads_out(std::string_view name) {
  if (name.starts_with('/') || name.find('\\') != std::string_view::npos ||
      name.find('\0') != std::string_view::npos)
    return true;
  const auto parts = base::split(name, '/');
  return std::find(parts.begin(), parts.end(), "..") != parts.end();
}

// Where data.pkl takes its storages from: raw numbers that nobody unpickles.
std::set<std::string> storage_members(const Pickle& pickle,
                                      std::string_view pickle_name) {
  std::set<std::string> out;
  const auto slash = pickle_name.rfind('/');
  const std::string folder(
      slash == std::string_view::npos ? "" : pickle_name.substr(0, slash + 1));
  for (const PickleRef ref : pickle.persistent())
    if (const auto id = read_storage_id(pickle, ref))
      out.insert(folder + "data/" + id->key);
  return out;
}

class ZipScan {
 public:
  ZipScan(const data::ZipArchive& zip, unsigned depth, Findings& out)
      : zip_(zip), depth_(depth), out_(out) {}

  Result<void> run();

 private:
  Result<ByteSourcePtr> open(const data::ZipEntry& entry);
  Result<void> scan_state(const data::ZipEntry& entry);
  Result<void> scan_member(const data::ZipEntry& entry);

  const data::ZipArchive& zip_;
  unsigned depth_;
  Findings& out_;
  std::set<std::string> storages_;
};

// Null when the member is broken, which is a finding.
Result<ByteSourcePtr> ZipScan::open(const data::ZipEntry& entry) {
  auto source = zip_.member(entry);
  if (source) return source;
  if (is_of_reading(source.error().code())) return std::move(source).error();
  out_.dangerous("zip-member", source.error().message());
  return ByteSourcePtr();
}

Result<void> ZipScan::scan_state(const data::ZipEntry& entry) {
  const Findings::Place place(out_, entry.name);
  const auto source = HUG_TRY(open(entry));
  if (source == nullptr) return {};
  // A wrong CRC stops some readers and not others.
  auto sound = zip_.verify(entry);
  if (!sound) {
    if (is_of_reading(sound.error().code())) return std::move(sound).error();
    out_.dangerous("zip-member", sound.error().message());
  }
  const Pickle pickle = HUG_TRY(read_pickle(*source));
  storages_.merge(storage_members(pickle, entry.name));
  return scan_pickles(source, out_);
}

Result<void> ZipScan::scan_member(const data::ZipEntry& entry) {
  const Findings::Place place(out_, entry.name);
  if (entry.name.ends_with('/')) return {};
  if (base::to_lower(entry.name).ends_with(".py"))
    out_.suspicious("python-code", "Python code in an archive");
  const auto source = HUG_TRY(open(entry));
  if (source == nullptr) return {};
  std::string kind;
  return scan_content(source, depth_ + 1, kind, out_);
}

Result<void> ZipScan::run() {
  const auto is_pickle = [](const data::ZipEntry& e) {
    return e.name.ends_with(".pkl") || e.name == "data.pkl";
  };
  for (const data::ZipEntry& entry : zip_.entries()) {
    if (leads_out(entry.name))
      out_.dangerous(
          "zip-path",
          "a member whose name leads out of the folder: '" + entry.name + "'");
    if (is_pickle(entry)) HUG_TRY(scan_state(entry));
  }
  for (const data::ZipEntry& entry : zip_.entries())
    if (!is_pickle(entry) && !storages_.contains(entry.name))
      HUG_TRY(scan_member(entry));
  return {};
}

}  // namespace

Result<void> scan_zip(const ByteSourcePtr& source, unsigned depth,
                      Findings& out) {
  if (depth >= kDeepest) {
    out.suspicious("zip-depth", "archives within archives within archives");
    return {};
  }
  auto zip = data::ZipArchive::open(source);
  if (!zip) {
    if (is_of_reading(zip.error().code())) return std::move(zip).error();
    out.dangerous("zip-broken", zip.error().message());
    return {};
  }
  return ZipScan(*zip, depth, out).run();
}

}  // namespace hug::format
