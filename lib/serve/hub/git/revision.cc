#include "hub/git/revision.h"

#include <algorithm>

#include "hub/names.h"

namespace hug::hub {
namespace {

// More slashes than this are no ref that people use.
constexpr std::size_t kMaxRefSegments = 8;

}  // namespace

Error revision_not_found(std::string_view revision) {
  return Error(Code::kNotFound,
               "Invalid rev id: " + std::string(revision.substr(0, 200)))
      .remote("RevisionNotFound");
}

Error entry_not_found(std::string_view message) {
  return Error(Code::kNotFound, std::string(message)).remote("EntryNotFound");
}

std::string branch_ref(std::string_view revision) {
  if (revision == "HEAD") return "refs/heads/main";
  if (revision.starts_with("refs/")) {
    const bool known = revision.starts_with("refs/heads/") ||
                       revision.starts_with("refs/pr/") ||
                       revision.starts_with("refs/convert/");
    return known && is_valid_ref_name(revision) ? std::string(revision)
                                                : std::string();
  }
  return is_valid_ref_name(revision) ? "refs/heads/" + std::string(revision)
                                     : std::string();
}

Result<std::optional<Oid>> find_revision(const GitRepo& repo,
                                         std::string_view revision) {
  if (revision == "HEAD") return repo.find_ref("refs/heads/main");
  if (is_commit_id(revision)) {
    const auto oid = Oid::parse(revision);
    const auto found = repo.header(*oid);
    if (found && found->type == ObjectType::kCommit) return oid;
  }
  if (!is_valid_ref_name(revision)) return std::optional<Oid>();
  if (revision.starts_with("refs/")) {
    return repo.find_ref(std::string(revision));
  }
  for (const char* prefix : {"refs/heads/", "refs/tags/"}) {
    auto found = HUG_TRY(repo.find_ref(prefix + std::string(revision)));
    if (found) return found;
  }
  return repo.find_by_prefix(revision);
}

Result<Oid> resolve_revision(const GitRepo& repo, std::string_view revision) {
  const auto found = HUG_TRY(find_revision(repo, revision));
  if (!found) return revision_not_found(revision);
  return *found;
}

Result<SplitRevision> split_revision(const GitRepo& repo,
                                     const std::vector<std::string>& segments) {
  if (segments.empty()) return revision_not_found("");
  const std::size_t most = std::min(segments.size(), kMaxRefSegments);
  // One segment is by far the usual case, and decides unless a longer name
  // exists: "refs" alone is none.
  std::string name = segments[0];
  auto first = HUG_TRY(find_revision(repo, name));
  if (first) return SplitRevision{name, *first, 1};
  for (std::size_t n = 2; n <= most; ++n) {
    name += "/" + segments[n - 1];
    const auto found = HUG_TRY(find_revision(repo, name));
    if (found) return SplitRevision{name, *found, n};
  }
  return revision_not_found(segments[0]);
}

}  // namespace hug::hub
