// Reading and writing gguf: the layout of models-formats 1.1, byte by byte.
#include <doctest/doctest.h>

#include "format/format.h"
#include "support/model_bytes.h"
#include "unit/format/bytes.h"

using namespace hug;
using namespace hug::format;
using hug::tensor::DType;
using hug::test::Bytes;

namespace {

Bytes start(std::uint64_t n_tensors, std::uint64_t n_keys,
            std::uint32_t version = 3) {
  Bytes b;
  b.raw("GGUF").u32(version).u64(n_tensors).u64(n_keys);
  return b;
}

// One tensor "t" of two rows of 32 f32 and one key.
Bytes small_file() {
  Bytes b = start(1, 1);
  b.str("general.architecture").u32(8).str("llama");
  b.str("t").u32(2).u64(32).u64(2).u32(0).u64(0);
  b.pad(32);
  for (int i = 0; i < 64; ++i)
    b.num(static_cast<float>(i));
  return b;
}

GgufMetadata every_type() {
  GgufMetadata m;
  m.append("general.architecture", std::string("llama"));
  m.append("a.u8", std::uint8_t{255});
  m.append("a.i8", std::int8_t{-128});
  m.append("a.u16", std::uint16_t{65535});
  m.append("a.i16", std::int16_t{-32768});
  m.append("a.u32", std::uint32_t{4294967295U});
  m.append("a.i32", std::int32_t{-2147483647});
  m.append("a.f32", 1.5F);
  m.append("a.bool", true);
  m.append("a.str", std::string("t\0x", 3));
  m.append("a.u64", std::uint64_t{1} << 63);
  m.append("a.i64", std::int64_t{-5});
  m.append("a.f64", 2.25);
  m.append("r.u8", GgufArray(std::vector<std::uint8_t>{1, 2}));
  m.append("r.i8", GgufArray(std::vector<std::int8_t>{-1, 2}));
  m.append("r.u16", GgufArray(std::vector<std::uint16_t>{1, 2}));
  m.append("r.i16", GgufArray(std::vector<std::int16_t>{-1, 2}));
  m.append("r.u32", GgufArray(std::vector<std::uint32_t>{1, 2}));
  m.append("r.i32", GgufArray(std::vector<std::int32_t>{-1, 2}));
  m.append("r.f32", GgufArray(std::vector<float>{0.5F, -2}));
  m.append("r.bool", GgufArray(std::vector<bool>{true, false}));
  m.append("r.str", GgufArray(StringArray{"", "ab", "\xff"}));
  m.append("r.u64", GgufArray(std::vector<std::uint64_t>{1, 2}));
  m.append("r.i64", GgufArray(std::vector<std::int64_t>{-1, 2}));
  m.append("r.f64", GgufArray(std::vector<double>{0.5, -2}));
  return m;
}

std::vector<std::byte> write_file(const GgufMetadata& metadata,
                                  std::vector<GgufTensor> tensors) {
  const auto layout = layout_gguf(metadata, std::move(tensors));
  REQUIRE(layout);
  return test::model_bytes(*layout, [&](std::size_t i) {
    return std::vector<std::byte>(layout->tensors[i].bytes, std::byte(i + 1));
  });
}

GgufTensor make(std::string name, DType type, std::vector<std::uint64_t> ne) {
  auto t = make_gguf_tensor(std::move(name), type, ne);
  REQUIRE(t);
  return *t;
}

}  // namespace

TEST_CASE("gguf: a file written by hand is read as what it is") {
  const auto source = small_file().source();
  const auto gguf = read_gguf(*source);
  REQUIRE(gguf);
  CHECK(gguf->version == 3);
  CHECK(gguf->architecture() == "llama");
  CHECK(gguf->arch_key("block_count") == "llama.block_count");
  REQUIRE(gguf->tensors.size() == 1);
  const GgufTensor& t = gguf->tensors[0];
  CHECK(t.name == "t");
  CHECK(t.n_dims == 2);
  CHECK(t.ne == std::array<std::uint64_t, 4>{32, 2, 1, 1});
  CHECK(t.bytes == 256);
  CHECK(gguf->data_offset % 32 == 0);
  CHECK(gguf->data_offset + 256 == source->size());
  const auto data = tensor_source(*gguf, t, source);
  REQUIRE(data);
  float last = 0;
  REQUIRE((*data)->read_at(252, std::as_writable_bytes(std::span(&last, 1))));
  CHECK(last == 63);
}

TEST_CASE("gguf: version 2 is read, and a file without tensors") {
  Bytes b = start(0, 1, 2);
  b.str("k").u32(7).u8(1);
  const auto gguf = read_gguf(*b.source());
  REQUIRE(gguf);
  CHECK(gguf->version == 2);
  CHECK(gguf->metadata.find_bool("k") == true);
  CHECK(gguf->data_offset == b.size());
}

TEST_CASE("gguf: every value type comes back as it was written") {
  const auto metadata = every_type();
  const auto bytes = write_file(metadata, {make("x", DType::kF16, {3})});
  const auto gguf = read_gguf(*borrow_bytes(bytes, "x"));
  REQUIRE(gguf);
  REQUIRE(gguf->metadata.size() == metadata.size());
  for (std::size_t i = 0; i < metadata.size(); ++i) {
    CAPTURE(metadata.entries()[i].first);
    CHECK(gguf->metadata.entries()[i] == metadata.entries()[i]);
  }
}

TEST_CASE("gguf: big-endian metadata are read on request only") {
  Bytes b;
  b.raw("GGUF").u32(0x03000000).u64(0).u64(__builtin_bswap64(2));
  b.u64(__builtin_bswap64(1)).raw("k").u32(__builtin_bswap32(4));
  b.u32(__builtin_bswap32(77));
  b.u64(__builtin_bswap64(1)).raw("s").u32(__builtin_bswap32(8));
  b.u64(__builtin_bswap64(2)).raw("hi");
  const auto refused = read_gguf(*b.source());
  REQUIRE(!refused);
  CHECK(refused.error().code() == Code::kUnsupported);
  CHECK(refused.error().message() == "its numbers are big-endian");
  const auto gguf = read_gguf(*b.source(), {.accept_big_endian = true});
  REQUIRE(gguf);
  CHECK(gguf->big_endian);
  CHECK(gguf->metadata.find_unsigned("k") == 77);
  CHECK(gguf->metadata.find_string("s") == "hi");
}

TEST_CASE("gguf: tensors are padded to the alignment, the last one too") {
  for (const std::uint32_t alignment : {8U, 32U, 64U, 4096U, 1048576U}) {
    CAPTURE(alignment);
    GgufMetadata m;
    if (alignment != 32) m.append("general.alignment", alignment);
    const auto bytes = write_file(
        m, {make("a", DType::kF32, {3}), make("empty", DType::kQ4K, {256, 0}),
            make("b", DType::kI8, {5, 1, 7}), make("s", DType::kF64, {})});
    CHECK(bytes.size() % alignment == 0);
    const auto source = borrow_bytes(bytes, "x");
    const auto gguf = read_gguf(*source);
    REQUIRE(gguf);
    CHECK(gguf->alignment == alignment);
    CHECK(gguf->data_offset % alignment == 0);
    CHECK(gguf->data_offset + gguf->data_bytes == bytes.size());
    CHECK(gguf->tensors[1].bytes == 0);
    CHECK(gguf->tensors[3].n_dims == 0);
    CHECK(gguf->tensors[3].bytes == 8);
    const auto b = tensor_source(*gguf, gguf->tensors[2], source);
    REQUIRE(b);
    CHECK(test::read_all(**b) == std::vector<std::byte>(35, std::byte{3}));
  }
}

TEST_CASE("gguf: the size of a header can be had without making it") {
  const auto m = every_type();
  const std::vector<GgufTensor> tensors = {make("a", DType::kF32, {3, 1})};
  const auto layout = layout_gguf(m, tensors);
  REQUIRE(layout);
  const auto size = gguf_header_bytes(m, tensors);
  REQUIRE(size);
  CHECK(*size == layout->header.size());
  CHECK(layout->file_bytes == *size + 32);
}

TEST_CASE("gguf: a remote file costs little more than its header") {
  GgufMetadata m;
  StringArray tokens;
  for (int i = 0; i < 100'000; ++i)
    tokens.push_back("token" + std::to_string(i));
  m.append("tokenizer.ggml.tokens", GgufArray(std::move(tokens)));
  const auto layout = layout_gguf(m, {make("w", DType::kF32, {1 << 22})});
  REQUIRE(layout);
  std::vector<std::byte> file = layout->header;
  file.resize(layout->file_bytes);
  const test::RangeSource remote(borrow_bytes(file, "remote"));
  const auto gguf = read_gguf(remote);
  REQUIRE(gguf);
  CHECK(gguf->metadata.find_strings("tokenizer.ggml.tokens")->size() ==
        100'000);
  CHECK((*gguf->metadata.find_strings("tokenizer.ggml.tokens"))[99'999] ==
        "token99999");
  CHECK(remote.bytes_fetched() < 2 * layout->header.size() + (256 << 10));
  CHECK(remote.reads() < 8);
}

TEST_CASE("gguf: a small remote file is read in one fetch") {
  const test::RangeSource remote(small_file().source());
  REQUIRE(read_gguf(remote));
  CHECK(remote.reads() == 1);
}

TEST_CASE("gguf: keys are replaced in place or moved to the end") {
  GgufMetadata m;
  m.append("a", std::uint32_t{1});
  m.append("b", std::uint32_t{2});
  m.set("a", std::uint32_t{3});
  CHECK(m.entries()[0].first == "a");
  m.set_last("a", std::uint32_t{4});
  CHECK(m.entries()[1].first == "a");
  CHECK(m.find_unsigned("a") == 4);
  CHECK(m.erase("a"));
  CHECK(!m.erase("a"));
  CHECK(m.size() == 1);
}

TEST_CASE("gguf: numbers are found whatever their width, and nothing else") {
  const auto m = every_type();
  CHECK(m.find_unsigned("a.u8") == 255);
  CHECK(m.find_unsigned("a.i8") == std::nullopt);
  CHECK(m.find_signed("a.i8") == -128);
  CHECK(m.find_signed("a.u64") == std::nullopt);
  CHECK(m.find_unsigned("a.bool") == std::nullopt);
  CHECK(m.find_number("a.f32") == 1.5);
  CHECK(m.find_number("a.i64") == -5);
  CHECK(m.find_unsigned_list("r.u16") == std::vector<std::uint64_t>{1, 2});
  CHECK(m.find_unsigned_list("r.i16") == std::nullopt);
  CHECK(m.find_unsigned_list("a.u32") ==
        std::vector<std::uint64_t>{4294967295U});
  CHECK(m.find_number_list("r.f64") == std::vector<double>{0.5, -2});
  CHECK(m.find_number_list("r.str") == std::nullopt);
  CHECK(m.find_strings("r.u8") == nullptr);
}

TEST_CASE("gguf: what cannot be written is refused before a byte is made") {
  GgufMetadata twice;
  twice.append("k", true);
  twice.append("k", true);
  CHECK(!layout_gguf(twice, {}));
  GgufMetadata odd;
  odd.append("general.alignment", std::uint32_t{48});
  CHECK(!layout_gguf(odd, {}));
  CHECK(!layout_gguf(
      {}, {make("a", DType::kF32, {1}), make("a", DType::kF32, {1})}));
  CHECK(!layout_gguf({}, {make("a", DType::kBool, {1})}));
  CHECK(!make_gguf_tensor(std::string(64, 'n'), DType::kF32,
                          std::vector<std::uint64_t>{1}));
  CHECK(!make_gguf_tensor("a", DType::kQ4_0, std::vector<std::uint64_t>{33}));
}
