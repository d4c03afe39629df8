// Uploads and downloads against the embedded hub: what arrives, what it costs,
// what happens when a run is cut.
#include <doctest/doctest.h>

#include <atomic>
#include <filesystem>
#include <set>
#include <string>

#include "base/hash.h"
#include "hug/copy.h"
#include "hug/download.h"
#include "hug/hub_server.h"
#include "hug/target.h"
#include "hug/upload.h"
#include "support/temp_dir.h"

using namespace hug;
namespace fs = std::filesystem;

namespace {

std::string noise(std::size_t size, unsigned seed) {
  std::string out(size, '\0');
  std::uint64_t state = seed * 0x9e3779b97f4a7c15ULL + 1;
  for (auto& c : out) {
    state ^= state << 13;
    state ^= state >> 7;
    state ^= state << 17;
    c = static_cast<char>(state);
  }
  return out;
}

/// Asks to stop once that many bytes of progress were reported.
class StopAfter final : public EventSink {
 public:
  explicit StopAfter(std::uint64_t bytes) : bytes_(bytes) {}

  void on_event(const Event& event) noexcept override {
    if (event.kind != Event::Kind::kProgress) return;
    if (event.done >= bytes_) source.request_stop();
  }

  std::stop_source source;

 private:
  std::uint64_t bytes_;
};

struct Fixture {
  Fixture() { start({}); }

  void start(HubServerOptions options) {
    server.reset();
    options.dir = dir / "hub";
    options.owner = true;
    auto started = HubServer::start(server_context, std::move(options));
    if (!started) FAIL(started.error().message());
    server.emplace(std::move(*started));
  }

  Context make_context(EventSink* events = nullptr, std::stop_token stop = {}) {
    return Context(
        {.environment = {{"HF_HOME", dir / "home"}, {"HOME", dir.path()}},
         .stop = stop,
         .events = events});
  }

  Hub open(Context& where) {
    auto hub = Hub::open(where, {.endpoint = server->endpoint(),
                                 .token = server->owner_token()});
    REQUIRE(hub.has_value());
    return std::move(*hub);
  }

  UploadResult put(const std::string& folder) {
    auto hub = open(context);
    auto result = upload(hub, {.repo = repo, .local_path = folder});
    if (!result) FAIL(result.error().message());
    return std::move(*result);
  }

  DownloadResult get(DownloadRequest request) {
    auto hub = open(context);
    request.repo = repo;
    auto result = download(hub, request);
    if (!result) FAIL(result.error().message());
    return std::move(*result);
  }

  /// A folder of small, medium and large files.
  std::string make_folder() {
    const auto root = dir / "src";
    test::put_file(root + "/config.json", "{\"a\":1}\n");
    test::put_file(root + "/empty.txt", "");
    test::put_file(root + "/sub/dir/notes.txt", noise(1000, 1).substr(0, 5));
    test::put_file(root + "/medium.bin", noise(1'500'000, 2));
    test::put_file(root + "/large.safetensors", noise(21'000'000, 3));
    test::put_file(root + "/copy.bin", noise(1'500'000, 2));
    return root;
  }

  test::TempDir dir;
  Context server_context{Context::Options{}};
  std::optional<HubServer> server;
  Context context = make_context();
  RepoId repo{RepoType::kModel, "owner", "tiny"};
};

void check_same(const std::string& a, const std::string& b) {
  std::set<std::string> names;
  for (const auto& root : {a, b}) {
    for (const auto& entry : fs::recursive_directory_iterator(root)) {
      const auto name = fs::relative(entry.path(), root).string();
      if (fs::is_regular_file(entry.path()) && name[0] != '.') {
        names.insert(name);
      }
    }
  }
  for (const auto& name : names) {
    CAPTURE(name);
    CHECK(test::get_file(a + "/" + name) == test::get_file(b + "/" + name));
  }
}

}  // namespace

TEST_CASE_FIXTURE(Fixture, "a folder goes up, comes down and costs little") {
  repo.owner = server->owner_name();
  const auto source = make_folder();
  const auto up = put(source);
  CHECK(up.files == 6);
  CHECK(up.commits == 1);
  CHECK(up.unchanged == 0);

  const auto again = put(source);
  CHECK(again.commits == 0);
  CHECK(again.unchanged == 6);
  CHECK(again.sent_bytes == 0);
  CHECK(again.commit == up.commit);

  const auto cold = get({});
  CHECK(cold.commit == up.commit);
  check_same(source, cold.path);
  // Two questions, then one answer for each content: copy.bin is medium.bin,
  // and an empty file needs none.
  const auto ranges = 3;  // of large.safetensors
  CHECK(cold.requests == 2 + cold.plan.items.size() - 3 + ranges);
  CHECK(fs::is_symlink(cold.path + "/sub/dir/notes.txt"));
  CHECK(fs::read_symlink(cold.path + "/medium.bin").string() ==
        "../../blobs/" + base::sha256_hex(noise(1'500'000, 2)));
  const auto base = dir / ("home/hub/models--" + repo.owner + "--tiny");
  CHECK(test::get_file(base + "/refs/main") == up.commit);
  for (const auto& entry : fs::recursive_directory_iterator(dir / "home")) {
    const auto name = entry.path().filename().string();
    CAPTURE(name);
    CHECK(name.find("incomplete") == std::string::npos);
    CHECK(name.find("journal") == std::string::npos);
  }

  const auto warm = get({});
  CHECK(warm.requests == 1);
  CHECK(warm.fetched_bytes == 0);
  CHECK(get({.revision = up.commit}).requests == 0);
  CHECK(get({.files = {"config.json"}}).requests == 1);
  CHECK(get({.revision = up.commit, .files = {"config.json"}}).requests == 0);
}

TEST_CASE_FIXTURE(Fixture, "a cut download goes on where it was") {
  repo.owner = server->owner_name();
  put(make_folder());
  for (const bool folder : {false, true}) {
    CAPTURE(folder);
    DownloadRequest request{.repo = repo, .files = {"large.safetensors"}};
    if (folder) request.local_dir = dir / "local";
    if (folder) fs::remove_all(dir / "home/hub");
    StopAfter stop(10'000'000);
    auto cut = make_context(&stop, stop.source.get_token());
    {
      auto hub = open(cut);
      const auto result = download(hub, request);
      REQUIRE_FALSE(result.has_value());
      CHECK(result.error().code() == Code::kCancelled);
      CHECK(result.error().message().size() > 0);
    }
    auto hub = open(context);
    const auto plan = plan_download(hub, request);
    REQUIRE(plan.has_value());
    CHECK(plan->items.at(0).resumed >= 4'000'000);
    const auto done = download(hub, request);
    if (!done) FAIL(done.error().message());
    CHECK(test::get_file(done->path) == noise(21'000'000, 3));
    CHECK(hub.bytes_received() <= 21'000'000 - 4'000'000 + 100'000);
  }
}

TEST_CASE_FIXTURE(Fixture, "a folder of plain files") {
  repo.owner = server->owner_name();
  const auto source = make_folder();
  const auto up = put(source);
  const auto target = dir / "plain";
  const auto cold = get({.local_dir = target});
  CHECK(cold.path == target);
  check_same(source, target);
  CHECK_FALSE(fs::is_symlink(target + "/medium.bin"));
  const auto metadata = test::get_file(
      target + "/.cache/huggingface/download/medium.bin.metadata");
  CHECK(metadata.starts_with(up.commit + "\n" +
                             base::sha256_hex(noise(1'500'000, 2)) + "\n"));
  const auto warm = get({.local_dir = target});
  CHECK(warm.requests == 1);
  CHECK(warm.fetched_bytes == 0);
  // Without metadata the content itself tells.
  fs::remove_all(target + "/.cache");
  CHECK(get({.local_dir = target}).fetched_bytes == 0);
  // What the cache has is copied.
  get({});
  const auto copied = get({.local_dir = dir / "second"});
  CHECK(copied.fetched_bytes == 0);
  check_same(source, dir / "second");
}

TEST_CASE_FIXTURE(Fixture, "patterns, dry runs and what is not there") {
  repo.owner = server->owner_name();
  put(make_folder());
  auto hub = open(context);
  const auto plan = plan_download(
      hub, {.repo = repo, .include = {"*.bin", "sub/"}, .exclude = {"copy*"}});
  REQUIRE(plan.has_value());
  std::vector<std::string> names;
  for (const auto& item : plan->items)
    names.push_back(item.path);
  CHECK(names == std::vector<std::string>{"medium.bin", "sub/dir/notes.txt"});
  CHECK(plan->fetch_items == 2);
  CHECK_FALSE(fs::exists(dir / "home/hub"));
  const auto code = [&](DownloadRequest request) {
    if (request.repo.name.empty()) request.repo = repo;
    const auto result = download(hub, request);
    return result ? Code::kFailure : result.error().code();
  };
  CHECK(code({.files = {"nothing.bin"}}) == Code::kNotFound);
  CHECK(code({.files = {"config.json", "nothing.bin"}}) == Code::kNotFound);
  CHECK(code({.revision = "nope"}) == Code::kNotFound);
  CHECK(code({.repo = {RepoType::kModel, "no", "body"}}) == Code::kNotFound);
  CHECK(code({.files = {"../x"}}) == Code::kDenied);
  CHECK(code({.local_only = true}) == Code::kOffline);
}

TEST_CASE_FIXTURE(Fixture, "without a hub the cache answers") {
  repo.owner = server->owner_name();
  const auto source = make_folder();
  const auto commit = put(source).commit;
  get({.files = {"config.json", "medium.bin"}});
  Context offline({.environment = {{"HF_HOME", dir / "home"},
                                   {"HOME", dir.path()},
                                   {"HF_HUB_OFFLINE", "1"}}});
  auto hub = open(offline);
  const auto some =
      download(hub, {.repo = repo, .files = {"config.json", "medium.bin"}});
  if (!some) FAIL(some.error().message());
  CHECK(test::get_file(some->path + "/config.json") == "{\"a\":1}\n");
  CHECK(download(hub, {.repo = repo, .files = {"config.json"}}).has_value());
  const auto all = download(hub, {.repo = repo});
  REQUIRE_FALSE(all.has_value());
  CHECK(all.error().code() == Code::kOffline);
  CHECK(all.error().message().find("HF_HUB_OFFLINE") != std::string::npos);
  CHECK(hub.requests() == 0);
  // A hub that went away: the same, with a warning.
  server.reset();
  Context lonely = make_context();
  auto gone = Hub::open(
      lonely, {.endpoint = "http://127.0.0.1:9", .token = "", .retries = 0});
  const auto cached =
      download(*gone, {.repo = repo, .files = {"config.json", "medium.bin"}});
  REQUIRE(cached.has_value());
  CHECK(cached->plan.warnings.size() == 1);
  CHECK(cached->commit == commit);
}

TEST_CASE_FIXTURE(Fixture, "large objects in parts, and content known twice") {
  start({.multipart_threshold = 1 << 20, .multipart_part_size = 4 << 20});
  repo.owner = server->owner_name();
  const auto source = make_folder();
  const auto up = put(source);
  CHECK(up.commits == 1);
  check_same(source, get({}).path);
  // Another name for the same content sends nothing of it.
  test::put_file(source + "/again.safetensors", noise(21'000'000, 3));
  const auto more = put(source);
  CHECK(more.commits == 1);
  CHECK(more.unchanged == 6);
  CHECK(more.sent_bytes == 0);
}

TEST_CASE_FIXTURE(Fixture, "many files become few commits; rules are obeyed") {
  repo.owner = server->owner_name();
  const auto source = dir / "many";
  for (int i = 0; i < 600; ++i) {
    test::put_file(source + "/d" + std::to_string(i % 7) + "/f" +
                       std::to_string(i) + ".txt",
                   "file " + std::to_string(i));
  }
  test::put_file(source + "/.gitignore", "*.tmp\n");
  test::put_file(source + "/x.tmp", "no");
  test::put_file(source + "/.git/config", "no");
  test::put_file(source + "/.cache/huggingface/y", "no");
  const auto up = put(source);
  CHECK(up.files == 602);
  CHECK(up.ignored == 1);
  CHECK(up.commits <= 3);
  auto hub = open(context);
  CHECK(list_tree(hub, repo).value().size() == 601 + 7 + 1);
  // Deleting patterns goes along with an upload.
  fs::remove(source + "/d0/f0.txt");
  const auto less =
      upload(hub, {.repo = repo, .local_path = source, .remove = {"d0/*"}});
  REQUIRE(less.has_value());
  CHECK(less->removed == 1);
  CHECK(less->commits == 1);
  const auto gone = delete_files(hub, repo, {.patterns = {"d1/", "d2/f2.txt"}});
  REQUIRE(gone.has_value());
  CHECK(gone->paths.size() == 86 + 1);
  CHECK(delete_files(hub, repo, {.patterns = {"zzz"}}).error().code() ==
        Code::kNotFound);
}

TEST_CASE_FIXTURE(Fixture, "a parent that is no longer the head") {
  repo.owner = server->owner_name();
  const auto source = make_folder();
  const auto first = put(source).commit;
  test::put_file(source + "/config.json", "{\"a\":2}\n");
  const auto second = put(source).commit;
  CHECK(first != second);
  test::put_file(source + "/config.json", "{\"a\":3}\n");
  auto hub = open(context);
  UploadRequest request{.repo = repo, .local_path = source};
  request.parent_commit = first;
  CHECK(upload(hub, request).error().code() == Code::kConflict);
  request.parent_commit = second;
  CHECK(upload(hub, request).has_value());
  request.parent_commit.clear();
  request.create_pr = true;
  test::put_file(source + "/config.json", "{\"a\":4}\n");
  const auto pr = upload(hub, request);
  if (!pr) FAIL(pr.error().message());
  CHECK(pr->pull_request_url.ends_with("/discussions/1"));
  CHECK(read_file(hub, repo, "refs/pr/1", "config.json").value() ==
        "{\"a\":4}\n");
  CHECK(read_file(hub, repo, "main", "config.json").value() == "{\"a\":3}\n");
}

TEST_CASE_FIXTURE(Fixture, "targets are read where they are") {
  repo.owner = server->owner_name();
  put(make_folder());
  auto hub = open(context);
  const auto target = resolve_target(hub, repo.full());
  REQUIRE(target.has_value());
  CHECK(target->remote());
  CHECK(target->kind() == Target::Kind::kRepo);
  const auto source = target->open("large.safetensors").value();
  std::string got(100, '\0');
  REQUIRE(source->read_at(20'000'000, std::as_writable_bytes(std::span(got)))
              .has_value());
  CHECK(got == noise(21'000'000, 3).substr(20'000'000, 100));
  CHECK(source->bytes_fetched() < 10'000);
  CHECK(target->file_set()->open("config.json").value()->size() == 8);
  const auto path = target->fetch({"medium.bin"}).value();
  CHECK(test::get_file(path) == noise(1'500'000, 2));
  const auto cached = resolve_target(hub, "hf://" + repo.full() + "/medium.bin",
                                     {.local_only = true});
  REQUIRE(cached.has_value());
  CHECK(cached->open("medium.bin").value()->bytes_fetched() == 0);
  CHECK(resolve_target(hub, "./nothing").error().code() == Code::kNotFound);
  CHECK(resolve_target(hub, dir / "src").value().files().size() == 6);
}

TEST_CASE_FIXTURE(Fixture, "cp, both ways and between repositories") {
  repo.owner = server->owner_name();
  put(make_folder());
  auto hub = open(context);
  const auto base = "hf://" + repo.full();
  const auto down = copy(
      hub, {.source = base + "/medium.bin", .destination = dir / "here/m.bin"});
  REQUIRE(down.has_value());
  CHECK(test::get_file(dir / "here/m.bin") == noise(1'500'000, 2));
  std::string streamed;
  const auto out =
      copy(hub, {.source = base + "/config.json",
                 .destination = "-",
                 .write = [&](auto bytes) -> Result<void> {
                   streamed.append(reinterpret_cast<const char*>(bytes.data()),
                                   bytes.size());
                   return {};
                 }});
  REQUIRE(out.has_value());
  CHECK(streamed == "{\"a\":1}\n");
  bool given = false;
  const auto in = copy(hub, {.source = "-",
                             .destination = base + "/typed.txt",
                             .read = [&](auto bytes) -> Result<std::size_t> {
                               if (std::exchange(given, true))
                                 return std::size_t{0};
                               bytes[0] = std::byte{'x'};
                               return std::size_t{1};
                             }});
  if (!in) FAIL(in.error().message());
  CHECK(read_file(hub, repo, "main", "typed.txt").value() == "x");
  CHECK(copy(hub, {.source = "a", .destination = "b"}).error().code() ==
        Code::kUsage);
}
