#include "hub/store/weights.h"

#include <doctest/doctest.h>

#include <string>

#include "fixture.h"

using namespace hug;
using namespace hug::hub;
using namespace hug::test;

namespace {

std::string with_length(const std::string& header) {
  std::string out;
  for (unsigned i = 0; i < 8; ++i)
    out += static_cast<char>(header.size() >> (8 * i) & 255U);
  return out + header;
}

const std::string kFirst =
    R"({"__metadata__": {"format": "pt"}, "a": {"dtype": "BF16",
        "shape": [30, 4], "data_offsets": [0, 240]}, "b": {"dtype": "F32",
        "shape": [], "data_offsets": [240, 244]}})";
const std::string kSecond =
    R"({"c": {"dtype": "BF16", "shape": [1000000, 3000],
        "data_offsets": [0, 6000000000]}})";

}  // namespace

TEST_CASE("weights are counted from a header by type") {
  WeightCounts counts;
  CHECK(add_weights(kFirst, counts));
  CHECK(add_weights(kSecond, counts));
  CHECK(counts == WeightCounts{{"BF16", 3'000'000'120}, {"F32", 1}});
  const WeightCounts before = counts;
  for (const char* wrong :
       {"", "[]", "{", R"({"a": 1})", R"({"a": {"dtype": "F32"}})",
        R"({"a": {"dtype": "F32", "shape": [1.5]}})",
        R"({"a": {"dtype": "F32", "shape": [-1]}})",
        R"({"a": {"dtype": "F32", "shape": [4294967296, 4294967296]}})"}) {
    CAPTURE(wrong);
    CHECK_FALSE(add_weights(wrong, counts));
    CHECK(counts == before);
  }
}

TEST_CASE("weights of a tree are those of its model files") {
  HubFixture hub;
  const auto record = hub.make_repo("m");
  const auto first = hub.put_object(with_length(kFirst) + "data");
  const auto second = hub.put_object(with_length(kSecond));
  const auto broken = hub.put_object("no header at all");
  const auto counts = [&](const std::string& lines) {
    const auto done = must(hub.commit(*record, header_line() + lines));
    const auto repo = hub.open_repo(*record);
    const auto listing = must(repo->files_of(done.commit));
    return *repo->weights.get(*repo->git, hub.store->fs(), hub.store->objects(),
                              listing);
  };
  CHECK(counts(file_line("config.json", "{}")).empty());
  CHECK(counts(lfs_line("model-00001-of-00002.safetensors", first)) ==
        WeightCounts{{"BF16", 120}, {"F32", 1}});
  CHECK(counts(lfs_line("model-00002-of-00002.safetensors", second)) ==
        WeightCounts{{"BF16", 3'000'000'120}, {"F32", 1}});
  // Others beside them, in folders, or broken ones, count nothing.
  CHECK(counts(lfs_line("adapter.safetensors", first) +
               lfs_line("old/model.safetensors", first) +
               lfs_line("model-x.safetensors", broken)) ==
        WeightCounts{{"BF16", 3'000'000'120}, {"F32", 1}});
}
