#include <doctest/doctest.h>

#include <cstdlib>

#include "fixture.h"
#include "hub/git/pack_merge.h"
#include "hub/git/tree.h"

using namespace hug;
using namespace hug::hub;
using hug::test::HubFixture;
using hug::test::must;

namespace {

// git's own opinion, where it is installed.
bool git_is_content(const std::string& path) {
  if (std::system("git --version > /dev/null 2>&1") != 0) return true;
  const std::string command =
      "git -C " + path + " fsck --full --strict > /dev/null 2>&1";
  return std::system(command.c_str()) == 0;
}

std::string noise(std::size_t size) {
  sys::Random random(7);
  std::string out(size, '\0');
  for (char& c : out)
    c = static_cast<char>(random.next());
  return out;
}

}  // namespace

TEST_CASE("pack: what is written is read back, by libgit2 and by git") {
  HubFixture hub;
  const std::string path = hub.temp / "x.git";
  must(GitRepo::init(path));
  const auto repo = must(GitRepo::open(path));
  auto pack = must(PackWriter::create(hub.store->fs(), hub.store->temp()));
  TreeEditor editor(*repo, Oid{});
  const std::string contents[] = {"", "a", std::string(100'000, 'x'),
                                  noise(3'000'000)};
  int n = 0;
  std::vector<Oid> oids;
  for (const std::string& content : contents) {
    oids.push_back(must(pack.add(ObjectType::kBlob, content)));
    CHECK(oids.back() == object_id(ObjectType::kBlob, content));
    must(editor.put("d" + std::to_string(n % 2) + "/f" + std::to_string(n),
                    oids.back()));
    ++n;
  }
  const std::size_t before = pack.count();
  must(pack.add(ObjectType::kBlob, "a"));
  CHECK(pack.count() == before);
  const Oid tree = must(editor.write(pack));
  const Oid commit = must(pack.add(
      ObjectType::kCommit, format_commit(tree, {}, "a <b>", 1, "t\n\nm")));
  must(pack.publish(path + "/objects/pack"));
  must(repo->refresh());
  must(repo->set_ref("refs/heads/main", commit, Oid{}));
  for (std::size_t i = 0; i < oids.size(); ++i) {
    CHECK(must(repo->read(oids[i], ObjectType::kBlob)) == contents[i]);
  }
  const GitCommit back = must(repo->commit(commit));
  CHECK(back.title == "t");
  CHECK(back.message == "m");
  CHECK(back.author == "a b");
  CHECK(back.date == "1970-01-01T00:00:01.000Z");
  CHECK(git_is_content(path));
}

TEST_CASE("pack: dropped before publish, nothing is left") {
  HubFixture hub;
  {
    auto pack = must(PackWriter::create(hub.store->fs(), hub.store->temp()));
    must(pack.add(ObjectType::kBlob, "x"));
    CHECK(must(hub.store->fs().list(hub.store->temp())).size() == 1);
  }
  CHECK(must(hub.store->fs().list(hub.store->temp())).empty());
}

TEST_CASE("pack: many small ones become one, and the objects stay") {
  HubFixture hub;
  const auto record = hub.make_repo("m");
  for (int i = 0; i < 70; ++i) {
    must(hub.commit(
        *record, test::header_line() + test::file_line("f" + std::to_string(i),
                                                       std::to_string(i))));
  }
  const auto repo = hub.open_repo(*record);
  int packs = 0;
  for (const auto& entry : must(hub.store->fs().list(repo->pack_dir()))) {
    packs += entry.name.ends_with(".idx") ? 1 : 0;
  }
  CHECK(packs < 64);
  const auto head = must(repo->git->find_ref("refs/heads/main"));
  CHECK(must(repo->histories.get(*repo->git, *head))->size() == 71);
  CHECK(must(repo->files_of(*head))->entries.size() == 71);
  CHECK(git_is_content(repo->git->path()));
}

TEST_CASE("tree: edits keep git's order and drop empty folders") {
  HubFixture hub;
  const auto record = hub.make_repo("t");
  must(hub.commit(*record, test::header_line() + test::file_line("a.b", "1") +
                               test::file_line("a/x", "2") +
                               test::file_line("a0", "3")));
  const auto repo = hub.open_repo(*record);
  CHECK(git_is_content(repo->git->path()));
  const auto done = must(hub.commit(
      *record, test::header_line() + test::line("deletedFile", "a/x")));
  const ListingPtr files = must(repo->files_of(done.commit));
  CHECK(files->find("a") == nullptr);
  CHECK(files->find("a.b") != nullptr);
  CHECK(git_is_content(repo->git->path()));
}

TEST_CASE("tree: malformed objects are errors") {
  for (const std::string& raw :
       {std::string("100644 x"), std::string("100644 x\0short", 14),
        std::string("999 x\0"
                    "01234567890123456789",
                    26),
        std::string("\0", 1)}) {
    CHECK(!parse_tree(raw).has_value());
  }
}
