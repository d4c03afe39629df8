#include "hub/api/object_rights.h"

namespace hug::hub {
namespace {

bool lists(const Listing& listing, const std::string& oid) {
  for (const ListedEntry& entry : listing.entries) {
    if (entry.sha256 == oid) return true;
  }
  return false;
}

}  // namespace

Result<bool> ObjectRights::in_repo(const std::string& oid) {
  if (!in_repo_) {
    in_repo_.emplace();
    for (const GitRef& ref : HUG_TRY(repo_.git().refs("refs/"))) {
      const ListingPtr listing = HUG_TRY(repo_.open->files_of(ref.commit));
      for (const ListedEntry& entry : listing->entries) {
        if (entry.is_lfs()) in_repo_->insert(entry.sha256);
      }
    }
  }
  return in_repo_->contains(oid);
}

Result<bool> ObjectRights::elsewhere(const std::string& oid) const {
  for (const RepoRecordPtr& record : HUG_TRY(x_.store().registry().list({}))) {
    if (record->is_private && !x_.caller.owns(record->name_space)) continue;
    const auto head = Oid::parse(record->head);
    if (!head || !x_.need_content(*record)) continue;
    const OpenRepoPtr repo = HUG_TRY(x_.store().repos().open(record->id));
    if (lists(*HUG_TRY(repo->files_of(*head)), oid)) return true;
  }
  return false;
}

Result<bool> ObjectRights::may_use(const std::string& oid, bool copy) {
  if (x_.caller.owner) return true;
  Registry& registry = x_.store().registry();
  if (HUG_TRY(registry.has_uploaded(oid, x_.caller.user_id))) return true;
  if (HUG_TRY(in_repo(oid))) return true;
  return copy ? elsewhere(oid) : Result<bool>(false);
}

}  // namespace hug::hub
