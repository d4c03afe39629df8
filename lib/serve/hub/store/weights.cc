#include "hub/store/weights.h"

#include <bit>
#include <cstring>
#include <nlohmann/json.hpp>
#include <vector>

#include "base/base.h"
#include "data/data.h"

namespace hug::hub {
namespace {

using Json = nlohmann::json;

constexpr std::size_t kMostFiles = 2000;
constexpr std::size_t kMostHeader = std::size_t{16} << 20;
constexpr std::size_t kMostCached = 8;

// The files of the weights: those named as a model's, else the only one.
std::vector<const ListedEntry*> weight_files(const Listing& listing) {
  std::vector<const ListedEntry*> all;
  std::vector<const ListedEntry*> named;
  for (const ListedEntry& entry : listing.entries) {
    if (entry.folder || !entry.path.ends_with(".safetensors") ||
        entry.path.find('/') != entry.path.npos)
      continue;
    all.push_back(&entry);
    if (entry.path.starts_with("model")) named.push_back(&entry);
  }
  if (!named.empty()) return named;
  return all.size() == 1 ? all : std::vector<const ListedEntry*>();
}

// The header's JSON behind its length of 8 bytes; empty when it is none.
std::string header_of_object(sys::Fs& fs, const std::string& path) {
  static_assert(std::endian::native == std::endian::little);
  const auto file = fs.open(path);
  std::uint64_t size = 0;
  if (!file || fs.read_at(*file, 0, std::as_writable_bytes(std::span(&size, 1)))
                       .value_or(0) != sizeof size)
    return {};
  if (size > kMostHeader) return {};
  std::string out(static_cast<std::size_t>(size), '\0');
  const auto got =
      fs.read_at(*file, sizeof size, std::as_writable_bytes(std::span(out)));
  return got.value_or(0) == out.size() ? out : std::string();
}

std::string header_of_blob(const GitRepo& repo, const Oid& oid) {
  const auto content = repo.read(oid, ObjectType::kBlob);
  std::uint64_t size = 0;
  if (!content || content->size() < sizeof size) return {};
  std::memcpy(&size, content->data(), sizeof size);
  if (size > content->size() - sizeof size) return {};
  return content->substr(sizeof size, static_cast<std::size_t>(size));
}

std::optional<std::uint64_t> count_of(const Json& tensor) {
  const Json* shape = data::find_array(tensor, "shape");
  if (shape == nullptr) return std::nullopt;
  std::optional<std::uint64_t> out = 1;
  for (const Json& n : *shape) {
    if (!n.is_number_unsigned() || !out) return std::nullopt;
    out = base::checked_mul(*out, n.get<std::uint64_t>());
  }
  return out;
}

}  // namespace

bool add_weights(std::string_view header, WeightCounts& out) {
  const auto parsed =
      data::parse_json(header, "header", {.bytes = kMostHeader, .depth = 8});
  if (!parsed || !parsed->is_object()) return false;
  WeightCounts found;
  for (const auto& [name, tensor] : parsed->items()) {
    if (name == "__metadata__") continue;
    const auto type = data::find_string(tensor, "dtype");
    const auto count = count_of(tensor);
    if (!type || !count) return false;
    const auto sum = base::checked_add(found[*type], *count);
    if (!sum) return false;
    found[*type] = *sum;
  }
  for (const auto& [type, count] : found)
    out[type] += count;
  return true;
}

WeightCountsPtr WeightCache::get(const GitRepo& repo, sys::Fs& fs,
                                 const ObjectStore& objects,
                                 const ListingPtr& listing) {
  {
    const std::lock_guard lock(mutex_);
    for (const auto& [tree, counts] : recent_)
      if (tree == listing->tree) return counts;
  }
  auto out = std::make_shared<WeightCounts>();
  const auto files = weight_files(*listing);
  for (const ListedEntry* file : files) {
    if (files.size() > kMostFiles) break;
    const std::string header =
        file->is_lfs() ? header_of_object(fs, objects.path(file->sha256))
                       : header_of_blob(repo, file->oid);
    (void)add_weights(header, *out);
  }
  const std::lock_guard lock(mutex_);
  recent_.emplace_front(listing->tree, out);
  if (recent_.size() > kMostCached) recent_.pop_back();
  return out;
}

}  // namespace hug::hub
