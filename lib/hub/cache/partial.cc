#include "cache/partial.h"

#include <algorithm>
#include <vector>

#include "base/hex.h"
#include "sys/random_source.h"

namespace hug::cache {

namespace {

struct Found {
  std::string id;
  std::uint64_t done = 0;
};

std::vector<std::string> partial_ids(sys::Fs& fs, const PartialPlace& place) {
  const sys::At any = place.data("");
  const auto entries = fs.list(any.parent());
  if (!entries) return {};
  const auto slash = place.data_prefix.rfind('/');
  const std::string base =
      (slash == std::string::npos ? place.data_prefix
                                  : place.data_prefix.substr(slash + 1)) +
      ".";
  std::vector<std::string> out;
  for (const sys::DirEntry& entry : *entries) {
    if (entry.kind != sys::FileKind::kFile) continue;
    std::string_view name = entry.name;
    if (!name.starts_with(base) || !name.ends_with(kPartialSuffix)) continue;
    name.remove_prefix(base.size());
    // A name without an id in between is an older client's.
    if (name.size() < kPartialSuffix.size()) continue;
    name.remove_suffix(kPartialSuffix.size());
    if (base::is_lower_hex(name, 8)) out.emplace_back(name);
  }
  return out;
}

// Those that may be taken over, the fullest first.
std::vector<Found> find_partials(sys::Fs& fs, const PartialPlace& place,
                                 const sys::PartOptions& options) {
  std::vector<Found> out;
  for (std::string& id : partial_ids(fs, place)) {
    const auto status =
        sys::PartFile::peek(fs, place.data(id), place.journal(id), options);
    if (status && !status->busy && status->done > 0) {
      out.push_back({std::move(id), status->done});
    }
  }
  std::sort(out.begin(), out.end(),
            [](const Found& a, const Found& b) { return a.done > b.done; });
  return out;
}

// Journals of partial files that somebody removed (the Python client's prune
// does not know of them).
void drop_orphans(sys::Fs& fs, const PartialPlace& place) {
  const sys::At any = place.journal("");
  const auto entries = fs.list(any.parent());
  if (!entries) return;
  const auto slash = place.journal_prefix.rfind('/');
  const std::string base =
      (slash == std::string::npos ? place.journal_prefix
                                  : place.journal_prefix.substr(slash + 1)) +
      ".";
  for (const sys::DirEntry& entry : *entries) {
    std::string_view name = entry.name;
    if (!name.starts_with(base) || !name.ends_with(kJournalSuffix)) continue;
    name.remove_prefix(base.size());
    if (name.size() < kJournalSuffix.size()) continue;
    name.remove_suffix(kJournalSuffix.size());
    const auto data = fs.find_link_info(place.data(name));
    if (!data || *data || sys::is_being_written(fs, place.journal(name))) {
      continue;
    }
    (void)fs.remove_if_present(place.journal(name));
  }
}

}  // namespace

sys::At PartialPlace::data(std::string_view id) const {
  return *data_dir /
         (data_prefix + "." + std::string(id) + std::string(kPartialSuffix));
}

sys::At PartialPlace::journal(std::string_view id) const {
  return *journal_dir /
         (journal_prefix + "." + std::string(id) + std::string(kJournalSuffix));
}

std::uint64_t resumable_bytes(sys::Fs& fs, const PartialPlace& place,
                              const sys::PartOptions& options) {
  const std::vector<Found> found = find_partials(fs, place, options);
  return found.empty() ? 0 : found.front().done;
}

Result<sys::PartFile> open_partial(sys::Fs& fs, const PartialPlace& place,
                                   const sys::PartOptions& options) {
  drop_orphans(fs, place);
  const std::string own = sys::random_hex(8);
  for (const Found& old : find_partials(fs, place, options)) {
    // Of several that try, one succeeds in renaming.
    if (!fs.rename(place.data(old.id), place.data(own))) continue;
    (void)fs.rename(place.journal(old.id), place.journal(own));
    break;
  }
  auto part =
      sys::PartFile::open(fs, place.data(own), place.journal(own), options);
  if (part || (part.error().code() != Code::kNotFound &&
               part.error().code() != Code::kBusy)) {
    return part;
  }
  // Where locks exclude nobody another process may take over the same file
  // before this one has signed it. A new file is left alone by all others.
  const std::string fresh = sys::random_hex(8);
  return sys::PartFile::open(fs, place.data(fresh), place.journal(fresh),
                             options);
}

}  // namespace hug::cache
