#include <doctest/doctest.h>

#include <array>
#include <limits>
#include <string>

#include "tensor/tensor.h"

using hug::tensor::DType;

TEST_CASE("dtypes: ids, names and sizes belong together") {
  for (const auto& t : hug::tensor::all_dtypes()) {
    CHECK(&hug::tensor::info(t.type) == &t);
    CHECK(*hug::tensor::find_dtype(t.name) == t.type);
    if (!t.safetensors.empty())
      CHECK(*hug::tensor::dtype_from_safetensors(t.safetensors) == t.type);
    if (t.in_gguf())
      CHECK(*hug::tensor::dtype_from_gguf(static_cast<int>(t.type)) == t.type);
  }
  CHECK(hug::tensor::find_dtype("Q4_k") == DType::kQ4K);
  CHECK(hug::tensor::info(DType::kQ4K).bits_per_weight() == 4.5);
  CHECK(hug::tensor::info(DType::kIq1S).bits_per_weight() == 1.5625);
}

TEST_CASE("dtypes: removed and foreign ids are named") {
  const auto says = [](std::int64_t id, const char* text) {
    const auto got = hug::tensor::dtype_from_gguf(id);
    REQUIRE_FALSE(got);
    CHECK(got.error().code() == hug::Code::kUnsupported);
    CHECK(got.error().message().find(text) != std::string::npos);
  };
  says(4, "q4_2");
  says(31, "q4_0_4_4");
  says(139, "iq4_k");
  says(214, "row-interleaved");
  says(43, "unknown tensor type 43");
  says(-1, "unknown tensor type -1");
  says(128, "unknown tensor type 128");
  says(std::numeric_limits<std::int64_t>::max(), "unknown tensor type");
}

TEST_CASE("dtypes: sizes are checked") {
  using hug::tensor::row_bytes;
  using hug::tensor::tensor_bytes;
  CHECK(*row_bytes(DType::kQ4K, 512) == 288);
  CHECK(*row_bytes(DType::kQ4K, 0) == 0);
  CHECK_FALSE(row_bytes(DType::kQ4K, 100));
  constexpr std::uint64_t kHuge = std::uint64_t{1} << 63;
  CHECK_FALSE(row_bytes(DType::kF32, kHuge));
  CHECK_FALSE(tensor_bytes(DType::kF16, std::uint64_t{1} << 40,
                           std::uint64_t{1} << 40));
  CHECK(*tensor_bytes(DType::kQ8_0, 64, 3) == 204);
  const std::array<std::uint64_t, 3> big = {kHuge, 2, 0};
  CHECK_FALSE(hug::tensor::element_count(big));
  const std::array<std::uint64_t, 3> none = {5, 0, 7};
  CHECK(*hug::tensor::element_count(none) == 0);
}
