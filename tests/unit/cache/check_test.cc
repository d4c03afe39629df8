#include <doctest/doctest.h>

#include <algorithm>
#include <functional>

#include "cache_builder.h"

using namespace hug;
using namespace hug::test;

namespace {

const std::string kCommit(40, '1');
const RepoId kModel{RepoType::kModel, "me", "m"};
const std::string kXet = "ab" + std::string(62, '0');

struct Cache {
  TempDir temp;
  std::string repo = temp / "hub/models--me--m/";
  std::string small;
  std::string large;

  Cache() {
    cache::RepoCache model = open_repo(temp / "hub", kModel);
    small = add_file(model, kCommit, "config.json", "{}");
    large = add_file(model, kCommit, "sub/m.bin", std::string(5000, 'a'), true);
    REQUIRE(model.write_ref("main", kCommit));
    model.write_tree(
        kCommit, {{"config.json", 2, small, "", 0, ""},
                  {"sub/m.bin", 5000, std::string(40, '3'), large, 5000, ""}});
  }

  CacheReport check(bool repair = false) const {
    CacheCheckOptions options;
    options.repair = repair;
    return check_cache(context_for(temp), options).value();
  }
};

std::vector<std::string> ids(const CacheReport& report) {
  std::vector<std::string> out;
  for (const CacheProblem& p : report.problems) {
    if (p.id != "disk-low" && p.id != "fs-network") out.push_back(p.id);
  }
  std::sort(out.begin(), out.end());
  return out;
}

void flip(const std::string& path, std::size_t at) {
  std::string content = get_file(path);
  content[at] = static_cast<char>(content[at] ^ 1);
  std::filesystem::permissions(path, std::filesystem::perms(0644));
  put_file(path, content);
}

using Ids = std::vector<std::string>;

}  // namespace

TEST_CASE("check: a cache that is whole has no problems") {
  const Cache cache;
  const CacheReport report = cache.check();
  CHECK(ids(report).empty());
  CHECK(report.n_blobs == 2);
  CHECK(report.bytes == 5002);
  CHECK(report.n_errors == 0);
}

// Each row makes one kind of damage. The check names it; where it can be
// repaired, the repair ends it and a second repair has nothing to do.
TEST_CASE("check: every kind of damage has its name") {
  struct Row {
    Ids expected;
    std::function<void(Cache&)> damage;
    Ids after_repair;
  };

  using std::filesystem::create_symlink;
  const std::vector<Row> rows = {
      {{"blob-hash-mismatch"},
       [](Cache& c) { flip(c.repo + "blobs/" + c.large, 4321); },
       {"snapshot-incomplete"}},
      {{"blob-size-mismatch"},
       [](Cache& c) { put_file(c.repo + "blobs/" + c.small, "{ }"); },
       {"snapshot-incomplete"}},
      {{"blob-name-invalid"},
       [](Cache& c) { put_file(c.repo + "blobs/odd name", "x"); },
       {"blob-name-invalid"}},
      {{"dangling-link", "snapshot-incomplete"},
       [](Cache& c) { std::filesystem::remove(c.repo + "blobs/" + c.small); },
       {"snapshot-incomplete"}},
      {{"link-escapes-cache"},
       [](Cache& c) {
         create_symlink("/etc/hostname",
                        c.repo + "snapshots/" + kCommit + "/evil");
       },
       {}},
      {{"link-escapes-cache"},
       [](Cache& c) {
         create_symlink("../../../../../x",
                        c.repo + "snapshots/" + kCommit + "/evil");
       },
       {}},
      {{"ref-empty"}, [](Cache& c) { put_file(c.repo + "refs/v1", ""); }, {}},
      {{"ref-bad-charset"},
       [](Cache& c) { put_file(c.repo + "refs/v1", kCommit + "\n"); },
       {}},
      {{"ref-bad-charset"},
       [](Cache& c) { put_file(c.repo + "refs/v1", "xyz"); },
       {"ref-bad-charset"}},
      {{"ref-to-missing-snapshot"},
       [](Cache& c) { put_file(c.repo + "refs/v1", std::string(40, '9')); },
       {}},
      {{"no-exist-stale"},
       [](Cache& c) {
         put_file(c.repo + ".no_exist/" + kCommit + "/config.json", "");
       },
       {}},
      {{"orphan-partial"},
       [](Cache& c) {
         const std::string path = c.repo + "blobs/x.incomplete";
         put_file(path, "half");
         std::filesystem::last_write_time(
             path, std::filesystem::file_time_type::clock::now() -
                       std::chrono::hours(24 * 30));
       },
       {}},
      {{"journal-without-partial"},
       [](Cache& c) {
         put_file(c.temp / "hub/.locks/models--me--m/x.00000000.journal", "x");
       },
       {}},
      {{"lock-not-file"},
       [](Cache& c) {
         std::filesystem::create_directories(c.temp /
                                             "hub/.locks/models--me--m/x.lock");
       },
       {"lock-not-file"}},
      {{"foreign-file"},
       [](Cache& c) { put_file(c.temp / "hub/mine.txt", "x"); },
       {"foreign-file"}},
      {{"symlink-unsupported"},
       [](Cache& c) {
         put_file(c.repo + "snapshots/" + kCommit + "/plain", "x");
       },
       {"symlink-unsupported"}},
      {{"snapshot-incomplete"},
       [](Cache& c) {
         std::filesystem::remove(c.repo + "snapshots/" + kCommit +
                                 "/config.json");
       },
       {"snapshot-incomplete"}},
      {{"blob-name-invalid", "duplicate-blob-casefold"},
       [](Cache& c) {
         std::string upper = c.large;
         std::transform(upper.begin(), upper.end(), upper.begin(), ::toupper);
         if (upper != c.large) put_file(c.repo + "blobs/" + upper, "x");
       },
       {"blob-name-invalid", "duplicate-blob-casefold"}},
      {{"wrong-mode-token"},
       [](Cache& c) {
         put_file(c.temp / "token", "hf_x");
         std::filesystem::permissions(c.temp / "token",
                                      std::filesystem::perms(0644));
       },
       {}},
  };
  for (const Row& row : rows) {
    Cache cache;
    row.damage(cache);
    CAPTURE(row.expected[0]);
    CHECK(ids(cache.check()) == row.expected);
    const CacheReport repaired = cache.check(true);
    for (const CacheProblem& p : repaired.problems) {
      CHECK(p.repaired == p.can_repair);
      CHECK(p.path.find(cache.temp.path()) == 0);
      CHECK(p.text.ends_with('.'));
    }
    const CacheReport second = cache.check(true);
    CHECK(second.n_repaired == 0);
    CHECK(ids(second) == row.after_repair);
  }
}

TEST_CASE("check: any flipped bit of any blob is found") {
  const Cache cache;
  for (std::size_t bit = 0; bit < 5000; bit += 499) {
    const std::string path = cache.repo + "blobs/" + cache.large;
    flip(path, bit);
    CHECK(ids(cache.check()) == Ids{"blob-hash-mismatch"});
    flip(path, bit);
  }
  CHECK(ids(cache.check()).empty());
  // In parts: each blob belongs to exactly one.
  std::uint64_t blobs = 0;
  for (std::uint64_t part = 1; part <= 3; ++part) {
    CacheCheckOptions options;
    options.part = part;
    options.parts = 3;
    blobs += check_cache(context_for(cache.temp), options).value().n_blobs;
  }
  CHECK(blobs == 2);
  CacheCheckOptions bad;
  bad.part = 4;
  bad.parts = 3;
  CHECK(check_cache(context_for(cache.temp), bad).error().code() ==
        Code::kUsage);
}

TEST_CASE("check: wrong content of the shared store goes for everybody") {
  Cache cache;
  cache::RepoCache model = open_repo(cache.temp / "hub", kModel);
  REQUIRE(model.share_blob(cache.large, kXet, 5000));
  CHECK(ids(cache.check()).empty());
  flip(cache.temp / ("hub/blobs/ab/" + kXet), 7);
  CHECK(ids(cache.check()) == Ids{"blob-hash-mismatch"});
  CHECK(cache.check(true).n_errors == 0);
  CHECK_FALSE(std::filesystem::exists(cache.temp / ("hub/blobs/ab/" + kXet)));
  CHECK(ids(cache.check()) == Ids{"snapshot-incomplete"});
}

TEST_CASE("check: a folder against a listing") {
  const Cache cache;
  const std::string folder = cache.repo + "snapshots/" + kCommit;
  const std::vector<ExpectedFile> good = {{"config.json", cache.small, 2},
                                          {"sub/m.bin", cache.large, 5000}};
  const Context context = context_for(cache.temp);
  FolderReport report = check_folder(context, folder, good).value();
  CHECK(report.n_checked == 2);
  CHECK(report.mismatches.empty());
  CHECK(report.missing.empty());
  CHECK(report.extra.empty());
  flip(cache.repo + "blobs/" + cache.small, 0);
  put_file(folder + "/.cache/huggingface/x", "x");
  put_file(folder + "/more", "x");
  report = check_folder(context, folder,
                        {good[0], good[1], {"gone", cache.small, 2}})
               .value();
  REQUIRE(report.mismatches.size() == 1);
  CHECK(report.mismatches[0].path == "config.json");
  CHECK(report.mismatches[0].actual == base::git_blob_id("z}"));
  CHECK(report.missing == Ids{"gone"});
  CHECK(report.extra == Ids{"more"});
  CHECK(check_folder(context, folder + "x", good).error().code() ==
        Code::kNotFound);
}
