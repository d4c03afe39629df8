// Metadata changed in place and anew.
#include <doctest/doctest.h>

#include <filesystem>
#include <fstream>

#include "format/format.h"
#include "hug/file_set.h"
#include "hug/inspect.h"
#include "hug/model_meta.h"
#include "unit/format/bytes.h"

using namespace hug;
using hug::test::Bytes;

namespace {

class Folder {
 public:
  Folder() {
    std::string name =
        (std::filesystem::temp_directory_path() / "hug-meta-XXXXXX").string();
    path_ = ::mkdtemp(name.data());
  }

  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;

  ~Folder() { std::filesystem::remove_all(path_); }

  std::string write(const std::string& name, Bytes bytes) const {
    const std::string path = path_ + "/" + name;
    std::ofstream(path, std::ios::binary) << bytes.data();
    return path;
  }

  const std::string& path() const { return path_; }

 private:
  std::string path_;
};

Bytes gguf_file() {
  Bytes b;
  b.raw("GGUF").u32(3).u64(1).u64(3);
  b.str("general.architecture").u32(8).str("llama");
  b.str("general.name").u32(8).str("abc");
  b.str("n").u32(4).u32(7);
  b.str("t").u32(1).u64(8).u32(0).u64(0).pad(32);
  return b.raw("0123456789abcdef0123456789abcdef");
}

std::string json_of(const std::string& path, const std::string& key) {
  const auto all = read_metadata(path);
  REQUIRE(all);
  for (const MetaEntry& e : *all)
    if (e.key == key) return e.json;
  return "";
}

std::string tail(const std::string& path, std::size_t n) {
  std::ifstream in(path, std::ios::binary);
  const std::string all((std::istreambuf_iterator<char>(in)), {});
  return all.substr(all.size() - n);
}

}  // namespace

TEST_CASE("meta: a value of the same size is written in place") {
  const Folder folder;
  const auto path = folder.write("a.gguf", gguf_file());
  const auto before = std::filesystem::file_size(path);
  Context context({});
  const auto report =
      change_metadata(context, path, {{.key = "general.name", .value = "abd"}});
  REQUIRE(report);
  CHECK(report->in_place);
  CHECK(report->written == 1);
  CHECK(std::filesystem::file_size(path) == before);
  CHECK(json_of(path, "general.name") == "\"abd\"");
}

TEST_CASE("meta: else the file is written anew, the data stay") {
  const Folder folder;
  const auto path = folder.write("a.gguf", gguf_file());
  std::filesystem::permissions(path, std::filesystem::perms(0640));
  Context context({});
  const auto report =
      change_metadata(context, path,
                      {{.key = "general.name", .value = std::string(9000, 'x')},
                       {.key = "n"},
                       {.key = "list", .value = "[1, 2]", .type = "arr u16"},
                       {.key = "f", .value = "0.5"}});
  REQUIRE(report);
  CHECK(!report->in_place);
  CHECK(json_of(path, "n").empty());
  CHECK(json_of(path, "list") == "[1, 2]");
  CHECK(json_of(path, "f") == "0.5");
  CHECK(tail(path, 32) == "0123456789abcdef0123456789abcdef");
  CHECK(std::filesystem::status(path).permissions() ==
        std::filesystem::perms(0640));
  REQUIRE(inspect(*file_set_of(*open_file(path, FileAccess::kRead))));
  // Nothing else is left in the folder.
  CHECK(open_folder(folder.path()).value()->files().size() == 1);
}

TEST_CASE("meta: a link stays a link") {
  const Folder folder;
  const auto path = folder.write("blob", gguf_file());
  const std::string link = folder.path() + "/a.gguf";
  std::filesystem::create_symlink("blob", link);
  Context context({});
  REQUIRE(change_metadata(context, link, {{.key = "x", .value = "1"}}));
  CHECK(std::filesystem::is_symlink(link));
  CHECK(json_of(path, "x") == "1");
}

TEST_CASE("meta: safetensors") {
  const Folder folder;
  const std::string json =
      R"({"__metadata__":{"a":"1"},"t":{"dtype":"U8","shape":[3],)"
      R"("data_offsets":[0,3]}})";
  const auto path = folder.write("a.safetensors",
                                 Bytes().u64(json.size()).raw(json).raw("xyz"));
  Context context({});
  REQUIRE(change_metadata(
      context, path,
      {{.key = "a", .value = "longer"}, {.key = "b", .value = "\"q\""}}));
  CHECK(json_of(path, "a") == "\"longer\"");
  CHECK(json_of(path, "b") == R"("\"q\"")");
  CHECK(tail(path, 3) == "xyz");
  // Shorter fits into the room there is.
  const auto size = std::filesystem::file_size(path);
  const auto report = change_metadata(context, path, {{.key = "b"}});
  REQUIRE(report);
  CHECK(report->in_place);
  CHECK(std::filesystem::file_size(path) == size);
  CHECK(json_of(path, "b").empty());
  CHECK(tail(path, 3) == "xyz");
}

TEST_CASE("meta: what makes no sense changes nothing") {
  const Folder folder;
  const auto path = folder.write("a.gguf", gguf_file());
  const auto text = folder.write("a.txt", Bytes().raw("hello, this is text"));
  Context context({});
  const auto code = [&](const std::string& file, const MetaChange& change) {
    auto done = change_metadata(context, file, {change});
    REQUIRE(!done);
    return done.error().code();
  };
  CHECK(code(path, {.key = "missing"}) == Code::kNotFound);
  CHECK(code(path, {.key = "n", .value = "x"}) == Code::kUsage);
  CHECK(code(path, {.key = "n", .value = "4294967296"}) == Code::kUsage);
  CHECK(code(path, {.key = "n", .value = "1", .type = "u7"}) == Code::kUsage);
  CHECK(code(path, {.key = "n", .value = "[1,\"x\"]", .type = "arr u8"}) ==
        Code::kUsage);
  CHECK(code(path, {.key = "general.alignment", .value = "64"}) ==
        Code::kUsage);
  CHECK(code(path, {.key = "general.architecture"}) == Code::kUsage);
  CHECK(code(text, {.key = "n", .value = "1"}) == Code::kUnsupported);
  CHECK(tail(path, gguf_file().size()) == gguf_file().data());
}
