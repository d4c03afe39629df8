// Weights that are stored in few bits, against numbers worked out by hand.
#include <doctest/doctest.h>

#include <cstring>
#include <map>

#include "arch/checkpoint/stored/storage.h"

using namespace hug;
using namespace hug::arch;
using format::Checkpoint;
using format::CheckpointTensor;
using tensor::DType;

namespace {

// A source that is not mapped, and counts what is read of it.
class Counted final : public ByteSource {
 public:
  explicit Counted(std::vector<std::byte> bytes) : bytes_(std::move(bytes)) {}

  const std::string& name() const noexcept override { return name_; }

  std::uint64_t size() const noexcept override { return bytes_.size(); }

  Result<void> read_at(std::uint64_t offset,
                       std::span<std::byte> out) const override {
    if (offset > size() || out.size() > size() - offset)
      return Error(Code::kCorrupt, "beyond the end");
    std::memcpy(out.data(), bytes_.data() + offset, out.size());
    return {};
  }

 private:
  std::string name_ = "counted";
  std::vector<std::byte> bytes_;
};

template <class T>
CheckpointTensor stored(const char* name, DType type,
                        std::vector<std::uint64_t> shape,
                        const std::vector<T>& values) {
  std::vector<std::byte> bytes(values.size() * sizeof(T));
  std::memcpy(bytes.data(), values.data(), bytes.size());
  CheckpointTensor out;
  out.name = name;
  out.type = type;
  out.shape = std::move(shape);
  out.bytes = bytes.size();
  out.source = std::make_shared<Counted>(std::move(bytes));
  return out;
}

Config config(const char* quantization) {
  return Config::parse(std::string(R"({"architectures": ["LlamaForCausalLM"],
      "torch_dtype": "float16", "quantization_config": )") +
                       quantization + "}")
      .value();
}

Checkpoint expanded(const Config& config, std::vector<CheckpointTensor> parts) {
  const auto storage = storage_of(config);
  if (!storage) FAIL(storage.error().message());
  Checkpoint out;
  out.tensors = std::move(parts);
  const auto done = expand(*storage, out);
  if (!done) FAIL(done.error().message());
  return out;
}

std::vector<float> numbers(const CheckpointTensor& tensor) {
  REQUIRE(tensor.type == DType::kF32);
  std::vector<float> out(tensor.bytes / 4);
  const auto read =
      tensor.source->read_at(0, std::as_writable_bytes(std::span(out)));
  if (!read) FAIL(read.error().message());
  // Any piece of it is the same.
  for (std::size_t at = 0; at < tensor.bytes; at += 7) {
    std::vector<std::byte> piece(std::min<std::size_t>(13, tensor.bytes - at));
    REQUIRE(tensor.source->read_at(at, piece).has_value());
    CHECK(std::memcmp(piece.data(),
                      reinterpret_cast<const std::byte*>(out.data()) + at,
                      piece.size()) == 0);
  }
  return out;
}

using U8 = std::uint8_t;
constexpr U8 kOne = 0x38;      // E4M3: exponent 7 - 7
constexpr U8 kTwo = 0x40;      // exponent 8 - 7
constexpr U8 kMinus = 0xbc;    // -1.5
constexpr U8 kLargest = 0x7e;  // 448

}  // namespace

TEST_CASE("stored: fp8 in blocks, the last of which are cut off") {
  const auto c = config(R"({"quant_method": "fp8", "fmt": "e4m3",
      "weight_block_size": [2, 2]})");
  const auto out =
      expanded(c, {stored<U8>("a.weight", DType::kF8E4M3, {3, 3},
                              {kOne, kTwo, kMinus,    //
                               kTwo, kOne, kLargest,  //
                               kMinus, kMinus, kOne}),
                   stored<float>("a.weight_scale_inv", DType::kF32, {2, 2},
                                 {2, 10, 0.5F, 3}),
                   stored<float>("norm.weight", DType::kF32, {2}, {1, 2})});
  REQUIRE(out.tensors.size() == 2);
  CHECK(out.tensors[0].name == "a.weight");
  CHECK(out.tensors[0].rounded == DType::kF16);
  CHECK(numbers(out.tensors[0]) ==
        std::vector<float>{2, 4, -15, 4, 2, 4480, -0.75F, -0.75F, 3});
  CHECK(out.tensors[1].name == "norm.weight");
  CHECK_FALSE(out.tensors[1].rounded.has_value());
}

TEST_CASE("stored: fp8 with one scale, and with one a row") {
  // bf16 bits: 0x4000 is 2, 0x3f00 is 0.5
  const auto one = expanded(
      config(R"({"quant_method": "fp8"})"),
      {stored<U8>("a.weight", DType::kF8E4M3, {2, 2},
                  {kOne, kTwo, kMinus, kOne}),
       stored<std::uint16_t>("a.weight_scale_inv", DType::kBf16, {}, {0x4000}),
       stored<float>("a.activation_scale", DType::kF32, {}, {9})});
  REQUIRE(one.tensors.size() == 1);
  CHECK(numbers(one.tensors[0]) == std::vector<float>{2, 4, -3, 2});
  const auto rows =
      expanded(config(R"({"quant_method": "compressed-tensors",
          "format": "float-quantized"})"),
               {stored<U8>("a.weight", DType::kF8E4M3, {2, 2},
                           {kOne, kTwo, kMinus, kOne}),
                stored<std::uint16_t>("a.weight_scale", DType::kBf16, {2, 1},
                                      {0x4000, 0x3f00}),
                stored<float>("a.input_scale", DType::kF32, {1}, {9})});
  REQUIRE(rows.tensors.size() == 1);
  CHECK(numbers(rows.tensors[0]) == std::vector<float>{2, 4, -0.75F, 0.5F});
}

TEST_CASE("stored: fp8 experts in one tensor have scales each") {
  const auto out = expanded(
      config(R"({"quant_method": "fp8", "weight_block_size": [2, 2]})"),
      {stored<U8>("experts.down_proj", DType::kF8E4M3, {2, 2, 2},
                  {kOne, kOne, kOne, kOne, kTwo, kTwo, kTwo, kTwo}),
       stored<float>("experts.down_proj_scale_inv", DType::kF32, {2, 1, 1},
                     {3, 5})});
  REQUIRE(out.tensors.size() == 1);
  CHECK(numbers(out.tensors[0]) ==
        std::vector<float>{3, 3, 3, 3, 10, 10, 10, 10});
}

TEST_CASE("stored: bytes with a scale and a zero point a row") {
  const auto out = expanded(
      config(R"({"quant_method": "compressed-tensors",
          "format": "int-quantized"})"),
      {stored<std::int8_t>("a.weight", DType::kI8, {2, 2}, {1, -2, 3, 127}),
       stored<float>("a.weight_scale", DType::kF32, {2, 1}, {0.5F, 2}),
       stored<std::int8_t>("a.weight_zero_point", DType::kI8, {2, 1},
                           {1, -1})});
  REQUIRE(out.tensors.size() == 1);
  CHECK(numbers(out.tensors[0]) == std::vector<float>{0, -1.5F, 8, 256});
}

TEST_CASE("stored: GPTQ, whose zero points are stored less one") {
  // Eight inputs in a word, the first in the low bits; two outputs; groups of
  // four inputs. Half: 0x3c00 is 1, 0x4000 is 2, 0x3800 is 0.5, 0x4200 is 3.
  const std::vector<std::uint32_t> words = {0x76543210, 0x89abcdef};
  // Of two outputs in the low bits: 7 and 0, then 1 and 15.
  const std::vector<std::uint32_t> zeros = {0x07, 0xf1};
  const std::vector<std::uint16_t> scales = {0x3c00, 0x4000, 0x3800, 0x4200};
  std::vector<CheckpointTensor> parts = {
      stored("a.qweight", DType::kI32, {1, 2}, words),
      stored("a.qzeros", DType::kI32, {2, 1}, zeros),
      stored("a.scales", DType::kF16, {2, 2}, scales)};
  const char* first = R"({"quant_method": "gptq", "bits": 4, "group_size": 4})";
  const auto out = expanded(config(first), parts);
  REQUIRE(out.tensors.size() == 1);
  CHECK(out.tensors[0].name == "a.weight");
  CHECK(out.tensors[0].shape == std::vector<std::uint64_t>{2, 8});
  // Output 0: (0..3 - 8) * 1, (4..7 - 2) * 0.5.
  // Output 1: (15..12 - 1) * 2, (11..8 - 16) * 3.
  const std::vector<float> want = {-8, -7, -6, -5, 1,   1.5F, 2,   2.5F,
                                   28, 26, 24, 22, -15, -18,  -21, -24};
  CHECK(numbers(out.tensors[0]) == want);

  // Inputs in any order of groups.
  parts.push_back(stored<std::int32_t>("a.g_idx", DType::kI32, {8},
                                       {1, 1, 1, 1, 0, 0, 0, 0}));
  const auto ordered = expanded(config(first), parts);
  REQUIRE(ordered.tensors.size() == 1);
  CHECK(numbers(ordered.tensors[0]) ==
        std::vector<float>{-1, -0.5F, 0, 0.5F, -4, -3, -2, -1,  //
                           -3, -6, -9, -12, 20, 18, 16, 14});

  // The second form stores them as they are.
  const auto second =
      expanded(config(R"({"quant_method": "gptq", "bits": 4, "group_size": 4,
          "checkpoint_format": "gptq_v2"})"),
               {parts[0], parts[1], parts[2]});
  CHECK(numbers(second.tensors[0])[0] == -7);
}

TEST_CASE("stored: AWQ, whose outputs stand in another order") {
  // One input, eight outputs: column j of eight stands at place
  // 0 4 1 5 2 6 3 7. So that column j holds j: places 0..7 hold 0 2 4 6 1 3
  // 5 7.
  const std::vector<std::uint32_t> words = {0x75316420};
  const std::vector<std::uint32_t> zeros = {0x11111111};
  const std::vector<std::uint16_t> scales(8, 0x4000);
  const auto out =
      expanded(config(R"({"quant_method": "awq", "bits": 4, "group_size": 1,
          "version": "gemm", "zero_point": true})"),
               {stored("a.qweight", DType::kI32, {1, 1}, words),
                stored("a.qzeros", DType::kI32, {1, 1}, zeros),
                stored("a.scales", DType::kF16, {1, 8}, scales)});
  REQUIRE(out.tensors.size() == 1);
  CHECK(out.tensors[0].shape == std::vector<std::uint64_t>{8, 1});
  CHECK(numbers(out.tensors[0]) ==
        std::vector<float>{-2, 0, 2, 4, 6, 8, 10, 12});
}

TEST_CASE("stored: compressed-tensors' packed rows") {
  // Two outputs, nine inputs: two words a row, the second with one number.
  const std::vector<std::uint32_t> words = {0x76543210, 0x9, 0xfedcba98, 0x0};
  const char* how = R"({"quant_method": "compressed-tensors",
      "format": "pack-quantized", "config_groups": {"group_0": {"weights":
      {"num_bits": 4, "type": "int", "symmetric": true}}}})";
  std::vector<CheckpointTensor> parts = {
      stored("a.weight_packed", DType::kI32, {2, 2}, words),
      stored<std::uint16_t>("a.weight_scale", DType::kBf16, {2, 1},
                            {0x4000, 0x3f00}),
      stored<std::int64_t>("a.weight_shape", DType::kI64, {2}, {2, 9})};
  const auto out = expanded(config(how), parts);
  REQUIRE(out.tensors.size() == 1);
  CHECK(out.tensors[0].name == "a.weight");
  CHECK(out.tensors[0].shape == std::vector<std::uint64_t>{2, 9});
  CHECK(numbers(out.tensors[0]) ==
        std::vector<float>{-16, -14, -12, -10, -8, -6, -4, -2, 2,  //
                           0, 0.5F, 1, 1.5F, 2, 2.5F, 3, 3.5F, -4});
  // Zero points of both outputs in one word: 0 and 10.
  parts.push_back(stored<std::uint32_t>("a.weight_zero_point", DType::kI32,
                                        {1, 1}, {0xa0}));
  CHECK(numbers(expanded(config(how), parts).tensors[0]) ==
        std::vector<float>{0, 2, 4, 6, 8, 10, 12, 14, 18,  //
                           -1, -0.5F, 0, 0.5F, 1, 1.5F, 2, 2.5F, -5});
}

TEST_CASE("stored: what cannot be read says what to do") {
  const auto error =
      storage_of(
          config(R"({"quant_method": "bitsandbytes", "load_in_4bit": true})"))
          .error();
  CHECK(error.code() == Code::kUnsupported);
  CHECK(error.message() == "the weights are stored as 'bitsandbytes'");
  CHECK(error.hint().find("dequantize()") != std::string::npos);
  for (const char* how : {R"({"quant_method": "gptq", "bits": 3})",
                          R"({"quant_method": "awq", "version": "gemv"})",
                          R"({"quant_method": "hqq"})",
                          R"({"quant_method": "compressed-tensors",
            "format": "nvfp4-pack-quantized"})"})
    CHECK(storage_of(config(how)).error().code() == Code::kUnsupported);
  CHECK(storage_of(config(R"({"quant_method": "mxfp4"})")).has_value());
}

TEST_CASE("stored: parts that do not fit are refused") {
  const auto refused = [](const char* how,
                          std::vector<CheckpointTensor> parts) {
    Checkpoint out;
    out.tensors = std::move(parts);
    const auto done = expand(storage_of(config(how)).value(), out);
    return !done && done.error().code() == Code::kCorrupt;
  };
  const char* fp8 = R"({"quant_method": "fp8", "weight_block_size": [2, 2]})";
  CHECK(refused(fp8, {stored<U8>("a.weight", DType::kF8E4M3, {4, 4},
                                 std::vector<U8>(16, kOne)),
                      stored<float>("a.weight_scale_inv", DType::kF32, {3, 2},
                                    std::vector<float>(6, 1))}));
  const char* gptq = R"({"quant_method": "gptq", "bits": 4, "group_size": 8})";
  const std::vector<std::uint32_t> words = {1, 2};
  const std::vector<std::uint16_t> scales = {1, 2};
  CHECK(refused(gptq, {stored("a.qweight", DType::kI32, {1, 2}, words)}));
  CHECK(refused(gptq, {stored("a.qweight", DType::kI32, {1, 2}, words),
                       stored("a.scales", DType::kF16, {2, 1}, scales)}));
  // A group that is none is found when numbers are read.
  Checkpoint out;
  out.tensors = {stored("a.qweight", DType::kI32, {1, 2}, words),
                 stored("a.scales", DType::kF16, {1, 2}, scales),
                 stored<std::int32_t>("a.g_idx", DType::kI32, {8},
                                      {0, 0, 0, 0, 0, 0, 0, 5})};
  REQUIRE(expand(storage_of(config(gptq)).value(), out).has_value());
  std::vector<std::byte> bytes(out.tensors[0].bytes);
  CHECK_FALSE(out.tensors[0].source->read_at(0, bytes).has_value());
}
