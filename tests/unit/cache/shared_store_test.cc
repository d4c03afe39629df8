#include "cache/shared_store.h"

#include <doctest/doctest.h>

#include "base/hash.h"
#include "cache/repo_cache.h"
#include "support/fake_clock.h"
#include "support/temp_dir.h"

using namespace hug;
using namespace hug::cache;
using hug::test::FakeClock;
using hug::test::get_file;
using hug::test::put_file;
using hug::test::TempDir;

namespace {

const std::string kCommit(40, 'a');
const std::string kEtag = base::sha256_hex("payload");
const std::string kXet = "3f" + std::string(62, '0');

RepoCache open(const std::string& root, const std::string& name) {
  CacheSettings settings;
  settings.root = root;
  return RepoCache::open(sys::real_fs(), std::make_shared<FakeClock>(),
                         settings, {RepoType::kModel, "me", name})
      .value();
}

void add(RepoCache& cache, const std::string& content) {
  sys::PartFile part = cache.open_partial(kEtag, content.size()).value();
  REQUIRE(part.write(0, std::as_bytes(std::span(content))));
  REQUIRE(part.mark({0, content.size()}));
  REQUIRE(cache.publish(part, kEtag, kCommit, "model.bin"));
}

std::uint32_t mode_of(const std::string& path) {
  return static_cast<std::uint32_t>(
      std::filesystem::status(path).permissions());
}

}  // namespace

TEST_CASE("shared store: published once, linked by others, swept at the end") {
  const TempDir temp;
  std::filesystem::permissions(temp.path(), std::filesystem::perms(0755));
  RepoCache one = open(temp.path(), "one");
  add(one, "payload");
  REQUIRE(one.share_blob(kEtag, kXet, 7));
  CHECK(get_file(temp / "blobs/.huggingface-shared-blobs") == "1\n");
  const std::string payload = temp / ("blobs/3f/" + kXet);
  CHECK(get_file(payload) == "payload");
  CHECK(mode_of(payload) == 0444);
  CHECK(mode_of(payload + ".refs") == 0666);
  CHECK(get_file(payload + ".refs") == "models--me--one/blobs/" + kEtag + "\n");
  CHECK(std::filesystem::read_symlink(one.blob_path(kEtag)) ==
        "../../blobs/3f/" + kXet);
  CHECK(get_file(one.find_file(kCommit, "model.bin").path) == "payload");
  CHECK(one.find_blob(kEtag) == 7);

  RepoCache two = open(temp.path(), "two");
  CHECK_FALSE(two.link_shared(kEtag, kXet, 8));
  REQUIRE(two.link_shared(kEtag, kXet, 7));
  REQUIRE(two.link_file(kEtag, kCommit, "other.bin"));
  CHECK(get_file(two.find_file(kCommit, "other.bin").path) == "payload");

  const auto fs = sys::real_fs();
  FakeClock clock;
  const sys::Dir root = fs->open_dir(temp.path()).value();
  const SharedStore store(*fs, clock, root);
  REQUIRE(store.payloads().size() == 1);
  CHECK(store.payloads()[0].referenced);
  CHECK(store.sweep(kXet).value() == 0);
  std::filesystem::remove(one.blob_path(kEtag));
  CHECK(store.sweep(kXet).value() == 0);
  // The line of the removed blob is gone from the manifest.
  CHECK(get_file(payload + ".refs") == "models--me--two/blobs/" + kEtag + "\n");
  std::filesystem::remove(two.blob_path(kEtag));
  CHECK_FALSE(store.payloads()[0].referenced);
  CHECK(store.sweep(kXet).value() == 7);
  CHECK_FALSE(std::filesystem::exists(payload));
  CHECK_FALSE(std::filesystem::exists(payload + ".refs"));
}

TEST_CASE("shared store: nothing is taken from folders of others") {
  const TempDir temp;
  put_file(temp / "blobs/mine.txt", "x");
  RepoCache cache = open(temp.path(), "one");
  add(cache, "payload");
  CHECK_FALSE(cache.share_blob(kEtag, kXet, 7));
  CHECK_FALSE(std::filesystem::is_symlink(cache.blob_path(kEtag)));
  CHECK(get_file(cache.blob_path(kEtag)) == "payload");
  CHECK_FALSE(cache.share_blob(kEtag, "../x", 7));
}

TEST_CASE("shared store: links in the store are not followed") {
  const TempDir temp;
  put_file(temp / "outside", "secret!");
  RepoCache cache = open(temp / "hub", "one");
  add(cache, "payload");
  REQUIRE(cache.share_blob(kEtag, kXet, 7));
  const std::string payload = temp / ("hub/blobs/3f/" + kXet);
  std::filesystem::remove(payload);
  std::filesystem::create_symlink(temp / "outside", payload);
  RepoCache two = open(temp / "hub", "two");
  CHECK_FALSE(two.link_shared(kEtag, kXet, 7));
  CHECK(get_file(temp / "outside") == "secret!");
}

TEST_CASE("shared store: content that is not what it is said to be") {
  const TempDir temp;
  RepoCache one = open(temp.path(), "one");
  add(one, "payload");
  REQUIRE(one.share_blob(kEtag, kXet, 7));
  const std::string payload = temp / ("blobs/3f/" + kXet);
  std::filesystem::remove(payload);
  put_file(payload, "paYload");
  RepoCache two = open(temp.path(), "two");
  CHECK_FALSE(two.link_shared(kEtag, kXet, 7));
  CHECK_FALSE(two.find_blob(kEtag));
}

TEST_CASE("shared store: without a manifest nothing is deleted") {
  const TempDir temp;
  RepoCache cache = open(temp.path(), "one");
  add(cache, "payload");
  REQUIRE(cache.share_blob(kEtag, kXet, 7));
  const std::string payload = temp / ("blobs/3f/" + kXet);
  std::filesystem::remove(payload + ".refs");
  std::filesystem::remove(cache.blob_path(kEtag));
  const auto fs = sys::real_fs();
  FakeClock clock;
  const sys::Dir root = fs->open_dir(temp.path()).value();
  const SharedStore store(*fs, clock, root);
  CHECK(store.payloads()[0].referenced);
  CHECK(store.sweep(kXet).value() == 0);
  CHECK(get_file(payload) == "payload");
  // Lines that are none do not count, whatever they say.
  put_file(payload + ".refs", "../../etc/passwd\nmodels--me--one/blobs/..\n\n");
  CHECK_FALSE(store.payloads()[0].referenced);
}

TEST_CASE("shared store: targets have one form") {
  CHECK(parse_shared_target(shared_target(kXet)) == kXet);
  CHECK_FALSE(parse_shared_target("../../../blobs/3f/" + kXet));
  CHECK_FALSE(parse_shared_target("/etc/" + kXet));
  CHECK_FALSE(parse_shared_target("../../blobs/00/" + kXet));
  CHECK_FALSE(parse_shared_target(""));
}
