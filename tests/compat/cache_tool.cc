// Makes, lists and changes caches for cache_layout.py, which compares them with
// the Python client's.
//
//   make DIR             a cache with all that one may hold
//   local DIR            a folder of plain files
//   metadata DIR FILE    what the folder knows of a file
//   scan DIR             the scan, as JSON
//   find DIR REPO REV FILE
//   remove DIR TARGET... carries out a removal; the freed bytes
//   prune DIR
//   check DIR            ids of problems
#include <iostream>
#include <nlohmann/json.hpp>

#include "base/hash.h"
#include "cache/cache.h"
#include "hug/cache.h"
#include "hug/context.h"
#include "sys/context.h"

using namespace hug;
using nlohmann::json;

namespace {

const std::string kOne(40, '1');
const std::string kTwo(40, '2');
const std::string kXet = "ab" + std::string(62, '7');

template <class T>
T must(Result<T> result) {
  if (!result) {
    std::cerr << result.error().message() << "\n";
    std::exit(1);
  }
  if constexpr (!std::is_void_v<T>) return std::move(result).value();
}

cache::RepoCache open(const std::string& root, const RepoId& id) {
  cache::CacheSettings settings;
  settings.root = root;
  return must(
      cache::RepoCache::open(sys::real_fs(), sys::real_clock(), settings, id));
}

void fill(sys::PartFile& part, const std::string& content, std::size_t n) {
  must(part.write(0, std::as_bytes(std::span(content)).first(n)));
  must(part.mark({0, n}));
}

std::string add(cache::RepoCache& repo, const std::string& commit,
                const std::string& file, const std::string& content,
                bool large) {
  const std::string etag =
      large ? base::sha256_hex(content) : base::git_blob_id(content);
  if (!repo.find_blob(etag)) {
    sys::PartFile part = must(repo.open_partial(etag, content.size()));
    fill(part, content, content.size());
    (void)must(repo.publish(part, etag, commit, file));
  } else {
    (void)must(repo.link_file(etag, commit, file));
  }
  return etag;
}

void make(const std::string& root) {
  cache::RepoCache model = open(root, {RepoType::kModel, "me", "m.x"});
  const auto lock = must(model.lock_blob("abc"));
  const std::string big(100000, 'b');
  const std::string small = add(model, kOne, "config.json", "{}\n", false);
  const std::string large = add(model, kOne, "deep/er/m.bin", big, true);
  (void)add(model, kOne, "empty", "", false);
  (void)add(model, kTwo, "config.json", "{\"two\":2}", false);
  (void)add(model, kTwo, "m\u00e9.bin", big, true);
  must(model.write_ref("main", kTwo));
  must(model.write_ref("refs/pr/1", kOne));
  model.mark_absent(kTwo, "not/here.txt");
  model.write_tree(
      kOne, {{"config.json", 3, small, "", 0, ""},
             {"deep/er/m.bin", 134, std::string(40, '5'), large, 100000, ""},
             {"empty", 0, base::git_blob_id(""), "", 0, ""}});
  // A download that was broken off.
  sys::PartFile part = must(model.open_partial(std::string(64, 'c'), 5000));
  fill(part, big, 1234);

  cache::RepoCache data = open(root, {RepoType::kDataset, "", "squad"});
  const std::string shared = add(data, kOne, "x.bin", "shared payload", true);
  if (!data.share_blob(shared, kXet, 14)) std::exit(2);
  must(data.write_ref("main", kOne));
  cache::RepoCache space = open(root, {RepoType::kSpace, "me", "app"});
  if (!space.link_shared(shared, kXet, 14)) std::exit(3);
  (void)must(space.link_file(shared, kOne, "y.bin"));
  must(space.write_ref("main", kOne));
}

json describe(const CachedRepo& repo) {
  json revisions = json::object();
  for (const CachedRevision& r : repo.revisions) {
    json files = json::object();
    for (const CachedFile& f : r.files)
      files[f.path] = f.size;
    revisions[r.commit] = {
        {"refs", r.refs}, {"size", r.size}, {"files", files}};
  }
  return {{"id", repo.id.full()},
          {"size", repo.size},
          {"n_files", repo.n_files},
          {"revisions", revisions}};
}

json describe(const CacheScan& scan) {
  json repos = json::object();
  for (const CachedRepo& repo : scan.repos) {
    const std::string key = cache::repo_folder(repo.id);
    repos[key] = describe(repo);
  }
  json warnings = json::array();
  for (const CacheWarning& w : scan.warnings) {
    warnings.push_back(w.path + ": " + w.text);
  }
  return {{"size", scan.size},
          {"repos", repos},
          {"incomplete", scan.incomplete.size()},
          {"unreferenced", scan.unreferenced_shared.size()},
          {"warnings", warnings}};
}

Context context_for(const std::string& root) {
  Context::Options options;
  options.environment = {{"HOME", root}, {"HF_HUB_CACHE", root}};
  return Context(std::move(options));
}

void local(const std::string& path) {
  cache::LocalDir dir(sys::real_fs(), sys::real_clock(), path);
  const std::string content = "{}\n";
  const std::string etag = base::git_blob_id(content);
  sys::PartFile part =
      must(dir.open_partial("sub/config.json", etag, content.size()));
  fill(part, content, content.size());
  (void)must(dir.publish(part, "sub/config.json", kOne, etag));
}

json run(const std::vector<std::string>& args) {
  const std::string& verb = args[0];
  const std::string& dir = args[1];
  const Context context = context_for(dir);
  if (verb == "make") {
    make(dir);
  } else if (verb == "local") {
    local(dir);
  } else if (verb == "metadata") {
    const cache::LocalDir folder(sys::real_fs(), sys::real_clock(), dir);
    const auto m = folder.find_metadata(args[2]);
    if (!m) return nullptr;
    return {{"commit", m->commit}, {"etag", m->etag}, {"time", m->time}};
  } else if (verb == "find") {
    const RepoId id = must(parse_repo_id(args[2]));
    const auto found = open(dir, id).find_file(args[3], args[4]);
    return {{"state", static_cast<int>(found.state)}, {"path", found.path}};
  } else if (verb == "remove" || verb == "prune") {
    const CacheScan scan = must(scan_cache(context));
    const CacheRemoval plan =
        verb == "prune"
            ? plan_cache_prune(scan)
            : must(plan_cache_removal(scan, {args.begin() + 2, args.end()}));
    const CacheRemoved done = must(remove_cached(context, plan));
    return {{"planned", plan.size}, {"freed", done.freed}};
  } else if (verb == "check") {
    json ids = json::array();
    for (const CacheProblem& p : must(check_cache(context, {})).problems) {
      if (p.severity != CacheSeverity::kInfo) ids.push_back(p.id);
    }
    return ids;
  } else {
    return describe(must(scan_cache(context)));
  }
  return true;
}

}  // namespace

int main(int argc, char** argv) {
  const std::vector<std::string> args(argv + 1, argv + argc);
  if (args.size() < 2) return 2;
  std::cout << run(args).dump() << "\n";
}
