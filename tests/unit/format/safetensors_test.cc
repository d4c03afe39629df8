// safetensors: headers, indexes, shards.
#include <doctest/doctest.h>

#include "format/format.h"
#include "support/model_bytes.h"
#include "unit/format/bytes.h"

using namespace hug;
using namespace hug::format;
using hug::tensor::DType;
using hug::test::Bytes;

namespace {

Bytes file(std::string_view json, std::size_t data = 0) {
  Bytes b;
  return b.u64(json.size()).raw(json).zeros(data);
}

Code code_of(std::string_view json, std::size_t data = 0) {
  const auto out = read_safetensors(*file(json, data).source());
  REQUIRE(!out);
  const test::RangeSource remote(file(json, data).source());
  REQUIRE(!read_safetensors(remote));
  return out.error().code();
}

bool reads(std::string_view json, std::size_t data = 0) {
  return read_safetensors(*file(json, data).source()).has_value();
}

}  // namespace

TEST_CASE("safetensors: a header written by hand") {
  const auto source =
      file(R"( {"__metadata__":{"format":"pt","\u00e4":"\"\ud83d\ude00"},
        "b":{"dtype":"BF16","shape":[2,3],"data_offsets":[4,16]},
        "a":{"data_offsets":[0,4],"shape":[],"dtype":"F32"}}  )",
           16)
          .source();
  const auto out = read_safetensors(*source);
  REQUIRE(out);
  REQUIRE(out->metadata.size() == 2);
  CHECK(out->metadata[1].first == "ä");
  CHECK(out->metadata[1].second == "\"😀");
  REQUIRE(out->tensors.size() == 2);
  CHECK(out->tensors[0].name == "a");
  CHECK(out->tensors[0].shape.empty());
  CHECK(out->find("b")->shape == std::vector<std::uint64_t>{2, 3});
  CHECK(out->find("b")->type == DType::kBf16);
  CHECK(out->data_bytes == 16);
}

TEST_CASE("safetensors: every dtype by its size") {
  struct Case {
    const char* name;
    std::uint64_t bits;
  };

  for (const Case& c :
       {Case{"BOOL", 8}, {"U8", 8},      {"I8", 8},          {"F8_E5M2", 8},
        {"F8_E4M3", 8},  {"F8_E8M0", 8}, {"F8_E4M3FNUZ", 8}, {"F8_E5M2FNUZ", 8},
        {"I16", 16},     {"U16", 16},    {"F16", 16},        {"BF16", 16},
        {"I32", 32},     {"U32", 32},    {"F32", 32},        {"C64", 64},
        {"F64", 64},     {"I64", 64},    {"U64", 64},        {"F4", 4},
        {"F6_E2M3", 6},  {"F6_E3M2", 6}}) {
    CAPTURE(c.name);
    const std::uint64_t bytes = 40 * c.bits / 8;
    const std::string json = std::string(R"({"t":{"dtype":")") + c.name +
                             R"(","shape":[4,10],"data_offsets":[0,)" +
                             std::to_string(bytes) + "]}}";
    CHECK(reads(json, bytes));
    CHECK(code_of(json, bytes - 1) == Code::kCorrupt);
    CHECK(code_of(json, bytes + 1) == Code::kCorrupt);
  }
  CHECK(code_of(R"({"t":{"dtype":"F128","shape":[],"data_offsets":[0,16]}})",
                16) == Code::kUnsupported);
  // 3 elements of four bits do not fill bytes.
  CHECK(code_of(R"({"t":{"dtype":"F4","shape":[3],"data_offsets":[0,2]}})",
                2) == Code::kCorrupt);
}

TEST_CASE("safetensors: holes, overlaps and sizes that do not belong") {
  const auto two = [](int b0, int e0, int b1, int e1) {
    const auto entry = [](const char* name, int b, int e) {
      return std::string("\"") + name +
             R"(":{"dtype":"U8","shape":[4],"data_offsets":[)" +
             std::to_string(b) + "," + std::to_string(e) + "]}";
    };
    return "{" + entry("a", b0, e0) + "," + entry("b", b1, e1) + "}";
  };
  CHECK(reads(two(0, 4, 4, 8), 8));
  CHECK(reads(two(4, 8, 0, 4), 8));
  CHECK(code_of(two(0, 4, 5, 9), 9) == Code::kCorrupt);  // hole
  CHECK(code_of(two(0, 4, 3, 7), 7) == Code::kCorrupt);  // overlap
  CHECK(code_of(two(0, 4, 0, 4), 4) == Code::kCorrupt);  // the same bytes
  CHECK(code_of(two(1, 5, 5, 9), 9) == Code::kCorrupt);  // not from 0
  CHECK(code_of(two(0, 4, 4, 8), 9) == Code::kCorrupt);  // bytes behind
  CHECK(code_of(two(0, 4, 4, 8), 7) == Code::kCorrupt);  // cut off
  CHECK(code_of(two(4, 0, 4, 8), 8) == Code::kCorrupt);  // backwards
  CHECK(code_of(two(0, 4, 4, 9), 9) == Code::kCorrupt);  // larger than shape
}

TEST_CASE("safetensors: shapes that overflow") {
  const auto shaped = [](const std::string& shape) {
    return R"({"t":{"dtype":"F32","shape":)" + shape +
           R"(,"data_offsets":[0,0]}})";
  };
  CHECK(reads(shaped("[0]")));
  CHECK(reads(shaped("[0,7]")));
  CHECK(code_of(shaped("[4294967296,4294967296]")) == Code::kCorrupt);
  CHECK(code_of(shaped("[4611686018427387904]")) == Code::kCorrupt);
  CHECK(code_of(shaped("[18446744073709551615,2]")) == Code::kCorrupt);
  CHECK(code_of(shaped("[18446744073709551616]")) == Code::kCorrupt);
  CHECK(code_of(shaped("[-1]")) == Code::kCorrupt);
  CHECK(code_of(shaped("[1.0]")) == Code::kCorrupt);
  CHECK(code_of(shaped("[1e3]")) == Code::kCorrupt);
  CHECK(code_of(shaped("[01]")) == Code::kCorrupt);
  std::string many = "[1";
  for (int i = 0; i < 32; ++i)
    many += ",1";
  CHECK(code_of(shaped(many + "]")) == Code::kLimit);
}

TEST_CASE("safetensors: keys that repeat, are missing or foreign") {
  const std::string t = R"({"dtype":"U8","shape":[],"data_offsets":[0,1]})";
  CHECK(reads("{\"t\":" + t + "}", 1));
  for (const std::string& bad :
       {"{\"t\":" + t + ",\"t\":" + t + "}",
        std::string(R"({"t":{"dtype":"U8","dtype":"U8","shape":[],)"
                    R"("data_offsets":[0,1]}})"),
        std::string(R"({"t":{"dtype":"U8","shape":[]}})"),
        std::string(R"({"t":{"dtype":"U8","shape":[],"data_offsets":[0]}})"),
        std::string(
            R"({"t":{"dtype":"U8","shape":[],"data_offsets":[0,1,2]}})"),
        std::string(R"({"t":{"dtype":"U8","shape":[],)"
                    R"("data_offsets":[0,1],"x":1}})"),
        "{\"__metadata__\":{\"a\":1},\"t\":" + t + "}",
        "{\"__metadata__\":{\"a\":\"1\",\"a\":\"2\"},\"t\":" + t + "}",
        "{\"__metadata__\":{},\"__metadata__\":{},\"t\":" + t + "}",
        "[" + t + "]", "{\"t\":" + t + "},", "{\"t\":" + t + ",}",
        std::string("{\"t\xff\":") + t + "}", "{'t':" + t + "}",
        std::string("{\"\\ud800\":") + t + "}"}) {
    CAPTURE(bad);
    CHECK(code_of(bad, 1) == Code::kCorrupt);
  }
}

TEST_CASE("safetensors: lengths of the header") {
  CHECK(reads("{}"));
  Bytes b;
  CHECK(!read_safetensors(*b.source()));
  for (const std::uint64_t n :
       {std::uint64_t{0}, std::uint64_t{1}, std::uint64_t{3},
        std::uint64_t{100'000'001}, std::uint64_t{1} << 63, ~std::uint64_t{0},
        ~std::uint64_t{7}}) {
    Bytes f;
    f.u64(n).raw("{}");
    CHECK(!read_safetensors(*f.source()));
    CHECK(!looks_like_safetensors(*f.source()));
  }
  const Bytes whole =
      file(R"({"t":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}})", 8);
  Bytes cut = whole;
  while (cut.size() > 0) {
    cut.data().pop_back();
    REQUIRE(!read_safetensors(*cut.source()));
  }
}

TEST_CASE("safetensors: only the header of a remote file is fetched") {
  std::string json = "{";
  for (int i = 0; i < 1000; ++i)
    json += (i == 0 ? "" : ",") + std::string("\"tensor") + std::to_string(i) +
            R"(":{"dtype":"U8","shape":[1000],"data_offsets":[)" +
            std::to_string(i * 1000) + "," + std::to_string(i * 1000 + 1000) +
            "]}";
  json += "}";
  const test::RangeSource remote(file(json, 1'000'000).source());
  REQUIRE(read_safetensors(remote));
  CHECK(remote.bytes_fetched() == json.size() + 8);
  CHECK(remote.reads() == 2);
}

TEST_CASE("safetensors: a layout orders, pads and is read again") {
  const auto layout =
      layout_safetensors({{.name = "z", .type = DType::kF16, .shape = {3}},
                          {.name = "b", .type = DType::kF32, .shape = {2, 2}},
                          {.name = "a\"\n", .type = DType::kF32, .shape = {}},
                          {.name = "e", .type = DType::kI64, .shape = {0}}},
                         {{"format", "pt"}});
  REQUIRE(layout);
  CHECK(layout->header.size() % 8 == 0);
  // The widest first, then by name; what is empty lies anywhere.
  std::vector<std::string> order;
  const auto out = test::model_bytes(*layout, [&](std::size_t i) {
    const SafeTensor& t = layout->tensors[i];
    order.push_back(t.name);
    return std::vector<std::byte>(t.end - t.begin, std::byte(i + 1));
  });
  CHECK(order == std::vector<std::string>{"e", "a\"\n", "b", "z"});
  CHECK(out.size() == layout->header.size() + 26);
  const auto again = read_safetensors(*borrow_bytes(out, "x"));
  REQUIRE(again);
  REQUIRE(again->tensors.size() == 4);
  CHECK(again->tensors[1].name == "a\"\n");
  CHECK(again->find("z")->begin == 20);
  CHECK(again->metadata == StringPairs{{"format", "pt"}});
}

TEST_CASE("safetensors: an index is read, checked and printed") {
  const std::string text =
      "{\n  \"metadata\": {\n    \"total_size\": 12\n  },\n"
      "  \"weight_map\": {\n"
      "    \"a\": \"model-00001-of-00002.safetensors\",\n"
      "    \"b\": \"model-00002-of-00002.safetensors\"\n  }\n}\n";
  const auto index = parse_safetensors_index(text);
  REQUIRE(index);
  CHECK(index->total_size == 12);
  CHECK(index->files().size() == 2);
  CHECK(print_safetensors_index(*index) == text);
  for (const char* bad :
       {"{}", "[]", "", R"({"weight_map":[]})", R"({"weight_map":{"a":1}})",
        R"({"weight_map":{"a":"../x"}})", R"({"weight_map":{"a":"/etc/x"}})",
        R"({"weight_map":{"a":"x\\y"}})", R"({"weight_map":{"a":".."}})",
        R"({"weight_map":{"a":""}})", R"({"weight_map":{"a":"x\u0000y"}})",
        R"({"weight_map":{"a":"x","a":"x"}})",
        R"({"weight_map":{},"weight_map":{}})",
        R"({"x":1e999,"weight_map":{}})"}) {
    CAPTURE(bad);
    CHECK(!parse_safetensors_index(bad));
  }
  CHECK(parse_safetensors_index(R"({"metadata":{"total_size":12.0,"x":[1]},)"
                                R"("other":{"a":[null]},"weight_map":{}})")
            ->total_size == 12);
  const std::string deep = R"({"metadata":{"x":)" + std::string(100, '[') +
                           std::string(100, ']') + R"(},"weight_map":{}})";
  CHECK(!parse_safetensors_index(deep));
}

TEST_CASE("safetensors: shards") {
  std::vector<SafeTensorPlan> plans;
  for (int i = 0; i < 5; ++i)
    plans.push_back({.name = "t" + std::to_string(i),
                     .type = DType::kF32,
                     .shape = {i == 2 ? 100U : 10U}});
  const auto shards = plan_shards(plans, 80);
  REQUIRE(shards);
  REQUIRE(shards->size() == 3);
  CHECK((*shards)[0].file == "model-00001-of-00003.safetensors");
  CHECK((*shards)[0].tensors.size() == 2);
  CHECK((*shards)[1].tensors.size() == 1);
  const auto index = index_of(*shards);
  REQUIRE(index);
  CHECK(index->total_size == 4 * 40 + 400);
  CHECK(index->weight_map[4].second == "model-00003-of-00003.safetensors");
  CHECK(plan_shards(plans, 0)->at(0).file == "model.safetensors");
  plans.push_back(plans[0]);
  CHECK(!plan_shards(plans, 0));
}
