// Models in several gguf files.
#include <doctest/doctest.h>

#include <map>

#include "format/format.h"
#include "support/model_bytes.h"
#include "unit/format/bytes.h"

using namespace hug;
using namespace hug::format;
using hug::tensor::DType;

namespace {

struct Folder {
  std::map<std::string, std::vector<std::byte>> files;

  OpenByName opener() const {
    return [this](const std::string& name) -> Result<ByteSourcePtr> {
      const auto found = files.find(name);
      if (found == files.end())
        return Error(Code::kNotFound, "no '" + name + "'");
      return borrow_bytes(found->second, name);
    };
  }
};

std::vector<std::byte> write_part(const SplitPart& part) {
  const auto layout = layout_gguf(part.metadata, part.tensors);
  REQUIRE(layout);
  return test::model_bytes(*layout, [&](std::size_t i) {
    return std::vector<std::byte>(layout->tensors[i].bytes, std::byte{7});
  });
}

std::vector<GgufTensor> tensors(int n) {
  std::vector<GgufTensor> out;
  for (int i = 0; i < n; ++i)
    out.push_back(*make_gguf_tensor("t" + std::to_string(i), DType::kF32,
                                    std::vector<std::uint64_t>{64}));
  return out;
}

GgufMetadata metadata() {
  GgufMetadata m;
  m.append("general.architecture", std::string("llama"));
  m.append("general.name", std::string("x"));
  return m;
}

Folder split(int n, const SplitOptions& options) {
  Folder folder;
  const auto parts = plan_split(metadata(), tensors(n), options);
  REQUIRE(parts);
  for (std::uint32_t i = 0; i < parts->size(); ++i)
    folder.files[split_name("dir/m", i,
                            static_cast<std::uint32_t>(parts->size()))] =
        write_part((*parts)[i]);
  return folder;
}

}  // namespace

TEST_CASE("gguf split: names") {
  CHECK(split_name("a/m", 0, 3) == "a/m-00001-of-00003.gguf");
  const auto name = parse_split_name("a/m-00002-of-00003.gguf");
  REQUIRE(name);
  CHECK(name->prefix == "a/m");
  CHECK(name->number == 1);
  CHECK(name->count == 3);
  for (const char* bad :
       {"m.gguf", "m-00000-of-00003.gguf", "m-00004-of-00003.gguf",
        "m-0001-of-00003.gguf", "m-00001-of-00003.bin", "-00001-of-0003.gguf",
        "m-0000x-of-00003.gguf"})
    CHECK(!parse_split_name(bad));
}

TEST_CASE("gguf split: by number of tensors, and together again") {
  const Folder folder = split(7, {.max_tensors = 3});
  REQUIRE(folder.files.size() == 3);
  const auto model = open_gguf("dir/m-00001-of-00003.gguf", folder.opener());
  REQUIRE(model);
  CHECK(model->places().size() == 7);
  CHECK(model->metadata().find_string("general.name") == "x");
  CHECK(model->parts[1].gguf.metadata.size() == 3);
  CHECK(model->tensor(*model->find("t5")).name == "t5");
  CHECK(model->find("t5")->part == 1);
  const auto data = model->data(*model->find("t6"));
  REQUIRE(data);
  CHECK(test::read_all(**data) == std::vector<std::byte>(256, std::byte{7}));
  const SplitPart merged = plan_merge(*model);
  CHECK(merged.tensors.size() == 7);
  CHECK(merged.metadata.find_unsigned("split.count") == 0);
  const auto bytes = write_part(merged);
  const auto whole = read_gguf(*borrow_bytes(bytes, "merged"));
  REQUIRE(whole);
  CHECK(whole->tensors.size() == 7);
}

TEST_CASE("gguf split: by size, with a first part of metadata only") {
  const Folder folder = split(5, {.max_bytes = 512, .tensors_in_first = false});
  REQUIRE(folder.files.size() == 4);
  const auto model = open_gguf("dir/m-00001-of-00004.gguf", folder.opener());
  REQUIRE(model);
  CHECK(model->parts[0].gguf.tensors.empty());
  CHECK(model->parts[1].gguf.tensors.size() == 2);
  CHECK(model->places().size() == 5);
}

TEST_CASE("gguf split: a tensor larger than a part stands alone") {
  CHECK(split(3, {.max_bytes = 10}).files.size() == 3);
}

TEST_CASE("gguf split: a part that is not the first is refused with advice") {
  const Folder folder = split(7, {.max_tensors = 3});
  const auto model = open_gguf("dir/m-00002-of-00003.gguf", folder.opener());
  REQUIRE(!model);
  CHECK(model.error().code() == Code::kUsage);
  CHECK(model.error().hint().find("00001-of-00003") != std::string::npos);
}

TEST_CASE("gguf split: parts that do not belong together") {
  Folder folder = split(7, {.max_tensors = 3});
  const std::string first = "dir/m-00001-of-00003.gguf";
  SUBCASE("missing") {
    folder.files.erase("dir/m-00003-of-00003.gguf");
    CHECK(open_gguf(first, folder.opener()).error().code() == Code::kNotFound);
  }
  SUBCASE("in the wrong place") {
    std::swap(folder.files["dir/m-00002-of-00003.gguf"],
              folder.files["dir/m-00003-of-00003.gguf"]);
    CHECK(open_gguf(first, folder.opener()).error().code() == Code::kCorrupt);
  }
  SUBCASE("of another model") {
    const Folder other = split(8, {.max_tensors = 3});
    folder.files["dir/m-00003-of-00003.gguf"] =
        other.files.at("dir/m-00003-of-00003.gguf");
    CHECK(open_gguf(first, folder.opener()).error().code() == Code::kCorrupt);
  }
  SUBCASE("renamed") {
    folder.files["dir/x.gguf"] = folder.files[first];
    CHECK(open_gguf("dir/x.gguf", folder.opener()).error().code() ==
          Code::kCorrupt);
  }
}
