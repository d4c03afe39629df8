#include "hub/store/commit.h"

#include <chrono>
#include <map>
#include <memory>
#include <set>

#include "hub/git/git_rules.h"
#include "hub/git/pack_merge.h"
#include "hub/git/pointer.h"
#include "hub/git/revision.h"
#include "hub/git/tree.h"
#include "hub/store/discussions.h"

namespace hug::hub {
namespace {

constexpr std::uint64_t kMaxAttributes = std::uint64_t{4} << 20;

std::int64_t unix_seconds(const sys::Clock& clock) {
  return std::chrono::duration_cast<std::chrono::seconds>(
             clock.wall().time_since_epoch())
      .count();
}

Error stale_parent() {
  return Error(Code::kConflict,
               "The branch was updated since you opened this page. Please "
               "refresh and try again.")
      .http(412, "");
}

std::string message_of(const CommitHeader& header) {
  if (header.description.empty()) return header.summary;
  return header.summary + "\n\n" + header.description;
}

// One commit while it is applied.
class Applier {
 public:
  Applier(Store& store, const OpenRepoPtr& repo, const CommitReader& request,
          PackWriter pack)
      : store_(store),
        repo_(*repo),
        request_(request),
        pack_(std::move(pack)) {}

  // The commit to build on: the branch's head, or the given parent of a pull
  // request.
  Result<void> find_base(const CommitWanted& wanted) {
    ref_ = branch_ref(wanted.revision);
    const std::string& parent = request_.header().parent_commit;
    std::optional<Oid> head;
    if (!ref_.empty()) head = HUG_TRY(repo_.git->find_ref(ref_));
    if (wanted.create_pr && !parent.empty()) {
      base_ = HUG_TRY(resolve_revision(*repo_.git, parent));
      return {};
    }
    if (!head) {
      // It may be a tag or a commit, which nobody can commit to.
      if (HUG_TRY(find_revision(*repo_.git, wanted.revision)) &&
          !wanted.create_pr) {
        return Error(Code::kUsage, "'" + wanted.revision + "' is not a branch");
      }
      return revision_not_found(wanted.revision);
    }
    if (!head->hex().starts_with(parent)) return stale_parent();
    base_ = *head;
    return {};
  }

  Result<Oid> apply(const CommitWanted& wanted) {
    may_use_ = wanted.may_use;
    const GitCommit base = HUG_TRY(repo_.git->commit(base_));
    TreeEditor editor(*repo_.git, base.tree);
    HUG_TRY(apply_deletions(editor));
    HUG_TRY(apply_additions(editor, base.tree));
    HUG_TRY(add_lfs_rules(editor));
    const Oid tree = HUG_TRY(editor.write(pack_));
    if (tree == base.tree) return base_;
    const Oid commit = HUG_TRY(pack_.add(
        ObjectType::kCommit, format_commit(tree, {base_}, wanted.author,
                                           unix_seconds(store_.clock()),
                                           message_of(request_.header()))));
    (void)HUG_TRY(pack_.publish(repo_.pack_dir()));
    HUG_TRY(repo_.git->refresh());
    return commit;
  }

  const Oid& base() const { return base_; }

  const std::string& ref() const { return ref_; }

 private:
  using Kind = CommitOperation::Kind;

  Result<void> apply_deletions(TreeEditor& editor) {
    for (const CommitOperation& op : request_.operations()) {
      bool found = true;
      if (op.kind == Kind::kDeleteFile) {
        found = HUG_TRY(editor.remove_file(op.path));
      } else if (op.kind == Kind::kDeleteFolder) {
        found = HUG_TRY(editor.remove_folder(op.path));
      } else if (op.kind != Kind::kCopy && !op.source.empty()) {
        found = HUG_TRY(editor.remove_file(op.source));
      }
      if (!found) {
        return entry_not_found("A file with this name doesn't exist");
      }
    }
    return {};
  }

  Result<void> apply_additions(TreeEditor& editor, const Oid& base_tree) {
    for (const CommitOperation& op : request_.operations()) {
      switch (op.kind) {
        case Kind::kFile:
          HUG_TRY(editor.put(op.path, op.blob));
          break;
        case Kind::kLargeFile:
          HUG_TRY(add_large_file(editor, op));
          break;
        case Kind::kCopy:
          HUG_TRY(copy(editor, op, base_tree));
          break;
        case Kind::kDeleteFile:
        case Kind::kDeleteFolder:
          break;
      }
    }
    return {};
  }

  Result<void> add_large_file(TreeEditor& editor, const CommitOperation& op) {
    const auto stored = store_.objects().size(op.sha256);
    const bool allowed =
        !may_use_ || HUG_TRY(may_use_(op.sha256, !op.size.has_value()));
    if (!stored || !allowed || !store_.objects().touch(op.sha256)) {
      return Error(Code::kUsage, "large file '" + op.path + "': object " +
                                     op.sha256 + " was not uploaded");
    }
    if (op.size && *op.size != *stored) {
      return Error(Code::kUsage, "large file '" + op.path +
                                     "' does not have the size of object " +
                                     op.sha256);
    }
    const Oid pointer = HUG_TRY(
        pack_.add(ObjectType::kBlob, format_pointer({op.sha256, *stored})));
    large_paths_.push_back(op.path);
    return editor.put(op.path, pointer);
  }

  Result<void> copy(TreeEditor& editor, const CommitOperation& op,
                    const Oid& base_tree) {
    Oid tree = base_tree;
    if (!op.source_revision.empty()) {
      const Oid commit =
          HUG_TRY(resolve_revision(*repo_.git, op.source_revision));
      tree = HUG_TRY(repo_.git->commit(commit)).tree;
    }
    auto& from = sources_[tree];
    if (!from) from = std::make_unique<TreeEditor>(*repo_.git, tree);
    const auto item = HUG_TRY(from->find(op.source));
    if (!item || item->is_tree()) {
      return entry_not_found("A file with this name doesn't exist");
    }
    const GitObjectHeader header = HUG_TRY(repo_.git->header(item->oid));
    if (header.size < kMaxPointerSize) {
      const std::string text =
          HUG_TRY(repo_.git->read(item->oid, ObjectType::kBlob));
      if (parse_pointer(text)) large_paths_.push_back(op.path);
    }
    return editor.put(op.path, item->oid, item->mode);
  }

  // The text of .gitattributes as this commit leaves it so far.
  Result<std::string> attributes_text(TreeEditor& editor) {
    if (request_.attributes()) return *request_.attributes();
    const auto item = HUG_TRY(editor.find(".gitattributes"));
    if (!item || item->is_tree()) return std::string();
    const GitObjectHeader header = HUG_TRY(repo_.git->header(item->oid));
    if (header.size > kMaxAttributes) return std::string();
    return repo_.git->read(item->oid, ObjectType::kBlob);
  }

  // Without a rule git would take the pointer for the file itself.
  Result<void> add_lfs_rules(TreeEditor& editor) {
    if (large_paths_.empty()) return {};
    std::string text = HUG_TRY(attributes_text(editor));
    const LfsRules rules(text);
    std::set<std::string> added;
    for (const std::string& path : large_paths_) {
      if (rules.covers(path) || !added.insert(path).second) continue;
      text = with_lfs_rule(text, path);
    }
    if (added.empty()) return {};
    const Oid oid = HUG_TRY(pack_.add(ObjectType::kBlob, text));
    return editor.put(".gitattributes", oid);
  }

  Store& store_;
  OpenRepo& repo_;
  const CommitReader& request_;
  PackWriter pack_;
  std::string ref_;
  Oid base_;
  std::vector<std::string> large_paths_;
  std::function<Result<bool>(const std::string&, bool)> may_use_;
  std::map<Oid, std::unique_ptr<TreeEditor>> sources_;  // trees copied from
};

// What follows a commit; none of it can undo the commit any more.
void after_commit(Store& store, const RepoRecord& record,
                  const OpenRepoPtr& repo, const std::string& ref) {
  if (ref == "refs/heads/main") (void)store.refresh_derived(record, *repo);
  const auto merged =
      merge_packs_when_many(store.fs(), repo->git->path(), store.temp());
  if (merged && *merged > 0) store.repos().forget(repo->id);
}

}  // namespace

Result<CommitDone> apply_commit(Store& store, const RepoRecord& record,
                                const OpenRepoPtr& repo,
                                const CommitWanted& wanted,
                                const CommitReader& request, PackWriter pack) {
  const WriteLock lock = HUG_TRY(WriteLock::take(store.fs(), repo));
  // Objects that are named by this commit stay until the ref names them.
  const ObjectStore::Hold hold =
      HUG_TRY(store.objects().hold(ObjectStore::HoldKind::kShared));
  Applier applier(store, repo, request, std::move(pack));
  HUG_TRY(applier.find_base(wanted));
  CommitDone out;
  out.commit = HUG_TRY(applier.apply(wanted));
  if (wanted.create_pr) {
    Discussions discussions(store);
    const NewDiscussion opened{
        .title = request.header().summary,
        .description = request.header().description,
        .author = wanted.author,
        .pull_request = true,
        .base = applier.ref().empty() ? "refs/heads/main" : applier.ref(),
        .status = "open"};
    out.pull_request = HUG_TRY(
        discussions.open_pull_request(record, *repo, opened, out.commit));
    return out;
  }
  if (out.commit != applier.base()) {
    HUG_TRY(repo->git->set_ref(applier.ref(), out.commit, applier.base()));
    after_commit(store, record, repo, applier.ref());
  }
  return out;
}

Result<Oid> squash_branch(Store& store, const RepoRecord& record,
                          const OpenRepoPtr& repo, const std::string& ref,
                          const std::string& author,
                          const std::string& message) {
  const WriteLock lock = HUG_TRY(WriteLock::take(store.fs(), repo));
  const auto head = HUG_TRY(repo->git->find_ref(ref));
  if (!head) return revision_not_found(ref);
  const GitCommit old = HUG_TRY(repo->git->commit(*head));
  PackWriter pack = HUG_TRY(PackWriter::create(store.fs(), store.temp()));
  const Oid commit =
      HUG_TRY(pack.add(ObjectType::kCommit,
                       format_commit(old.tree, {}, author,
                                     unix_seconds(store.clock()), message)));
  (void)HUG_TRY(pack.publish(repo->pack_dir()));
  HUG_TRY(repo->git->refresh());
  HUG_TRY(repo->git->set_ref(ref, commit, *head));
  after_commit(store, record, repo, ref);
  return commit;
}

Result<Oid> write_empty_commit(Store& store, const RepoRecord& record,
                               const OpenRepoPtr& repo,
                               const std::string& author) {
  PackWriter pack = HUG_TRY(PackWriter::create(store.fs(), store.temp()));
  TreeEditor editor(*repo->git, Oid{});
  const Oid attributes =
      HUG_TRY(pack.add(ObjectType::kBlob, default_attributes(record.kind)));
  HUG_TRY(editor.put(".gitattributes", attributes));
  const Oid tree = HUG_TRY(editor.write(pack));
  const Oid commit = HUG_TRY(
      pack.add(ObjectType::kCommit,
               format_commit(tree, {}, author, unix_seconds(store.clock()),
                             "initial commit")));
  (void)HUG_TRY(pack.publish(repo->pack_dir()));
  HUG_TRY(repo->git->refresh());
  return commit;
}

}  // namespace hug::hub
