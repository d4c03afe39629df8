#include "hub/git/listing.h"

#include <algorithm>

#include "hub/git/pointer.h"
#include "hub/git/tree.h"

namespace hug::hub {
namespace {

constexpr std::size_t kMaxListings = 4;       // a repo
constexpr std::size_t kMaxEntries = 500'000;  // in all of them, beyond one
constexpr std::size_t kMaxFacts = 1'000'000;
constexpr unsigned kMaxDepth = 512;
constexpr std::size_t kMaxListed = 2'000'000;  // trees can repeat themselves
// "version ...\noid sha256:<64>\nsize N\n" has 125 bytes and the digits of N;
// pointers with extension lines are longer.
constexpr std::size_t kMinPointerSize = 126;

}  // namespace

const ListedEntry* Listing::find(std::string_view path) const {
  const auto at =
      std::lower_bound(entries.begin(), entries.end(), path,
                       [](const ListedEntry& entry, std::string_view p) {
                         return entry.path < p;
                       });
  return at != entries.end() && at->path == path ? &*at : nullptr;
}

std::pair<std::size_t, std::size_t> Listing::below(
    std::string_view folder) const {
  if (folder.empty()) return {0, entries.size()};
  // Everything that starts with "folder/" lies together.
  const std::string low = std::string(folder) + "/";
  const std::string high = std::string(folder) + "0";  // '0' follows '/'
  const auto less = [](const ListedEntry& entry, const std::string& p) {
    return entry.path < p;
  };
  const auto first =
      std::lower_bound(entries.begin(), entries.end(), low, less);
  const auto last = std::lower_bound(first, entries.end(), high, less);
  return {static_cast<std::size_t>(first - entries.begin()),
          static_cast<std::size_t>(last - entries.begin())};
}

Result<ListingCache::BlobFacts> ListingCache::look(const GitRepo& repo,
                                                   const Oid& oid) {
  const auto known = facts_.find(oid);
  if (known != facts_.end()) return known->second;
  BlobFacts out;
  const GitObjectHeader header = HUG_TRY(repo.header(oid));
  out.size = header.size;
  out.blob_size = static_cast<std::uint32_t>(
      std::min<std::uint64_t>(header.size, UINT32_MAX));
  if (header.size >= kMinPointerSize && header.size < kMaxPointerSize) {
    const std::string content = HUG_TRY(repo.read(oid, ObjectType::kBlob));
    if (auto pointer = parse_pointer(content)) {
      out.size = pointer->size;
      out.sha256 = std::move(pointer->oid);
    }
  }
  if (facts_.size() >= kMaxFacts) facts_.clear();
  facts_.emplace(oid, out);
  return out;
}

Result<void> ListingCache::collect(const GitRepo& repo, const Oid& tree,
                                   const std::string& prefix, unsigned depth,
                                   std::vector<ListedEntry>& out) {
  if (depth > kMaxDepth || out.size() > kMaxListed) {
    return Error(Code::kLimit, "tree " + tree.hex() + " is too large to list");
  }
  const std::string raw = HUG_TRY(repo.read(tree, ObjectType::kTree));
  for (const TreeItem& item : HUG_TRY(parse_tree(raw))) {
    ListedEntry entry;
    entry.path = prefix + item.name;
    entry.oid = item.oid;
    if (item.is_gitlink()) continue;  // another repository's commit
    if (item.is_tree()) {
      entry.folder = true;
      const std::string below = entry.path + "/";
      out.push_back(std::move(entry));
      HUG_TRY(collect(repo, item.oid, below, depth + 1, out));
      continue;
    }
    BlobFacts facts = HUG_TRY(look(repo, item.oid));
    entry.size = facts.size;
    entry.sha256 = std::move(facts.sha256);
    entry.blob_size = facts.blob_size;
    out.push_back(std::move(entry));
  }
  return {};
}

void ListingCache::keep(ListingPtr listing) {
  const std::lock_guard lock(mutex_);
  recent_.push_front(std::move(listing));
  std::size_t entries = 0;
  std::size_t count = 0;
  for (auto it = recent_.begin(); it != recent_.end(); ++it) {
    entries += (*it)->entries.size();
    if (++count > 1 && (count > kMaxListings || entries > kMaxEntries)) {
      recent_.erase(it, recent_.end());
      return;
    }
  }
}

Result<ListingPtr> ListingCache::get(const GitRepo& repo, const Oid& tree) {
  const auto find = [&]() -> ListingPtr {
    const std::lock_guard lock(mutex_);
    for (auto it = recent_.begin(); it != recent_.end(); ++it) {
      if ((*it)->tree != tree) continue;
      recent_.splice(recent_.begin(), recent_, it);
      return recent_.front();
    }
    return nullptr;
  };
  if (ListingPtr known = find()) return known;
  const std::lock_guard build(build_mutex_);
  if (ListingPtr known = find()) return known;
  auto fresh = std::make_shared<Listing>();
  fresh->tree = tree;
  HUG_TRY(collect(repo, tree, "", 0, fresh->entries));
  std::sort(fresh->entries.begin(), fresh->entries.end(),
            [](const auto& a, const auto& b) { return a.path < b.path; });
  keep(fresh);
  return ListingPtr(fresh);
}

void ListingCache::clear() {
  const std::lock_guard build(build_mutex_);
  const std::lock_guard lock(mutex_);
  recent_.clear();
  facts_.clear();
}

}  // namespace hug::hub
