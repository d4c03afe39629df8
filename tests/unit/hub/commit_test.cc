#include "hub/store/commit.h"

#include <doctest/doctest.h>

#include <atomic>
#include <thread>

#include "fixture.h"
#include "hub/git/pointer.h"
#include "hub/git/revision.h"

using namespace hug;
using namespace hug::hub;
using hug::test::HubFixture;
using hug::test::must;

TEST_CASE("commit: deletions come first, then additions") {
  HubFixture hub;
  const auto record = hub.make_repo("a");
  must(hub.commit(*record, test::header_line() + test::file_line("x/y", "1") +
                               test::file_line("z", "1")));
  const auto done = must(hub.commit(
      *record, test::header_line() + test::file_line("x", "now a file") +
                   test::line("deletedFolder", "x") +
                   test::line("deletedFile", "z")));
  const ListingPtr files = must(hub.open_repo(*record)->files_of(done.commit));
  CHECK(!files->find("x")->folder);
  CHECK(files->find("z") == nullptr);
}

TEST_CASE("commit: files and folders exclude each other") {
  HubFixture hub;
  const auto record = hub.make_repo("a");
  must(hub.commit(*record, test::header_line() + test::file_line("x/y", "1")));
  for (const char* path : {"x", "x/y/z"}) {
    const auto done =
        hub.commit(*record, test::header_line() + test::file_line(path, "2"));
    REQUIRE(!done);
    CHECK(done.error().code() == Code::kUsage);
  }
  const auto missing =
      hub.commit(*record, test::header_line() + test::line("deletedFile", "x"));
  CHECK(missing.error().remote_code() == "EntryNotFound");
}

TEST_CASE("commit: a stale parent is refused, a short one is fine") {
  HubFixture hub;
  const auto record = hub.make_repo("a");
  const std::string parent = record->head;
  const auto first =
      must(hub.commit(*record, test::header_line(parent.substr(0, 7)) +
                                   test::file_line("x", "1")));
  const auto late = hub.commit(
      *record, test::header_line(parent) + test::file_line("x", "2"));
  REQUIRE(!late);
  CHECK(late.error().http_status() == 412);
  const auto repo = hub.open_repo(*record);
  CHECK(must(repo->git->find_ref("refs/heads/main")) == first.commit);
}

TEST_CASE("commit: an unchanged tree makes no commit") {
  HubFixture hub;
  const auto record = hub.make_repo("a");
  const std::string text = test::header_line() + test::file_line("x", "1");
  const auto first = must(hub.commit(*record, text));
  CHECK(must(hub.commit(*record, text)).commit == first.commit);
}

TEST_CASE("commit: large files become pointers, with a rule for them") {
  HubFixture hub;
  const auto record = hub.make_repo("a");
  const std::string oid = hub.put_object("large");
  const auto unknown = hub.commit(
      *record, test::header_line() + test::lfs_line("m", std::string(64, '0')));
  CHECK(unknown.error().code() == Code::kUsage);
  const auto done = must(hub.commit(
      *record, test::header_line() + test::lfs_line("my model.gguf", oid) +
                   test::lfs_line("w.bin", oid)));
  const auto repo = hub.open_repo(*record);
  const ListingPtr files = must(repo->files_of(done.commit));
  const ListedEntry* entry = files->find("my model.gguf");
  REQUIRE(entry != nullptr);
  CHECK(entry->sha256 == oid);
  CHECK(entry->size == 5);
  CHECK(entry->blob_size == 126);
  const std::string attributes = must(
      repo->git->read(files->find(".gitattributes")->oid, ObjectType::kBlob));
  CHECK(attributes.ends_with(
      "my[[:space:]]model.gguf filter=lfs diff=lfs merge=lfs -text\n"));
  CHECK(attributes.find("w.bin") == std::string::npos);
}

TEST_CASE("commit: tags and commits cannot be committed to") {
  HubFixture hub;
  const auto record = hub.make_repo("a");
  const auto repo = hub.open_repo(*record);
  const Oid head = *Oid::parse(record->head);
  must(repo->git->set_ref("refs/tags/v1", head, Oid{}));
  const std::string text = test::header_line() + test::file_line("x", "1");
  for (const std::string& revision : {std::string("v1"), record->head}) {
    const auto done =
        hub.commit(*record, text, {.revision = revision, .author = "alice"});
    CHECK(done.error().code() == Code::kUsage);
  }
  const auto none =
      hub.commit(*record, text, {.revision = "nope", .author = "alice"});
  CHECK(none.error().remote_code() == "RevisionNotFound");
}

TEST_CASE("commit: a pull request leaves the branch alone") {
  HubFixture hub;
  const auto record = hub.make_repo("a");
  const auto done = must(
      hub.commit(*record, test::header_line() + test::file_line("x", "1"),
                 {.revision = "main", .create_pr = true, .author = "bob"}));
  CHECK(done.pull_request == 1);
  const auto repo = hub.open_repo(*record);
  CHECK(must(repo->git->find_ref("refs/pr/1")) == done.commit);
  CHECK(must(repo->git->find_ref("refs/heads/main"))->hex() == record->head);
}

TEST_CASE("commit: many writers make one line of history") {
  HubFixture hub;
  const auto record = hub.make_repo("a");
  constexpr int kWriters = 8;
  constexpr int kEach = 12;
  std::atomic<int> failed{0};
  std::vector<std::thread> threads;
  for (int w = 0; w < kWriters; ++w) {
    threads.emplace_back([&, w] {
      for (int i = 0; i < kEach; ++i) {
        const std::string name = std::to_string(w) + "-" + std::to_string(i);
        if (!hub.commit(*record,
                        test::header_line() + test::file_line(name, name))) {
          ++failed;
        }
      }
    });
  }
  for (std::thread& thread : threads)
    thread.join();
  CHECK(failed == 0);
  const auto repo = hub.open_repo(*record);
  const auto head = must(repo->git->find_ref("refs/heads/main"));
  CHECK(must(repo->files_of(*head))->entries.size() == kWriters * kEach + 1);
  std::size_t commits = 0;
  for (Oid at = *head;; ++commits) {
    const GitCommit commit = must(repo->git->commit(at));
    if (commit.parents.empty()) break;
    REQUIRE(commit.parents.size() == 1);
    at = commit.parents[0];
  }
  CHECK(commits == kWriters * kEach);
}

TEST_CASE("revision: names with slashes, ids and their beginnings") {
  HubFixture hub;
  const auto record = hub.make_repo("a");
  const auto repo = hub.open_repo(*record);
  const Oid head = *Oid::parse(record->head);
  must(repo->git->set_ref("refs/heads/side/way", head, Oid{}));
  const auto& git = *repo->git;
  for (const std::string& revision :
       {std::string("main"), std::string("HEAD"), record->head,
        record->head.substr(0, 7), std::string("side/way"),
        std::string("refs/heads/side/way")}) {
    CHECK_MESSAGE(must(find_revision(git, revision)) == head, revision);
  }
  for (const std::string& revision :
       {std::string(), record->head.substr(0, 6), std::string("side"),
        std::string("../main"), std::string(40, '0')}) {
    CHECK_MESSAGE(!must(find_revision(git, revision)), revision);
  }
  const auto split = must(split_revision(git, {"side", "way", "x", "y"}));
  CHECK(split.segments == 2);
  CHECK(!split_revision(git, {"side", "no"}));
}
