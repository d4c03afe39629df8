#include <doctest/doctest.h>

#include <algorithm>

#include "cache_builder.h"

using namespace hug;
using namespace hug::test;

namespace {

const std::string kOne(40, '1');
const std::string kTwo(40, '2');
const RepoId kModel{RepoType::kModel, "me", "m"};
const RepoId kData{RepoType::kDataset, "", "squad"};
const std::string kXet = "ab" + std::string(62, '0');

// Two revisions that share a blob, and a dataset.
void build(const TempDir& temp) {
  cache::RepoCache model = open_repo(temp / "hub", kModel);
  add_file(model, kOne, "config.json", "{}");
  add_file(model, kOne, "model.bin", std::string(1000, 'a'), true);
  add_file(model, kTwo, "config.json", "{\"v\":2}");
  add_file(model, kTwo, "sub/model.bin", std::string(1000, 'a'), true);
  REQUIRE(model.write_ref("main", kTwo));
  REQUIRE(model.write_ref("v2", kTwo));
  cache::RepoCache data = open_repo(temp / "hub", kData);
  add_file(data, kOne, "train.csv", "1,2,3");
  REQUIRE(data.write_ref("main", kOne));
}

CacheScan scan(const TempDir& temp) {
  return scan_cache(context_for(temp)).value();
}

}  // namespace

TEST_CASE("scan: repositories, revisions, refs and sizes") {
  const TempDir temp;
  CHECK_FALSE(scan(temp).exists);
  build(temp);
  const CacheScan got = scan(temp);
  CHECK(got.exists);
  CHECK(got.warnings.empty());
  REQUIRE(got.repos.size() == 2);
  CHECK(got.repos[0].id == kData);
  const CachedRepo& model = got.repos[1];
  CHECK(model.id == kModel);
  CHECK(model.size == 1000 + 2 + 7);
  CHECK(model.n_files == 3);
  CHECK(model.refs == std::vector<std::string>{"main", "v2"});
  REQUIRE(model.revisions.size() == 2);
  const auto two =
      std::find_if(model.revisions.begin(), model.revisions.end(),
                   [](const CachedRevision& r) { return r.commit == kTwo; });
  CHECK(two->refs.size() == 2);
  CHECK(two->size == 1007);
  CHECK(two->files[1].path == "sub/model.bin");
  CHECK(got.size == 1009 + 5);
  CHECK(find_cached_snapshot(context_for(temp), kModel).value().commit == kTwo);
  CHECK(find_cached_snapshot(context_for(temp), kModel, "v9").error().code() ==
        Code::kNotFound);
}

TEST_CASE("scan: one broken entry never hides a repository") {
  const TempDir temp;
  build(temp);
  const std::string repo = temp / "hub/models--me--m/";
  std::filesystem::remove(repo + "blobs/" + base::git_blob_id("{}"));
  put_file(repo + "refs/broken", "x");
  put_file(repo + "snapshots/stray", "x");
  put_file(temp / "hub/models--x", "a file");
  put_file(temp / "hub/whatever/file", "x");
  put_file(temp / "hub/blobs/foreign", "x");
  put_file(repo + "blobs/abc.incomplete", "half");
  const CacheScan got = scan(temp);
  CHECK(got.repos.size() == 2);
  CHECK(got.warnings.size() == 6);
  REQUIRE(got.incomplete.size() == 1);
  CHECK(got.incomplete[0].size == 4);
  CHECK(got.repos[1].size == 1007);
}

TEST_CASE("scan: what downloads into folders remember is no inconsistency") {
  const TempDir temp;
  build(temp);
  put_file(temp / "hub/models--me--m/refs/v9", std::string(40, '9'));
  put_file(temp / "hub/models--me--folder/refs/main", kOne);
  put_file(temp / "hub/models--me--seen/refs/main", kOne);
  std::filesystem::create_directories(temp / "hub/models--me--seen/snapshots");
  std::filesystem::create_directories(temp / "hub/models--me--seen/blobs");
  const CacheScan got = scan(temp);
  CHECK(got.warnings.empty());
  REQUIRE(got.repos.size() == 2);
  CHECK(got.repos[1].refs == std::vector<std::string>{"main", "v2"});
}

TEST_CASE("removal: one revision keeps what the other uses") {
  const TempDir temp;
  build(temp);
  const CacheRemoval plan = plan_cache_removal(scan(temp), {kTwo}).value();
  CHECK(plan.n_revisions == 1);
  CHECK(plan.n_repos == 0);
  CHECK(plan.size == 7);
  CHECK(plan.blobs.size() == 1);
  CHECK(plan.refs.size() == 2);
  const CacheRemoved done = remove_cached(context_for(temp), plan).value();
  CHECK(done.freed == 7);
  CHECK(done.n_revisions == 1);
  CHECK(done.warnings.empty());
  const CacheScan after = scan(temp);
  CHECK(after.warnings.empty());
  CHECK(after.repos[1].revisions.size() == 1);
  CHECK(after.repos[1].size == 1002);
  // What is gone already is fine.
  CHECK(remove_cached(context_for(temp), plan).value().freed == 0);
}

TEST_CASE("removal: repositories, files, and targets of all spellings") {
  const TempDir temp;
  build(temp);
  const CacheScan before = scan(temp);
  for (const char* whole : {"model/me/m", "models/me/m", "me/m", "ME/M",
                            "hf://me/m", "hf://models/me/m"}) {
    CAPTURE(whole);
    const CacheRemoval plan = plan_cache_removal(before, {whole}).value();
    CHECK(plan.repos == std::vector<std::string>{temp / "hub/models--me--m"});
    CHECK(plan.n_revisions == 2);
    CHECK(plan.size == 1009);
  }
  CHECK(plan_cache_removal(before, {"dataset/squad"}).value().n_repos == 1);
  CHECK(plan_cache_removal(before, {kOne, kTwo}).value().n_repos == 2);
  CHECK(plan_cache_removal(before, {"hf://me/m@v2"}).value().n_revisions == 1);
  const CacheRemoval none =
      plan_cache_removal(before, {"me/other", std::string(40, '7')}).value();
  CHECK(none.empty());
  CHECK(none.unknown.size() == 2);
  for (const char* bad : {"a/b/c/d", "", "me//m", "model/"}) {
    CAPTURE(bad);
    CHECK(plan_cache_removal(before, {bad}).error().code() == Code::kUsage);
  }

  const CacheRemoval file =
      plan_cache_removal(before, {"hf://me/m/config.json"}).value();
  CHECK(file.n_files == 2);
  CHECK(file.size == 9);
  CHECK(remove_cached(context_for(temp), file).value().n_files == 2);
  CHECK(scan(temp).repos[1].size == 1000);
  const CacheRemoval all =
      plan_cache_removal(scan(temp), {"me/m", "datasets/squad"}).value();
  const CacheRemoved done = remove_cached(context_for(temp), all).value();
  CHECK(done.n_repos == 2);
  CHECK(done.n_revisions == 3);
  CHECK(scan(temp).repos.empty());
}

TEST_CASE("removal: paths that are not in the cache are left alone") {
  const TempDir temp;
  build(temp);
  put_file(temp / "precious", "x");
  std::filesystem::create_directory_symlink(temp.path(), temp / "hub/out");
  CacheRemoval evil;
  evil.root = temp / "hub";
  evil.files = {temp / "precious", temp / "hub/../precious",
                temp / "hub/out/precious", "/etc/hostname"};
  evil.repos = {temp.path(), temp / "hub/.."};
  const CacheRemoved done = remove_cached(context_for(temp), evil).value();
  CHECK(done.n_files == 0);
  CHECK(done.warnings.size() == 6);
  CHECK(get_file(temp / "precious") == "x");
}

TEST_CASE("prune: detached revisions, leftovers, nobody's shared content") {
  const TempDir temp;
  build(temp);
  cache::RepoCache model = open_repo(temp / "hub", kModel);
  const std::string big = add_file(model, kTwo, "xet.bin", "shared!", true);
  REQUIRE(model.share_blob(big, kXet, 7));
  put_file(temp / "hub/models--me--m/blobs/old.incomplete", "half");
  const auto live = model.open_partial(std::string(40, '5'), 10).value();

  CacheRemoval plan = plan_cache_prune(scan(temp));
  CHECK(plan.n_revisions == 1);
  CHECK(plan.incomplete.size() == 2);
  CHECK(plan.shared.empty());
  CacheRemoved done = remove_cached(context_for(temp), plan).value();
  CHECK(done.n_revisions == 1);
  // The one that is being written stays.
  CHECK(done.n_incomplete == 1);
  CHECK(done.warnings.size() == 1);
  CHECK(scan(temp).repos[1].revisions.size() == 1);

  std::filesystem::remove_all(temp / "hub/models--me--m");
  plan = plan_cache_prune(scan(temp));
  CHECK(plan.shared == std::vector<std::string>{kXet});
  CHECK(plan.n_shared == 1);
  CHECK(plan.size == 7);
  done = remove_cached(context_for(temp), plan).value();
  CHECK(done.n_shared == 1);
  CHECK(done.freed == 7);
  CHECK(plan_cache_prune(scan(temp)).empty());
}

TEST_CASE("removal: shared content goes with its last reference") {
  const TempDir temp;
  cache::RepoCache one = open_repo(temp / "hub", kModel);
  const std::string etag = add_file(one, kOne, "x.bin", "shared!", true);
  REQUIRE(one.share_blob(etag, kXet, 7));
  cache::RepoCache two = open_repo(temp / "hub", kData);
  REQUIRE(two.link_shared(etag, kXet, 7));
  REQUIRE(two.link_file(etag, kOne, "y.bin"));
  const CacheScan before = scan(temp);
  CHECK(before.size == 7);
  CHECK(before.repos[0].size == 7);
  CHECK(before.repos[1].size == 7);
  CacheRemoval plan = plan_cache_removal(before, {"me/m"}).value();
  CHECK(plan.size == 0);
  CHECK(plan.n_shared == 0);
  CHECK(remove_cached(context_for(temp), plan).value().freed == 0);
  CHECK(get_file(two.find_file(kOne, "y.bin").path) == "shared!");
  plan = plan_cache_removal(scan(temp), {"datasets/squad"}).value();
  CHECK(plan.size == 7);
  CHECK(remove_cached(context_for(temp), plan).value().freed == 7);
  CHECK_FALSE(std::filesystem::exists(temp / ("hub/blobs/ab/" + kXet)));
}
