#include "cache/repo_cache.h"

#include <doctest/doctest.h>

#include "base/hash.h"
#include "cache/layout.h"
#include "support/fake_clock.h"
#include "support/fault_fs.h"
#include "support/temp_dir.h"

using namespace hug;
using namespace hug::cache;
using hug::test::FakeClock;
using hug::test::FaultFs;
using hug::test::get_file;
using hug::test::put_file;
using hug::test::TempDir;

namespace {

const std::string kCommit(40, 'a');
const std::string kOther(40, 'b');
const RepoId kRepo{RepoType::kModel, "me", "m.x"};

RepoCache open(std::shared_ptr<sys::Fs> fs, const std::string& root,
               bool links = true) {
  CacheSettings settings;
  settings.root = root;
  settings.symlinks = links;
  return RepoCache::open(std::move(fs), std::make_shared<FakeClock>(), settings,
                         kRepo)
      .value();
}

Result<std::string> add(RepoCache& cache, const std::string& commit,
                        const std::string& file, const std::string& content) {
  const std::string etag = base::git_blob_id(content);
  sys::PartFile part = HUG_TRY(cache.open_partial(etag, content.size()));
  HUG_TRY(part.write(0, std::as_bytes(std::span(content))));
  HUG_TRY(part.mark({0, content.size()}));
  return cache.publish(part, etag, commit, file);
}

std::vector<std::string> names_in(const std::string& dir) {
  std::vector<std::string> out;
  for (const auto& e : std::filesystem::recursive_directory_iterator(dir)) {
    if (!e.is_directory() || e.is_symlink()) {
      out.push_back(e.path().string().substr(dir.size() + 1));
    }
  }
  std::sort(out.begin(), out.end());
  return out;
}

}  // namespace

TEST_CASE("layout: folder names go both ways") {
  CHECK(repo_folder(kRepo) == "models--me--m.x");
  CHECK(repo_folder({RepoType::kDataset, "", "squad"}) == "datasets--squad");
  CHECK(parse_repo_folder("models--me--m.x") == kRepo);
  CHECK(parse_repo_folder("kernels--a--b").value().type == RepoType::kKernel);
  CHECK(parse_repo_folder("spaces--a").value().full() == "a");
  for (const char* bad : {"models", "blobs", "buckets--a--b", "model--a", "",
                          "--a", "s--a", "models--"}) {
    CAPTURE(bad);
    CHECK_FALSE(parse_repo_folder(bad));
  }
  CHECK(pointer_target("a", "e1") == "../../blobs/e1");
  CHECK(pointer_target("a/b/c", "e1") == "../../../../blobs/e1");
}

TEST_CASE("tree file: byte-equal to Python's json.dump(indent=1)") {
  const std::string sha1(40, '1');
  const std::string sha256(64, '2');
  const std::string xet(64, '3');
  const std::vector<TreeFile> files = {
      {"config.json", 519, sha1, "", 0, ""},
      {"mod\u00e9l.bin", 134, sha1, sha256, 1234, xet}};
  const std::string text = format_tree({files[1], files[0]});
  CHECK(text ==
        "{\n \"format_version\": 1,\n \"files\": {\n  \"config.json\": {\n   "
        "\"size\": 519,\n   \"blob_id\": \"" +
            sha1 +
            "\"\n  },\n  \"mod\\u00e9l.bin\": {\n   \"size\": 134,\n   "
            "\"blob_id\": \"" +
            sha1 + "\",\n   \"lfs_sha256\": \"" + sha256 +
            "\",\n   \"lfs_size\": 1234,\n   \"xet_hash\": \"" + xet +
            "\"\n  }\n }\n}");
  CHECK(parse_tree(text).value() == files);
  CHECK(files[1].real_size() == 1234);
  CHECK(parse_tree("{\"format_version\":1,\"files\":{}}").value().empty());
  for (const std::string& bad :
       {std::string(), std::string("[]"),
        std::string("{\"format_version\":2,\"files\":{}}"),
        std::string("{\"format_version\":1,\"files\":{\"a\":{\"size\":1}}}"),
        std::string("{\"format_version\":1,\"files\":{\"a\":{\"size\":1,"
                    "\"blob_id\":\"***\"}}}")}) {
    CHECK_FALSE(parse_tree(bad));
  }
}

TEST_CASE("repo cache: one file makes exactly the Python client's tree") {
  const TempDir temp;
  RepoCache cache = open(sys::real_fs(), temp.path());
  CHECK(cache.find_file("main", "sub/config.json").state ==
        Lookup::State::kMiss);
  const std::string content = "{}\n";
  const std::string etag = base::git_blob_id(content);
  const auto path = add(cache, kCommit, "sub/config.json", content);
  REQUIRE(path);
  REQUIRE(cache.write_ref("refs/pr/1", kCommit));
  REQUIRE(cache.write_ref(kCommit, kCommit));
  const std::string repo = temp / "models--me--m.x";
  CHECK(*path == repo + "/snapshots/" + kCommit + "/sub/config.json");
  CHECK(names_in(temp.path()) ==
        std::vector<std::string>{
            "CACHEDIR.TAG", "models--me--m.x/blobs/" + etag,
            "models--me--m.x/refs/refs/pr/1",
            "models--me--m.x/snapshots/" + kCommit + "/sub/config.json"});
  CHECK(get_file(temp / "CACHEDIR.TAG").size() == 191);
  CHECK(get_file(repo + "/refs/refs/pr/1") == kCommit);
  CHECK(std::filesystem::read_symlink(*path) == "../../../blobs/" + etag);
  CHECK(get_file(*path) == content);

  CHECK(cache.find_commit("refs/pr/1") == kCommit);
  const Lookup found = cache.find_file("refs/pr/1", "sub/config.json");
  CHECK(found.state == Lookup::State::kFile);
  CHECK(found.path == *path);
  CHECK(cache.find_blob(etag) == 3);
  CHECK(cache.has_snapshot(kCommit));

  // The same content in another revision: only a link.
  CHECK(cache.link_file(etag, kOther, "copy"));
  CHECK(get_file(repo + "/snapshots/" + kOther + "/copy") == content);
  CHECK(cache.link_file(std::string(40, '0'), kOther, "x").error().code() ==
        Code::kNotFound);
}

TEST_CASE("repo cache: known absences, listings, and what is missing") {
  const TempDir temp;
  RepoCache cache = open(sys::real_fs(), temp.path());
  cache.mark_absent(kCommit, "a/b.txt");
  REQUIRE(cache.write_ref("main", kCommit));
  CHECK(cache.find_file("main", "a/b.txt").state == Lookup::State::kAbsent);
  CHECK_FALSE(cache.missing_files(kCommit));
  cache.write_tree(kCommit, {{"x", 1, std::string(40, '1'), "", 0, ""},
                             {"y", 1, std::string(40, '2'), "", 0, ""}});
  REQUIRE(add(cache, kCommit, "x", "x"));
  CHECK(cache.missing_files(kCommit) == std::vector<std::string>{"y"});
  CHECK(cache.find_tree(kCommit).value().size() == 2);
}

TEST_CASE("repo cache: broken entries are misses") {
  const TempDir temp;
  RepoCache cache = open(sys::real_fs(), temp.path());
  const auto path = add(cache, kCommit, "f", "content");
  REQUIRE(cache.write_ref("main", kCommit));
  const std::string ref = temp / "models--me--m.x/refs/main";
  put_file(ref, kCommit + "\n");
  CHECK(cache.find_commit("main") == kCommit);
  for (const std::string& bad :
       {std::string(), kCommit.substr(1), kCommit + "a", std::string("../x")}) {
    put_file(ref, bad);
    CHECK_FALSE(cache.find_commit("main"));
  }
  std::filesystem::remove(cache.blob_path(base::git_blob_id("content")));
  CHECK(cache.find_file(kCommit, "f").state == Lookup::State::kMiss);
  CHECK(cache.find_file(kCommit, "../../x").state == Lookup::State::kMiss);
  CHECK_FALSE(cache.find_commit("../main"));
  CHECK_FALSE(cache.write_ref("../main", kCommit));
  CHECK_FALSE(add(cache, kCommit, "../f", "x"));
  CHECK_FALSE(add(cache, "../../x", "f", "x"));
  // An etag that is no file name becomes the digest of itself.
  CHECK(cache.blob_path("../../x").find("/blobs/") != std::string::npos);
  CHECK(cache.blob_path("../../x").find("..") == std::string::npos);
}

TEST_CASE("repo cache: without links the snapshot holds the files") {
  const TempDir temp;
  RepoCache cache = open(sys::real_fs(), temp.path(), false);
  const auto path = add(cache, kCommit, "d/f", "content");
  REQUIRE(path);
  CHECK_FALSE(std::filesystem::is_symlink(*path));
  CHECK(get_file(*path) == "content");
  CHECK(std::filesystem::is_empty(temp / "models--me--m.x/blobs"));
}

TEST_CASE("repo cache: a run goes on with what a dead one left") {
  const TempDir temp;
  RepoCache cache = open(sys::real_fs(), temp.path());
  const std::string content(1000, 'x');
  const std::string etag = base::git_blob_id(content);
  const auto bytes = std::as_bytes(std::span(content));
  {
    sys::PartFile part = cache.open_partial(etag, 1000).value();
    REQUIRE(part.write(0, bytes.first(400)));
    REQUIRE(part.mark({0, 400}));
    // Somebody else meanwhile gets a partial file of his own.
    CHECK(cache.open_partial(etag, 1000).value().done().total() == 0);
  }
  CHECK(cache.resumable(etag, 1000) == 400);
  CHECK(cache.resumable(etag, 999) == 0);
  {
    sys::PartFile part = cache.open_partial(etag, 1000).value();
    CHECK(part.done().total() == 400);
    REQUIRE(part.write(400, bytes.subspan(400)));
    REQUIRE(part.mark({400, 600}));
    const auto path = cache.publish(part, etag, kCommit, "f");
    REQUIRE(path);
    CHECK(get_file(*path) == content);
  }
  // Only the empty one of the interloper is left, for prune.
  const auto left = names_in(temp / "models--me--m.x/blobs");
  REQUIRE(left.size() == 2);
  CHECK(left[1].ends_with(".incomplete"));
}

TEST_CASE("repo cache: journals of pruned partial files go") {
  const TempDir temp;
  RepoCache cache = open(sys::real_fs(), temp.path());
  const std::string etag(40, 'd');
  {
    sys::PartFile part = cache.open_partial(etag, 10).value();
    REQUIRE(part.write(0, std::as_bytes(std::span("abc", 3))));
    REQUIRE(part.mark({0, 3}));
  }
  const std::string blobs = temp / "models--me--m.x/blobs";
  const std::string locks = temp / ".locks/models--me--m.x";
  CHECK(names_in(locks).size() == 1);
  std::filesystem::remove_all(blobs);
  std::filesystem::create_directory(blobs);
  CHECK(cache.resumable(etag, 10) == 0);
  CHECK(cache.open_partial(etag, 10).value().done().total() == 0);
  CHECK(names_in(locks).size() == 1);
}

TEST_CASE("repo cache: a removed repository is made again") {
  const TempDir temp;
  RepoCache cache = open(sys::real_fs(), temp.path());
  REQUIRE(add(cache, kCommit, "f", "1"));
  std::filesystem::remove_all(temp / "models--me--m.x");
  REQUIRE(add(cache, kCommit, "g", "2"));
  CHECK(cache.find_file(kCommit, "g").state == Lookup::State::kFile);
}

TEST_CASE("repo cache: locks lie where the Python client has them") {
  const TempDir temp;
  RepoCache cache = open(sys::real_fs(), temp.path());
  const auto lock = cache.lock_blob("abc");
  REQUIRE(lock);
  REQUIRE(lock->has_value());
  CHECK(std::filesystem::exists(temp / ".locks/models--me--m.x/abc.lock"));
  CHECK(cache.lock_blob("abc").error().code() == Code::kBusy);
  CHECK(cache.lock_blob("abd"));
}

// Every call fails once; afterwards whatever has a final name is right, and
// the same work succeeds.
TEST_CASE("repo cache: any failing call leaves a cache that is right") {
  for (const int error : {EIO, ENOSPC, EACCES}) {
    for (std::size_t k = 1;; ++k) {
      const TempDir temp;
      std::filesystem::create_directory(temp / "grave");
      const auto fs = std::make_shared<FaultFs>(temp / "grave");
      RepoCache cache = open(fs, temp / "hub");
      fs->fail_at(k, error);
      const auto work = [&]() -> Result<void> {
        (void)HUG_TRY(add(cache, kCommit, "d/f", "content"));
        return cache.write_ref("main", kCommit);
      };
      const Result<void> done = work();
      fs->heal();
      CAPTURE(k);
      const Lookup found = cache.find_file(kCommit, "d/f");
      if (found.state == Lookup::State::kFile) {
        REQUIRE(get_file(found.path) == "content");
      } else {
        REQUIRE_FALSE(done);
      }
      const auto commit = cache.find_commit("main");
      if (commit) REQUIRE(*commit == kCommit);
      const Result<void> again = work();
      if (!again) MESSAGE(again.error().message());
      REQUIRE(again);
      REQUIRE(get_file(cache.find_file("main", "d/f").path) == "content");
      if (!fs->failed()) break;
    }
  }
}

TEST_CASE("repo cache: power failures leave a cache that is right") {
  for (std::size_t k = 1;; ++k) {
    bool ended = false;
    for (std::uint64_t seed = 0; seed < 6; ++seed) {
      const TempDir temp;
      std::filesystem::create_directory(temp / "grave");
      const auto fs = std::make_shared<FaultFs>(temp / "grave");
      fs->fail_at(k, EIO, true);
      {
        RepoCache cache = open(fs, temp / "hub");
        const Result<std::string> path = add(cache, kCommit, "f", "content");
        if (path) (void)cache.write_ref("main", kCommit);
      }
      ended = !fs->failed();
      fs->heal();
      fs->crash(seed);
      RepoCache cache = open(sys::real_fs(), temp / "hub");
      CAPTURE(k);
      CAPTURE(seed);
      const std::string blob = cache.blob_path(base::git_blob_id("content"));
      if (std::filesystem::exists(blob)) REQUIRE(get_file(blob) == "content");
      const Lookup found = cache.find_file(kCommit, "f");
      if (found.state == Lookup::State::kFile) {
        REQUIRE(get_file(found.path) == "content");
      }
      REQUIRE(add(cache, kCommit, "f", "content"));
      REQUIRE(cache.write_ref("main", kCommit));
      REQUIRE(get_file(cache.find_file("main", "f").path) == "content");
    }
    if (ended) break;
  }
}
