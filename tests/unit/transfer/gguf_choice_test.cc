#include <doctest/doctest.h>

#include <string>
#include <vector>

#include "hug/target.h"

using namespace hug;

namespace {

std::vector<NamedFile> named(const std::vector<std::string>& paths) {
  std::vector<NamedFile> out;
  for (const auto& path : paths)
    out.push_back({path, 10});
  return out;
}

std::string chosen(const std::vector<std::string>& paths,
                   std::string_view tag) {
  const auto choice = choose_gguf(named(paths), tag);
  return choice ? choice->files.front() : "! " + choice.error().message();
}

}  // namespace

TEST_CASE("names tell their quantization") {
  CHECK(gguf_quant_of("model-Q4_K_M.gguf") == "Q4_K_M");
  CHECK(gguf_quant_of("model.q8_0.gguf") == "Q8_0");
  CHECK(gguf_quant_of("m-UD-Q4_K_XL.gguf") == "UD-Q4_K_XL");
  CHECK(gguf_quant_of("m-UD-IQ2_XXS-00001-of-00002.gguf") == "UD-IQ2_XXS");
  CHECK(gguf_quant_of("m-F16/m-BF16.gguf") == "BF16");
  CHECK(gguf_quant_of("gpt-oss-20b-MXFP4.gguf") == "MXFP4");
  CHECK(gguf_quant_of("model.gguf").empty());
  CHECK(gguf_quant_of("myQ4_0x.gguf").empty());
}

TEST_CASE("without a tag: Q4_K_M, then Q8_0, then the nearest below") {
  CHECK(chosen({"m-Q2_K.gguf", "m-Q8_0.gguf", "m-Q4_K_M.gguf"}, "") ==
        "m-Q4_K_M.gguf");
  CHECK(chosen({"m-UD-Q4_K_M.gguf", "m-Q4_K_M.gguf"}, "") == "m-Q4_K_M.gguf");
  CHECK(chosen({"m-Q2_K.gguf", "m-Q8_0.gguf"}, "") == "m-Q8_0.gguf");
  CHECK(chosen({"m-F16.gguf", "m-Q2_K.gguf", "m-Q3_K_M.gguf"}, "") ==
        "m-Q3_K_M.gguf");
  CHECK(chosen({"b-F16.gguf", "a-BF16.gguf"}, "") == "b-F16.gguf");
  CHECK(chosen({"x.gguf"}, "") == "x.gguf");
  CHECK(chosen({"x.bin"}, "").starts_with("! no GGUF"));
}

TEST_CASE("with a tag") {
  const std::vector<std::string> files{"BF16/m-BF16-00001-of-00002.gguf",
                                       "BF16/m-BF16-00002-of-00002.gguf",
                                       "m-Q4_K_M.gguf",
                                       "m-UD-Q4_K_XL.gguf",
                                       "mmproj-m-F16.gguf",
                                       "m-imatrix.gguf"};
  CHECK(chosen(files, "q4_k_m") == "m-Q4_K_M.gguf");
  CHECK(chosen(files, "UD-Q4_K_XL") == "m-UD-Q4_K_XL.gguf");
  CHECK(chosen(files, "Q4_K_XL") == "m-UD-Q4_K_XL.gguf");
  CHECK(chosen(files, "bf16") == "BF16/m-BF16-00001-of-00002.gguf");
  CHECK(chosen(files, "best") == "BF16/m-BF16-00001-of-00002.gguf");
  CHECK(chosen(files, "m-Q4_K_M.gguf") == "m-Q4_K_M.gguf");
  CHECK(chosen(files, "*Q4*") == "m-Q4_K_M.gguf");
  const auto none = choose_gguf(named(files), "Q6_K");
  REQUIRE_FALSE(none.has_value());
  CHECK(none.error().code() == Code::kNotFound);
  CHECK(none.error().hint() == "choose one of: BF16, Q4_K_M, UD-Q4_K_XL");
}

TEST_CASE("shards belong together and sidecars to their model") {
  const auto all = list_gguf(
      named({"a/m-Q8_0-00002-of-00002.gguf", "a/m-Q8_0-00001-of-00002.gguf",
             "a/mmproj-F16.gguf", "mmproj-Q8_0.gguf"}));
  REQUIRE(all.size() == 1);
  CHECK(all[0].files ==
        std::vector<std::string>{"a/m-Q8_0-00001-of-00002.gguf",
                                 "a/m-Q8_0-00002-of-00002.gguf"});
  CHECK(all[0].size == 20);
  CHECK(all[0].quant == "Q8_0");
  CHECK(all[0].projector == "a/mmproj-F16.gguf");
  CHECK(chosen({"m-Q8_0-00001-of-00003.gguf"}, "Q8_0") ==
        "! 'm-Q8_0' has 1 of 3 shards");
}
