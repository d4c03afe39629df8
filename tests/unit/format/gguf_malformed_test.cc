// Every check that the reference reader makes, each once a vulnerability:
// CVE-2024-21802, -21825, -21836, -23496, -23605, -25664 to -25668, -32878,
// -41130, CVE-2025-53630, CVE-2026-7482, CVE-2026-27940 and those without a
// number.
#include <doctest/doctest.h>

#include <limits>

#include "format/format.h"
#include "unit/format/bytes.h"

using namespace hug;
using namespace hug::format;
using hug::test::Bytes;

namespace {

struct Parts {
  std::string magic = "GGUF";
  std::uint64_t version = 3;
  std::uint64_t n_tensors = 1;
  std::uint64_t n_keys = 1;
  std::string key = "k";
  std::uint64_t key_length = 1;
  std::uint64_t value_type = 8;
  std::uint64_t value_length = 5;  // of the string, or elements of the array
  std::uint64_t element_type = 4;
  std::string name = "t";
  std::uint64_t name_length = 1;
  std::uint64_t n_dims = 2;
  std::uint64_t ne0 = 32;
  std::uint64_t ne1 = 2;
  std::uint64_t type = 0;
  std::uint64_t offset = 0;
  std::size_t data = 256;
};

Bytes build(const Parts& p) {
  Bytes b;
  b.raw(p.magic).u32(p.version).u64(p.n_tensors).u64(p.n_keys);
  b.u64(p.key_length).raw(p.key).u32(p.value_type);
  if (p.value_type == 9) b.u32(p.element_type);
  b.u64(p.value_length).raw("hello");
  b.u64(p.name_length).raw(p.name).u32(p.n_dims).u64(p.ne0).u64(p.ne1);
  b.u32(p.type).u64(p.offset);
  return b.pad(32).zeros(p.data);
}

Code code_of(const Bytes& b) {
  const auto gguf = read_gguf(*b.source());
  REQUIRE(!gguf);
  CHECK(!gguf.error().message().empty());
  // A source that is not mapped takes other paths to the same end.
  const test::RangeSource remote(b.source());
  const auto again = read_gguf(remote, {.first_window = 64});
  REQUIRE(!again);
  CHECK(again.error().code() == gguf.error().code());
  return gguf.error().code();
}

constexpr std::uint64_t kEdges[] = {
    0,
    1,
    0x7fffffff,
    0x80000000,
    0x80000001,
    0xffffffff,
    0x100000000,
    0x100000001,
    0x7fffffffffffffff,
    0x8000000000000000,
    0x8000000000000001,
    0xfffffffffffffff0,
    0xffffffffffffffff,
    0x2000000000000000,
    0x4000000000000001,
};

void try_all(std::uint64_t Parts::*field) {
  for (const std::uint64_t value : kEdges) {
    CAPTURE(value);
    Parts parts;
    const std::uint64_t right = parts.*field;
    parts.*field = value;
    if (value == right) continue;
    // Most are errors, some are another valid file; none may crash or ask for
    // memory by what the file claims.
    const auto bytes = build(parts);
    const auto gguf = read_gguf(*bytes.source());
    if (!gguf) {
      const Code code = gguf.error().code();
      const bool clean = code == Code::kCorrupt || code == Code::kLimit ||
                         code == Code::kUnsupported;
      CHECK(clean);
    }
  }
}

}  // namespace

TEST_CASE("gguf malformed: the parts make a valid file") {
  REQUIRE(read_gguf(*build({}).source()));
}

TEST_CASE("gguf malformed: edge values in every field") {
  try_all(&Parts::version);
  try_all(&Parts::n_tensors);
  try_all(&Parts::n_keys);
  try_all(&Parts::key_length);
  try_all(&Parts::value_type);
  try_all(&Parts::value_length);
  try_all(&Parts::name_length);
  try_all(&Parts::n_dims);
  try_all(&Parts::ne0);
  try_all(&Parts::ne1);
  try_all(&Parts::type);
  try_all(&Parts::offset);
}

TEST_CASE("gguf malformed: counts that no file can hold (21836, 23605)") {
  for (const std::uint64_t n : kEdges) {
    if (n < 2) continue;
    CHECK(code_of(build({.n_tensors = n})) != Code::kInternal);
    CHECK(code_of(build({.n_keys = n})) != Code::kInternal);
  }
}

TEST_CASE("gguf malformed: lengths beyond the end (21825, 23496)") {
  for (const std::uint64_t n : kEdges) {
    if (n < 1000) continue;
    CAPTURE(n);
    code_of(build({.key_length = n}));
    code_of(build({.value_length = n}));
    code_of(build({.name_length = n}));
    for (std::uint64_t type = 0; type < 13; ++type)
      code_of(
          build({.value_type = 9, .value_length = n, .element_type = type}));
  }
}

TEST_CASE("gguf malformed: dimensions that overflow (21802, 53630)") {
  constexpr std::uint64_t kMost = std::numeric_limits<std::uint64_t>::max();
  CHECK(code_of(build({.ne0 = kMost, .ne1 = kMost})) == Code::kCorrupt);
  CHECK(code_of(build({.ne0 = std::uint64_t{1} << 32,
                       .ne1 = std::uint64_t{1} << 32})) == Code::kCorrupt);
  CHECK(code_of(build({.ne0 = std::uint64_t{1} << 62, .ne1 = 1})) ==
        Code::kCorrupt);
  // A zero must not hide the product of the others.
  CHECK(code_of(build({.ne0 = 0, .ne1 = std::uint64_t{1} << 63})) ==
        Code::kCorrupt);
  CHECK(code_of(build({.n_dims = 5})) == Code::kCorrupt);
  CHECK(code_of(build({.n_dims = 0xffffffff})) == Code::kCorrupt);
}

TEST_CASE("gguf malformed: a running sum that wraps (27940)") {
  Bytes b;
  b.raw("GGUF").u32(3).u64(2).u64(0);
  // Each alone is addressable; padded and added they are not.
  constexpr std::uint64_t kHuge = 0x7fffffffffffffff;
  b.str("a").u32(1).u64(kHuge).u32(24).u64(0);
  b.str("b").u32(1).u64(kHuge).u32(24).u64(std::uint64_t{1} << 63);
  b.pad(32).zeros(64);
  CHECK(code_of(b) == Code::kCorrupt);
  const auto lenient = read_gguf(*b.source(), {.require_data = false});
  CHECK(!lenient);
}

TEST_CASE("gguf malformed: a row that is no multiple of its block") {
  CHECK(code_of(build({.ne0 = 33, .type = 2})) == Code::kCorrupt);
  CHECK(code_of(build({.ne0 = 32, .type = 12})) == Code::kCorrupt);
}

TEST_CASE("gguf malformed: zero in a shape is legal and divides nothing") {
  for (const std::uint64_t type : {0U, 2U, 12U, 39U})
    CHECK(read_gguf(*build({.ne0 = 0, .type = type, .data = 0}).source()));
}

TEST_CASE("gguf malformed: types that are removed, foreign or unknown") {
  for (const std::uint64_t id : {4U, 5U, 31U, 32U, 33U, 36U, 37U, 38U, 43U, 99U,
                                 137U, 255U, 256U, 0x7fffffffU})
    CHECK(code_of(build({.type = id})) == Code::kUnsupported);
  code_of(build({.type = 0xffffffff}));
}

TEST_CASE(
    "gguf malformed: offsets with gaps, overlaps, beyond the file (7482)") {
  CHECK(code_of(build({.offset = 32})) == Code::kCorrupt);
  CHECK(code_of(build({.offset = 1})) == Code::kCorrupt);
  CHECK(code_of(build({.offset = std::uint64_t{0} - 32})) == Code::kCorrupt);
  CHECK(code_of(build({.data = 255})) == Code::kCorrupt);
  CHECK(code_of(build({.data = 0})) == Code::kCorrupt);
  CHECK(read_gguf(*build({.data = 0}).source(), {.require_data = false}));
}

TEST_CASE("gguf malformed: names") {
  const std::string longest(63, 'n');
  CHECK(read_gguf(*build({.name = longest, .name_length = 63}).source()));
  const std::string longer(64, 'n');
  CHECK(code_of(build({.name = longer, .name_length = 64})) == Code::kLimit);
  CHECK(code_of(build({.key = "", .key_length = 0})) == Code::kCorrupt);
  CHECK(code_of(build({.name = "", .name_length = 0})) == Code::kCorrupt);
  Bytes twice;
  twice.raw("GGUF").u32(3).u64(0).u64(2);
  twice.str("k").u32(7).u8(1).str("k").u32(7).u8(0);
  CHECK(code_of(twice) == Code::kCorrupt);
  Bytes tensors;
  tensors.raw("GGUF").u32(3).u64(2).u64(0);
  for (const std::uint64_t offset : {0U, 32U})
    tensors.str("t").u32(1).u64(8).u32(0).u64(offset);
  tensors.pad(32).zeros(64);
  CHECK(code_of(tensors) == Code::kCorrupt);
}

TEST_CASE("gguf malformed: nested arrays and unknown types") {
  CHECK(code_of(build({.value_type = 9, .element_type = 9})) ==
        Code::kUnsupported);
  CHECK(code_of(build({.value_type = 9, .element_type = 13})) ==
        Code::kCorrupt);
  CHECK(code_of(build({.value_type = 13})) == Code::kCorrupt);
  CHECK(code_of(build({.value_type = 0xffffffff})) == Code::kCorrupt);
}

TEST_CASE("gguf malformed: alignment (24997, 26318)") {
  const auto with = [](std::uint32_t type, std::uint64_t value) {
    Bytes b;
    b.raw("GGUF").u32(3).u64(0).u64(1).str("general.alignment").u32(type);
    if (type == 8) return b.str("32");
    return type == 10 ? b.u64(value) : b.u32(value);
  };
  for (const std::uint64_t good : {8U, 16U, 32U, 4096U, 1048576U})
    CHECK(read_gguf(*with(4, good).source()));
  for (const std::uint64_t bad :
       {std::uint64_t{0}, std::uint64_t{1}, std::uint64_t{4}, std::uint64_t{24},
        std::uint64_t{2097152}, std::uint64_t{0x80000000}})
    CHECK(code_of(with(4, bad)) == Code::kCorrupt);
  for (const std::uint32_t type : {5U, 6U, 8U, 10U})
    CHECK(code_of(with(type, 32)) == Code::kCorrupt);
}

TEST_CASE("gguf malformed: a wrong start is told from a wrong version") {
  CHECK(code_of(build({.magic = "GGML"})) == Code::kCorrupt);
  for (const std::uint64_t version : {0U, 1U, 4U, 0x01000000U, 0x04000000U})
    CHECK(code_of(build({.version = version})) == Code::kUnsupported);
  CHECK(code_of(Bytes()) == Code::kCorrupt);
}

TEST_CASE("gguf malformed: cut off at every byte (32878, 41130)") {
  const Bytes whole = build({.value_type = 9, .value_length = 1});
  REQUIRE(read_gguf(*build({}).source()));
  Bytes b = build({});
  while (b.size() > 0) {
    b.data().pop_back();
    const auto gguf = read_gguf(*b.source());
    REQUIRE(!gguf);
    const test::RangeSource remote(b.source());
    REQUIRE(!read_gguf(remote, {.first_window = 64}));
  }
}

TEST_CASE("gguf malformed: limits at and beyond") {
  Bytes key;
  const std::string longest(64 << 10, 'k');
  key.raw("GGUF").u32(3).u64(0).u64(1).str(longest).u32(7).u8(1);
  CHECK(read_gguf(*key.source()));
  Bytes longer;
  longer.raw("GGUF").u32(3).u64(0).u64(1).str(longest + "k").u32(7).u8(1);
  CHECK(code_of(longer) == Code::kLimit);
  Bytes keys;
  keys.raw("GGUF").u32(3).u64(0).u64(65535);
  for (int i = 0; i < 65535; ++i)
    keys.str(std::to_string(i)).u32(7).u8(1);
  CHECK(read_gguf(*keys.source()));
  CHECK(code_of(build({.n_keys = 65536})) == Code::kLimit);
  CHECK(code_of(build({.n_tensors = 1000001})) == Code::kLimit);
}
