#include "hub/store/fsck.h"

#include <unordered_set>

#include "base/base.h"
#include "hub/git/pointer.h"
#include "hub/git/tree.h"
#include "hub/names.h"

namespace hug::hub {
namespace {

constexpr std::size_t kBlock = std::size_t{1} << 20;
constexpr std::uint64_t kMaxIdentity = std::uint64_t{1} << 20;

class Checker {
 public:
  Checker(Store& store, const HubFsckOptions& options, const Context& context)
      : store_(store), options_(options), context_(context) {}

  Result<HubFsckReport> run() {
    HUG_TRY(check_database());
    HUG_TRY(check_leftovers());
    HUG_TRY(check_rows());
    HUG_TRY(check_folders());
    HUG_TRY(check_objects());
    return std::move(report_);
  }

 private:
  /// Its place in the report: a repair may add findings of its own.
  std::size_t find(std::string id, HubSeverity severity, std::string path,
                   std::string detail, bool repairable = false) {
    report_.findings.push_back({std::move(id), severity, std::move(path),
                                std::move(detail), repairable, false});
    return report_.findings.size() - 1;
  }

  // Runs the repair when it is wanted, and notes whether it went well.
  template <class Repair>
  void repair(std::size_t finding, Repair&& how) {
    if (!options_.repair) return;
    const bool done = how().has_value();
    report_.findings[finding].repaired = done;
  }

  Result<void> check_database() {
    for (const std::string& problem : HUG_TRY(store_.db().check())) {
      find("hub-database", HubSeverity::kError, "hub.db", problem);
    }
    return {};
  }

  Result<void> check_leftovers() {
    sys::Fs& fs = store_.fs();
    for (const auto& entry : HUG_TRY(fs.list(store_.dir() + "/trash"))) {
      const std::size_t finding =
          find("hub-tmp-leftover", HubSeverity::kInfo, "trash/" + entry.name,
               "deleted, not yet removed", true);
      repair(finding, [&] { return store_.sweep(); });
    }
    return {};
  }

  static std::string git_path(const std::string& id) {
    return "repos/" + id + ".git";
  }

  Result<void> check_rows() {
    for (const RepoRecordPtr& record : HUG_TRY(store_.registry().list({}))) {
      HUG_TRY(context_.parts().check_stop());
      ++report_.repos;
      const auto repo = store_.repos().open(record->id);
      if (!repo) {
        find("hub-repo-missing", HubSeverity::kError, git_path(record->id),
             "the repository of '" + record->web_path() +
                 "' cannot be opened: " + repo.error().message());
        continue;
      }
      HUG_TRY(check_repo(*record, **repo));
    }
    return {};
  }

  Result<void> check_repo(const RepoRecord& record, OpenRepo& repo) {
    const std::string path = git_path(record.id);
    for (const std::string& ref : HUG_TRY(repo.git->broken_refs())) {
      find("hub-ref-dangling", HubSeverity::kError, path + "/" + ref,
           "the ref leads to no commit");
    }
    HUG_TRY(check_packs(repo, path));
    checked_.clear();
    for (const GitRef& ref : HUG_TRY(repo.git->refs("refs/"))) {
      HUG_TRY(check_history(*repo.git, ref.commit, path));
    }
    const auto head = HUG_TRY(repo.git->find_ref("refs/heads/main"));
    if (!head) {
      find("hub-main-missing", HubSeverity::kWarning, path,
           "'" + record.web_path() + "' has no branch main");
    } else if (head->hex() != record.head) {
      const std::size_t finding =
          find("hub-derived-stale", HubSeverity::kInfo, path,
               "the database does not know the newest commit yet", true);
      repair(finding, [&] { return store_.refresh_derived(record, repo); });
    }
    if (!store_.fs().exists(repo.git->path() + "/hub.json")) {
      const std::size_t finding =
          find("hub-identity-missing", HubSeverity::kWarning,
               path + "/hub.json", "it is missing", true);
      repair(finding, [&] { return store_.write_identity(record); });
    }
    return {};
  }

  // What a process that died while it published a pack or a ref has left.
  Result<void> check_packs(OpenRepo& repo, const std::string& path) {
    const std::string folder = repo.pack_dir();
    for (const auto& entry : HUG_TRY(store_.fs().list(folder))) {
      const std::string& name = entry.name;
      const std::string stem = name.substr(0, name.rfind('.'));
      const bool lonely = name.ends_with(".pack") &&
                          !store_.fs().exists(folder + "/" + stem + ".idx");
      if (!lonely && !name.ends_with(".tmp")) continue;
      const std::size_t finding =
          find("hub-tmp-leftover", HubSeverity::kInfo,
               path + "/objects/pack/" + name, "nothing refers to it", true);
      repair(finding, [&] { return remove_lonely(repo, folder, stem, name); });
    }
    return {};
  }

  Result<void> remove_lonely(OpenRepo& repo, const std::string& folder,
                             const std::string& stem, const std::string& name) {
    const OpenRepoPtr shared = HUG_TRY(store_.repos().open(repo.id));
    const WriteLock lock = HUG_TRY(WriteLock::take(store_.fs(), shared));
    // It may have been completed while the lock was waited for.
    if (name.ends_with(".pack") &&
        store_.fs().exists(folder + "/" + stem + ".idx")) {
      return {};
    }
    (void)HUG_TRY(store_.fs().remove_if_present(folder + "/" + name));
    return {};
  }

  Result<void> check_history(const GitRepo& git, const Oid& from,
                             const std::string& path) {
    std::vector<Oid> todo{from};
    while (!todo.empty()) {
      const Oid oid = todo.back();
      todo.pop_back();
      if (!checked_.insert(oid).second) continue;
      HUG_TRY(context_.parts().check_stop());
      ++report_.git_objects;
      const auto commit = git.commit(oid);
      if (!commit) {
        broken_object(path, oid, commit.error());
        continue;
      }
      HUG_TRY(check_tree(git, commit->tree, path, 0));
      todo.insert(todo.end(), commit->parents.begin(), commit->parents.end());
    }
    return {};
  }

  void broken_object(const std::string& path, const Oid& oid,
                     const Error& error) {
    find(error.code() == Code::kNotFound ? "hub-git-object-missing"
                                         : "hub-pack-unreadable",
         HubSeverity::kError, path + " " + oid.hex(), error.message());
  }

  Result<void> check_tree(const GitRepo& git, const Oid& oid,
                          const std::string& path, unsigned depth) {
    if (!checked_.insert(oid).second) return {};
    ++report_.git_objects;
    if (depth > 512) {
      return Error(Code::kLimit, "folders are nested too deeply");
    }
    const auto raw = git.read(oid, ObjectType::kTree);
    const auto items = raw ? parse_tree(*raw) : raw.error();
    if (!items) {
      broken_object(path, oid, items.error());
      return {};
    }
    for (const TreeItem& item : *items) {
      if (item.is_gitlink()) continue;
      if (item.is_tree()) {
        HUG_TRY(check_tree(git, item.oid, path, depth + 1));
      } else {
        check_blob(git, item, path);
      }
    }
    return {};
  }

  void check_blob(const GitRepo& git, const TreeItem& item,
                  const std::string& path) {
    if (!checked_.insert(item.oid).second) return;
    ++report_.git_objects;
    const auto header = git.header(item.oid);
    if (!header) return broken_object(path, item.oid, header.error());
    const bool may_point = header->size < kMaxPointerSize;
    if (!options_.hash && !may_point) return;
    // Reading compares the content with the id.
    const auto content = git.read(item.oid, ObjectType::kBlob);
    if (!content) return broken_object(path, item.oid, content.error());
    report_.bytes_hashed += content->size();
    const auto pointer = may_point ? parse_pointer(*content) : std::nullopt;
    if (!pointer) return;
    const auto size = store_.objects().size(pointer->oid);
    if (!size) {
      find("hub-object-missing", HubSeverity::kError,
           ObjectStore::relative_path(pointer->oid),
           "file '" + item.name + "' of " + path + " needs it");
    } else if (*size != pointer->size) {
      find("hub-object-size", HubSeverity::kError,
           ObjectStore::relative_path(pointer->oid),
           "it does not have the size that " + path + " says");
    }
  }

  // Folders without a row: left by a crash between the two, or the database
  // was lost.
  Result<void> check_folders() {
    sys::Fs& fs = store_.fs();
    for (const auto& entry : HUG_TRY(fs.list(store_.dir() + "/repos"))) {
      const std::string id = entry.name.substr(0, entry.name.find('.'));
      const std::string path = "repos/" + entry.name;
      if (entry.name != id + ".git" || !base::is_lower_hex(id, 24)) {
        find("hub-foreign-file", HubSeverity::kInfo, path, "it is not ours");
        continue;
      }
      if (HUG_TRY(store_.registry().find_by_id(id))) continue;
      const std::size_t finding =
          find("hub-repo-orphan", HubSeverity::kInfo, path,
               "the database does not know this repository", true);
      repair(finding, [&] { return adopt(path); });
    }
    return {};
  }

  // The repo gets its name back; when the name is taken by now it stays.
  Result<void> adopt(const std::string& path) {
    const std::string text = HUG_TRY(store_.fs().read_file(
        store_.dir() + "/" + path + "/hub.json", kMaxIdentity));
    const auto record = parse_identity(text);
    if (!record || git_path(record->id) != path) {
      return Error(Code::kCorrupt, "hub.json in '" + path + "' is unreadable");
    }
    HUG_TRY(store_.registry().insert(*record));
    const OpenRepoPtr repo = HUG_TRY(store_.repos().open(record->id));
    HUG_TRY(store_.refresh_derived(*record, *repo));
    return check_repo(*record, *repo);
  }

  Result<void> check_objects() {
    const ObjectStore::Names names = HUG_TRY(store_.objects().list());
    for (const std::string& path : names.foreign) {
      find("hub-foreign-file", HubSeverity::kInfo, path, "it is not ours");
    }
    for (const std::string& oid : names.oids) {
      ++report_.large_objects;
      if (!options_.hash) continue;
      HUG_TRY(context_.parts().check_stop());
      const std::string path = ObjectStore::relative_path(oid);
      const auto digest = hash(store_.objects().path(oid));
      if (!digest) {
        find("hub-object-hash", HubSeverity::kError, path,
             digest.error().message());
      } else if (*digest != oid) {
        const std::size_t finding =
            find("hub-object-hash", HubSeverity::kError, path,
                 "its bytes hash to " + *digest, true);
        repair(finding, [&] { return quarantine(oid); });
      }
    }
    return {};
  }

  Result<std::string> hash(const std::string& path) {
    const sys::File file = HUG_TRY(store_.fs().open(path, {.no_follow = true}));
    base::Hasher hasher(base::HashKind::kSha256);
    std::vector<std::byte> block(kBlock);
    for (std::uint64_t at = 0;;) {
      const std::size_t got = HUG_TRY(store_.fs().read_at(file, at, block));
      if (got == 0) break;
      hasher.update(std::span(block).first(got));
      at += got;
    }
    report_.bytes_hashed += HUG_TRY(store_.fs().info(file)).size;
    return hasher.finish();
  }

  // A damaged object is taken out of the way, so that it can be uploaded anew.
  Result<void> quarantine(const std::string& oid) {
    const std::string folder = store_.dir() + "/quarantine";
    (void)HUG_TRY(store_.fs().make_dirs(folder, 0700));
    return store_.fs().rename(store_.objects().path(oid), folder + "/" + oid);
  }

  Store& store_;
  const HubFsckOptions& options_;
  const Context& context_;
  HubFsckReport report_;
  std::unordered_set<Oid, OidHash> checked_;
};

}  // namespace

Result<HubFsckReport> check_hub(Store& store, const HubFsckOptions& options,
                                const Context& context) {
  return Checker(store, options, context).run();
}

}  // namespace hug::hub
