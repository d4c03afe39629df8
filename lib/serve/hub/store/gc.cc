#include "hub/store/gc.h"

#include <chrono>
#include <map>
#include <nlohmann/json.hpp>
#include <unordered_set>

#include "base/base.h"
#include "data/data.h"
#include "hub/git/pack_merge.h"
#include "hub/git/pointer.h"
#include "hub/names.h"

namespace hug::hub {
namespace {

using Marks = std::map<std::string, std::int64_t>;  // oid -> unix seconds

constexpr std::uint64_t kMaxMarks = std::uint64_t{1} << 30;

std::string marks_path(const Store& store) {
  return store.dir() + "/gc-marks.json";
}

// A list that cannot be read is begun anew: that only delays removal.
Result<Marks> read_marks(Store& store) {
  Marks out;
  const auto text = HUG_TRY(store.fs().find_file(marks_path(store), kMaxMarks));
  if (!text) return out;
  const auto parsed =
      data::parse_json(*text, "gc-marks.json", {.bytes = kMaxMarks});
  if (!parsed || !parsed->is_object()) return out;
  for (const auto& [oid, time] : parsed->items()) {
    if (is_sha256(oid) && time.is_number_integer()) {
      out[oid] = time.get<std::int64_t>();
    }
  }
  return out;
}

Result<void> write_marks(Store& store, const Marks& marks) {
  return sys::write_file(store.fs(), marks_path(store),
                         data::dump_json(nlohmann::json(marks)),
                         {.mode = 0600});
}

template <class Duration>
std::int64_t unix_seconds(std::chrono::sys_time<Duration> t) {
  return std::chrono::floor<std::chrono::seconds>(t).time_since_epoch().count();
}

}  // namespace

// Every object of the repo is looked at, whether a ref leads to it or not:
// history, pull requests and squashed branches keep their large objects.
Result<void> add_reachable(const GitRepo& git, std::set<std::string>& out) {
  for (const Oid& oid : HUG_TRY(git.all_objects())) {
    const GitObjectHeader header = HUG_TRY(git.header(oid));
    if (header.type != ObjectType::kBlob || header.size >= kMaxPointerSize) {
      continue;
    }
    const auto pointer =
        parse_pointer(HUG_TRY(git.read(oid, ObjectType::kBlob)));
    if (pointer) out.insert(pointer->oid);
  }
  return {};
}

namespace {

// The large objects that some repo refers to. All folders count, also of repos
// whose row is missing: when in doubt an object stays.
Result<std::set<std::string>> find_reachable(Store& store,
                                             const Context& context) {
  std::set<std::string> out;
  for (const sys::DirEntry& entry :
       HUG_TRY(store.fs().list(store.dir() + "/repos"))) {
    HUG_TRY(context.parts().check_stop());
    const auto git =
        HUG_TRY(GitRepo::open(store.dir() + "/repos/" + entry.name));
    HUG_TRY(add_reachable(*git, out));
  }
  return out;
}

Result<void> sweep_objects(Store& store, const HubGcOptions& options,
                           const Context& context, HubGcReport& report) {
  // Commits wait meanwhile: what they refer to must be seen or be there.
  const ObjectStore::Hold hold =
      HUG_TRY(store.objects().hold(ObjectStore::HoldKind::kExclusive));
  const std::set<std::string> reachable =
      HUG_TRY(find_reachable(store, context));
  const Marks before = HUG_TRY(read_marks(store));
  Marks after;
  const std::int64_t now = unix_seconds(store.clock().wall());
  const std::int64_t grace = options.grace.count();
  for (const std::string& oid : HUG_TRY(store.objects().list()).oids) {
    if (reachable.contains(oid)) {
      ++report.reachable;
      continue;
    }
    const std::string path = store.objects().path(oid);
    const auto info = HUG_TRY(store.fs().find_link_info(path));
    if (!info) continue;
    const auto known = before.find(oid);
    const std::int64_t touched = unix_seconds(info->modified);
    // A mark counts only while nobody has touched the object since.
    const bool marked = known != before.end() && touched <= known->second;
    if (!marked || known->second + grace > now) {
      after[oid] = marked ? known->second : now;
      ++report.marked;
      continue;
    }
    ++report.removed;
    report.removed_bytes += info->size;
    if (options.dry_run) continue;
    HUG_TRY(store.fs().remove(path));
    HUG_TRY(store.registry().forget_object(oid));
  }
  return options.dry_run ? Result<void>() : write_marks(store, after);
}

}  // namespace

Result<HubGcReport> collect_garbage(Store& store, const HubGcOptions& options,
                                    const Context& context) {
  HubGcReport report;
  HUG_TRY(sweep_objects(store, options, context, report));
  if (options.dry_run) return report;
  report.removed_files = HUG_TRY(store.sweep());
  for (const RepoRecordPtr& record : HUG_TRY(store.registry().list({}))) {
    const OpenRepoPtr repo = HUG_TRY(store.repos().open(record->id));
    const WriteLock lock = HUG_TRY(WriteLock::take(store.fs(), repo));
    const std::size_t merged = HUG_TRY(
        merge_packs_when_many(store.fs(), repo->git->path(), store.temp(), 8));
    report.packs_merged += merged;
    if (merged > 0) store.repos().forget(record->id);
  }
  return report;
}

}  // namespace hug::hub
