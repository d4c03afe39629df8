#include "hub/store/fsck.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <filesystem>

#include "fixture.h"

using namespace hug;
using namespace hug::hub;
using hug::test::HubFixture;
using hug::test::must;

namespace {

namespace fs = std::filesystem;

HubFsckReport check(HubFixture& hub, bool repair = false) {
  return must(check_hub(*hub.store, {.repair = repair}, hub.context));
}

bool has(const HubFsckReport& report, const std::string& id) {
  return std::any_of(report.findings.begin(), report.findings.end(),
                     [&](const HubFinding& f) { return f.id == id; });
}

void overwrite(const std::string& path, const std::string& content) {
  fs::permissions(path, fs::perms::owner_all);
  test::put_file(path, content);
}

}  // namespace

TEST_CASE("fsck: a healthy hub has no findings") {
  HubFixture hub;
  const auto record = hub.make_repo("a");
  const std::string oid = hub.put_object("large");
  must(hub.commit(*record, test::header_line() + test::lfs_line("l", oid) +
                               test::file_line("s", "small")));
  const HubFsckReport report = check(hub);
  CHECK(report.findings.empty());
  CHECK(report.clean());
  CHECK(report.repos == 1);
  CHECK(report.large_objects == 1);
  CHECK(report.git_objects >= 7);
}

TEST_CASE("fsck: flipped, cut and missing large objects are found") {
  HubFixture hub;
  const auto record = hub.make_repo("a");
  const std::string oid = hub.put_object("large");
  must(hub.commit(*record, test::header_line() + test::lfs_line("l", oid)));
  const std::string path = hub.store->objects().path(oid);
  overwrite(path, "lbrge");
  CHECK(has(check(hub), "hub-object-hash"));
  overwrite(path, "larg");
  CHECK(has(check(hub), "hub-object-size"));
  const HubFsckReport repaired = check(hub, true);
  CHECK(has(repaired, "hub-object-hash"));
  // Out of the way, it can be uploaded again.
  CHECK(has(check(hub), "hub-object-missing"));
  hub.put_object("large");
  CHECK(check(hub).clean());
}

TEST_CASE("fsck: damaged packs and lost commits are found") {
  HubFixture hub;
  const auto record = hub.make_repo("a");
  const auto done = must(hub.commit(
      *record, test::header_line() + test::file_line("x", "content")));
  const std::string folder = hub.open_repo(*record)->pack_dir();
  hub.open();
  SUBCASE("a byte of a pack") {
    for (const auto& entry : fs::directory_iterator(folder)) {
      if (entry.path().extension() != ".pack") continue;
      std::string bytes = test::get_file(entry.path());
      bytes[bytes.size() / 2] = static_cast<char>(bytes[bytes.size() / 2] ^ 4);
      overwrite(entry.path(), bytes);
    }
    CHECK(!check(hub).clean());
  }
  SUBCASE("a ref to nothing") {
    const std::string ref =
        hub.store->repos().path(record->id) + "/refs/heads/gone";
    test::put_file(ref, std::string(40, '1') + "\n");
    CHECK(has(check(hub), "hub-ref-dangling"));
  }
  SUBCASE("the repository itself") {
    fs::remove_all(hub.store->repos().path(record->id));
    CHECK(has(check(hub), "hub-repo-missing"));
  }
  (void)done;
}

TEST_CASE("fsck: what a crash leaves is no error, and goes with --repair") {
  HubFixture hub;
  const auto record = hub.make_repo("a");
  const std::string folder = hub.open_repo(*record)->pack_dir();
  test::put_file(folder + "/pack-" + std::string(40, 'a') + ".pack", "PACK");
  test::put_file(hub.temp / "hub/trash/x/y", "z");
  // A head that the database has not heard of.
  must(hub.commit(*record, test::header_line() + test::file_line("x", "1")));
  must(hub.store->registry().set_derived(record->id, record->head,
                                         record->updated, "{}", 0));
  const HubFsckReport before = check(hub);
  CHECK(before.clean());
  CHECK(has(before, "hub-tmp-leftover"));
  CHECK(has(before, "hub-derived-stale"));
  (void)check(hub, true);
  CHECK(check(hub).findings.empty());
}

TEST_CASE("fsck: a lost database is rebuilt from the repositories") {
  HubFixture hub;
  must(hub.store->create_repo({.kind = RepoKind::kDataset,
                               .name_space = "alice",
                               .name = "d",
                               .is_private = true,
                               .author = "alice"}));
  hub.store.reset();
  for (const char* file : {"hub.db", "hub.db-wal", "hub.db-shm"}) {
    fs::remove(hub.temp / ("hub/" + std::string(file)));
  }
  hub.open();
  CHECK(has(check(hub), "hub-repo-orphan"));
  (void)check(hub, true);
  CHECK(check(hub).findings.empty());
  const auto found =
      must(hub.store->registry().find(RepoKind::kDataset, "alice", "d"));
  REQUIRE(found);
  CHECK(found->is_private);
}

TEST_CASE("store: folders of dead processes go, those of living ones stay") {
  HubFixture hub;
  test::put_file(hub.temp / "hub/tmp/dead/x", "y");
  test::put_file(hub.temp / "hub/tmp/dead.lock", "");
  const auto other = must(Store::open(hub.context, hub.temp / "hub"));
  CHECK(!fs::exists(hub.temp / "hub/tmp/dead"));
  CHECK(fs::exists(hub.store->temp()));
  CHECK(fs::exists(other->temp()));
}
