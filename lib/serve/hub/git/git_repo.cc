#include "hub/git/git_repo.h"

#include <algorithm>

#include "base/base.h"
#include "hub/git/git_library.h"
#include "sys/fs.h"

namespace hug::hub {
namespace {

constexpr std::size_t kMaxOpenPacks = 256;

struct Library {
  Library() {
    git().libgit2_init();
    // Refs and loose objects are synced before they count as written.
    git().libgit2_opts(GIT_OPT_ENABLE_FSYNC_GITDIR, 1);
    // Packs held open at a time; without a limit every commit costs one.
    git().libgit2_opts(GIT_OPT_SET_MWINDOW_FILE_LIMIT, kMaxOpenPacks);
  }

  Library(const Library&) = delete;
  Library& operator=(const Library&) = delete;

  ~Library() { git().libgit2_shutdown(); }
};

Result<void> use_library() {
  HUG_TRY(load_git());
  static const Library library;
  return {};
}

Error git_error_of(int rc, std::string what) {
  const ::git_error* last = git().error_last();
  if (last != nullptr && last->message != nullptr) {
    what += ": ";
    what += last->message;
  }
  Code code = Code::kIo;
  if (rc == GIT_ENOTFOUND) code = Code::kNotFound;
  if (rc == GIT_EEXISTS || rc == GIT_EMODIFIED || rc == GIT_ELOCKED) {
    code = Code::kConflict;
  }
  if (rc == GIT_EINVALIDSPEC) code = Code::kUsage;
  if (rc == GIT_EMISMATCH) code = Code::kCorrupt;
  return Error(code, std::move(what));
}

git_oid to_git(const Oid& oid) {
  git_oid out;
  git().oid_fromraw(&out, oid.bytes.data());
  return out;
}

Oid from_git(const git_oid& oid) {
  Oid out;
  std::memcpy(out.bytes.data(), oid.id, 20);
  return out;
}

Result<ObjectType> type_of(git_object_t type, const Oid& oid) {
  switch (type) {
    case GIT_OBJECT_COMMIT:
      return ObjectType::kCommit;
    case GIT_OBJECT_TREE:
      return ObjectType::kTree;
    case GIT_OBJECT_BLOB:
      return ObjectType::kBlob;
    case GIT_OBJECT_TAG:
      return ObjectType::kTag;
    default:
      return Error(Code::kCorrupt, "object " + oid.hex() + " has no type");
  }
}

// The commit behind a ref: through symbolic refs and annotated tags.
std::optional<Oid> commit_behind(git_reference* ref) {
  git_object* object = nullptr;
  if (git().reference_peel(&object, ref, GIT_OBJECT_COMMIT) != 0) {
    return std::nullopt;
  }
  const Oid out = from_git(*git().object_id(object));
  git().object_free(object);
  return out;
}

int collect_oid(const git_oid* oid, void* payload) {
  static_cast<std::vector<Oid>*>(payload)->push_back(from_git(*oid));
  return 0;
}

}  // namespace

Result<void> GitRepo::init(const std::string& path) {
  HUG_TRY(use_library());
  git_repository_init_options options;
  git().repository_init_options_init(&options,
                                     GIT_REPOSITORY_INIT_OPTIONS_VERSION);
  options.flags = GIT_REPOSITORY_INIT_BARE | GIT_REPOSITORY_INIT_MKPATH |
                  GIT_REPOSITORY_INIT_NO_REINIT;
  options.mode = 0700;
  options.initial_head = "main";
  git_repository* repo = nullptr;
  const int rc = git().repository_init_ext(&repo, path.c_str(), &options);
  if (rc != 0) return git_error_of(rc, "cannot make repository '" + path + "'");
  git().repository_free(repo);
  return {};
}

GitRepo::GitRepo(std::string path, git_repository* repo, git_odb* odb)
    : path_(std::move(path)), repo_(repo), odb_(odb) {}

GitRepo::~GitRepo() {
  git().odb_free(odb_);
  git().repository_free(repo_);
}

Result<std::unique_ptr<GitRepo>> GitRepo::open(const std::string& path) {
  HUG_TRY(use_library());
  git_repository* repo = nullptr;
  int rc = git().repository_open_bare(&repo, path.c_str());
  if (rc != 0) return git_error_of(rc, "cannot open repository '" + path + "'");
  git_odb* odb = nullptr;
  rc = git().repository_odb(&odb, repo);
  if (rc != 0) {
    git().repository_free(repo);
    return git_error_of(rc, "cannot open the objects of '" + path + "'");
  }
  return std::unique_ptr<GitRepo>(new GitRepo(path, repo, odb));
}

Result<GitObject> GitRepo::read(const Oid& oid) const {
  const git_oid id = to_git(oid);
  git_odb_object* object = nullptr;
  const int rc = git().odb_read(&object, odb_, &id);
  if (rc != 0) return git_error_of(rc, "cannot read object " + oid.hex());
  const auto type = type_of(git().odb_object_type(object), oid);
  GitObject out;
  out.content.assign(static_cast<const char*>(git().odb_object_data(object)),
                     git().odb_object_size(object));
  git().odb_object_free(object);
  out.type = HUG_TRY(type);
  return out;
}

Result<std::string> GitRepo::read(const Oid& oid, ObjectType type) const {
  GitObject object = HUG_TRY(read(oid));
  if (object.type != type) {
    return Error(Code::kCorrupt, "object " + oid.hex() + " is a " +
                                     std::string(type_name(object.type)) +
                                     ", not a " + std::string(type_name(type)));
  }
  return std::move(object.content);
}

Result<GitObjectHeader> GitRepo::header(const Oid& oid) const {
  const git_oid id = to_git(oid);
  std::size_t size = 0;
  git_object_t type = GIT_OBJECT_INVALID;
  const int rc = git().odb_read_header(&size, &type, odb_, &id);
  if (rc != 0) return git_error_of(rc, "cannot read object " + oid.hex());
  return GitObjectHeader{HUG_TRY(type_of(type, oid)), size};
}

bool GitRepo::has(const Oid& oid) const {
  const git_oid id = to_git(oid);
  return git().odb_exists_ext(odb_, &id, GIT_ODB_LOOKUP_NO_REFRESH) == 1;
}

Result<GitCommit> GitRepo::commit(const Oid& oid) const {
  return parse_commit(oid, HUG_TRY(read(oid, ObjectType::kCommit)));
}

std::optional<Oid> GitRepo::find_by_prefix(std::string_view hex) const {
  if (hex.size() < 7 || hex.size() > 40) return std::nullopt;
  git_oid id;
  if (git().oid_fromstrn(&id, hex.data(), hex.size()) != 0) return std::nullopt;
  git_oid full;
  if (git().odb_exists_prefix(&full, odb_, &id, hex.size()) != 0) {
    return std::nullopt;
  }
  const Oid out = from_git(full);
  const auto found = header(out);
  if (!found || found->type != ObjectType::kCommit) return std::nullopt;
  return out;
}

Result<std::vector<Oid>> GitRepo::all_objects() const {
  std::vector<Oid> out;
  const int rc = git().odb_foreach(odb_, collect_oid, &out);
  if (rc != 0)
    return git_error_of(rc, "cannot list objects of '" + path_ + "'");
  std::sort(out.begin(), out.end());
  out.erase(std::unique(out.begin(), out.end()), out.end());
  return out;
}

Result<void> GitRepo::refresh() {
  const int rc = git().odb_refresh(odb_);
  if (rc != 0) return git_error_of(rc, "cannot refresh '" + path_ + "'");
  return {};
}

Result<std::optional<Oid>> GitRepo::find_ref(const std::string& name) const {
  const std::lock_guard lock(refs_mutex_);
  git_reference* ref = nullptr;
  const int rc = git().reference_lookup(&ref, repo_, name.c_str());
  if (rc == GIT_ENOTFOUND || rc == GIT_EINVALIDSPEC) {
    return std::optional<Oid>();
  }
  if (rc != 0) return git_error_of(rc, "cannot read ref '" + name + "'");
  const auto out = commit_behind(ref);
  git().reference_free(ref);
  return out;
}

Result<void> GitRepo::each_ref(
    const std::function<void(const std::string&, std::optional<Oid>)>& visit)
    const {
  const std::lock_guard lock(refs_mutex_);
  git_reference_iterator* all = nullptr;
  int rc = git().reference_iterator_new(&all, repo_);
  if (rc != 0) return git_error_of(rc, "cannot list refs of '" + path_ + "'");
  git_reference* ref = nullptr;
  while ((rc = git().reference_next(&ref, all)) == 0) {
    visit(git().reference_name(ref), commit_behind(ref));
    git().reference_free(ref);
  }
  git().reference_iterator_free(all);
  if (rc != GIT_ITEROVER) {
    return git_error_of(rc, "cannot list refs of '" + path_ + "'");
  }
  return {};
}

Result<std::vector<GitRef>> GitRepo::refs(std::string_view prefix) const {
  std::vector<GitRef> out;
  HUG_TRY(each_ref([&](const std::string& name, std::optional<Oid> commit) {
    if (commit && name.starts_with(prefix)) out.push_back({name, *commit});
  }));
  std::sort(out.begin(), out.end(),
            [](const auto& a, const auto& b) { return a.name < b.name; });
  return out;
}

Result<std::vector<std::string>> GitRepo::broken_refs() const {
  std::vector<std::string> out;
  HUG_TRY(each_ref([&](const std::string& name, std::optional<Oid> commit) {
    if (!commit) out.push_back(name);
  }));
  return out;
}

// Only the holder of the repo's write lock changes refs, so a lock file that
// is there was left by a process that died.
void GitRepo::remove_stale_lock(const std::string& name) const {
  const auto fs = sys::real_fs();
  (void)fs->remove_if_present(path_ + "/" + name + ".lock");
  (void)fs->remove_if_present(path_ + "/packed-refs.lock");
}

Result<void> GitRepo::set_ref(const std::string& name, const Oid& target,
                              const Oid& expected) {
  const std::lock_guard lock(refs_mutex_);
  remove_stale_lock(name);
  const git_oid to = to_git(target);
  const git_oid from = to_git(expected);
  git_reference* ref = nullptr;
  const int rc =
      expected.is_null()
          ? git().reference_create(&ref, repo_, name.c_str(), &to, 0, nullptr)
          : git().reference_create_matching(&ref, repo_, name.c_str(), &to, 1,
                                            &from, nullptr);
  if (rc != 0) return git_error_of(rc, "cannot set ref '" + name + "'");
  git().reference_free(ref);
  return {};
}

Result<void> GitRepo::delete_ref(const std::string& name) {
  const std::lock_guard lock(refs_mutex_);
  remove_stale_lock(name);
  const int rc = git().reference_remove(repo_, name.c_str());
  if (rc != 0) return git_error_of(rc, "cannot delete ref '" + name + "'");
  return {};
}

Result<Oid> GitRepo::write_loose(ObjectType type, std::string_view content) {
  git_oid id;
  const int rc = git().odb_write(&id, odb_, content.data(), content.size(),
                                 static_cast<git_object_t>(type));
  if (rc != 0) return git_error_of(rc, "cannot write an object");
  return from_git(id);
}

}  // namespace hug::hub
