// The symbolic machine for pickles, and what the torch reader makes of it.
// (Whole files, and what Python does with them: tests/compat/scan.py.)
#include "format/torch/pickle.h"

#include <doctest/doctest.h>

#include "format/format.h"
#include "format/strided_source.h"
#include "format/torch/pickle_names.h"
#include "format/torch/torch_state.h"
#include "hug/scan.h"
#include "unit/format/bytes.h"

using namespace hug;
using namespace hug::format;
using namespace std::string_literals;
using namespace std::string_view_literals;
using hug::test::Bytes;

namespace {

Pickle run(std::string_view code, const PickleLimits& limits = {}) {
  auto pickle = read_pickle(*Bytes().raw(code).source(), 0, limits);
  REQUIRE(pickle);
  return std::move(*pickle);
}

Verdict verdict_of(std::string_view code) {
  const auto file = scan_file(Bytes().raw(code).source());
  REQUIRE(file);
  return file->verdict;
}

}  // namespace

TEST_CASE("pickle: values of every opcode that makes one") {
  const Pickle p =
      run("\x80\x02("
          "NI01\nI-5\nK\xffM\x01\x02J\xfe\xff\xff\xffL123L\n\x8a\x02\x00\xff"
          "U\x01"
          "aX\x02\0\0\0\xc3\xa4\x88"
          "S'\\x61\\n\\''\nV\\u0061b\n(K\x01t."sv);
  REQUIRE(!p.broken());
  CHECK(p.oddities().size() == 1);  // values are left over
  const Pickle t =
      run("\x80\x02(NI01\nI-5\nK\xffM\x01\x02J\xfe\xff\xff\xff\x8a\x02\x00\xff"
          "U\x01"
          "aS'\\x61\\''\nV\\u0061b\nt."sv);
  REQUIRE(t.root());
  const auto& items = t.items(*t.root());
  REQUIRE(items.size() == 10);
  CHECK(t.kind(items[0]) == PickleKind::kNone);
  CHECK(t.kind(items[1]) == PickleKind::kBool);
  CHECK(t.as_int(items[2]) == -5);
  CHECK(t.as_int(items[3]) == 255);
  CHECK(t.as_int(items[4]) == 513);
  CHECK(t.as_int(items[5]) == -2);
  CHECK(t.as_int(items[6]) == -256);
  CHECK(t.as_text(items[7]) == "a");
  CHECK(t.as_text(items[8]) == "a'");
  CHECK(t.as_text(items[9]) == "ab");
}

TEST_CASE("pickle: names are followed through the memo and the stack") {
  const Pickle p =
      run("\x80\x04\x8c\x02os\x94\x8c\x06system\x94"
          "00h\x00h\x01\x93."sv);
  REQUIRE(p.globals().size() == 1);
  CHECK(p.globals()[0].full() == "os.system");
  CHECK(judge_name(p.globals()[0]) == NameVerdict::kDangerous);
}

TEST_CASE("pickle: what broke off is told, what stood before it is kept") {
  for (const std::string_view code :
       {"\x80\x02"
        "cos\nsystem\n)R\xff"sv,
        "\x80\x02"
        "cos\nsystem\n)R"sv,
        "cos\nsystem\n)R00."sv, "cos\nsystem\nt."sv, "cos\nsystem\nh\x09."sv}) {
    const Pickle p = run(code);
    CHECK(p.broken());
    REQUIRE(p.globals().size() == 1);
    CHECK(verdict_of(code) == Verdict::kDangerous);
  }
}

TEST_CASE("pickle: limits hold") {
  const PickleLimits small{.opcodes = 100, .memo = 3, .stack = 5, .nodes = 50};
  CHECK(run(std::string(200, ']') + ".", small).broken());
  CHECK(run(std::string(90, '(') + ".", small).broken());
  CHECK(run("Nq\x01q\x02q\x03q\x04."sv, small).broken());
  CHECK(run("N0N0N0N0N0N."sv, small).root());
  CHECK(run("N"s + std::string(200, '2') + "."s, small).broken());
  std::string wide = "(";
  for (int i = 0; i < 30; ++i)
    wide += "]0";
  CHECK(
      run(wide + "]0]0]0]0]0]0]0]0]0]0]0]0]0]0]0]0]0]0]0]0t.", small).broken());
}

TEST_CASE("pickle: cut off at every byte it never crashes") {
  std::string code =
      "\x80\x04\x95\x10\0\0\0\0\0\0\0}\x94(\x8c\x01x\x94(K\x01K\x02K\x03t\x94"
      "ccollections\nOrderedDict\n)R\x94K\x05Nsu."s;
  while (!code.empty()) {
    code.pop_back();
    (void)run(code);
    (void)verdict_of(code);
  }
}

TEST_CASE("pickle: names that are allowed make tensors and nothing else") {
  for (const char* module : {"os", "builtins", "torch", "numpy", "collections"})
    for (const char* name :
         {"system", "eval", "load", "exec", "getattr", "OrderedDict.x"})
      CHECK(judge_name({.module = module, .name = name}) !=
            NameVerdict::kHarmless);
  CHECK(judge_name({.module = "torch", .name = "os.system"}) ==
        NameVerdict::kDangerous);
  CHECK(judge_name({.module = "asyncio.unix_events", .name = "x"}) ==
        NameVerdict::kDangerous);
  CHECK(judge_name({.module = "mine", .name = "Model"}) ==
        NameVerdict::kUnknown);
}

TEST_CASE("torch: a pickle that names more is refused with all its names") {
  const auto refused = check_allowed(
      run("\x80\x02"
          "cos\nsystem\n0ccollections\nOrderedDict\n0cmine\nModel\n)R."sv));
  REQUIRE(!refused);
  Result<void> copy = refused;
  CHECK(copy.error().code() == Code::kDenied);
  CHECK(copy.error().message() ==
        "the pickle would import os.system, mine.Model");
  CHECK(
      check_allowed(run("\x80\x02"
                        "ccollections\nOrderedDict\n)R."sv)));
}

TEST_CASE("torch: bounds of tensors in their storages") {
  const TorchStorage storage{.key = "0",
                             .type = tensor::DType::kF32,
                             .source = Bytes().zeros(24).source()};
  TorchTensor t{.name = "t",
                .type = tensor::DType::kF32,
                .shape = {2, 3},
                .strides = {3, 1}};
  CHECK(check_bounds(t, storage));
  t.offset = 1;
  CHECK(!check_bounds(t, storage));
  t.offset = 0;
  t.strides = {4, 1};
  CHECK(!check_bounds(t, storage));
  t.strides = {~std::uint64_t{0}, ~std::uint64_t{0}};
  CHECK(!check_bounds(t, storage));
  t.shape = {std::uint64_t{1} << 62, 8};
  CHECK(!check_bounds(t, storage));
  t.shape = {0, 3};
  CHECK(check_bounds(t, storage));
  t.shape = {1 << 20, 1 << 10};
  t.strides = {0, 0};
  CHECK(check_bounds(t, storage).error().code() == Code::kLimit);
}

TEST_CASE("torch: a view gathers the elements it names, from any byte on") {
  Bytes b;
  for (std::uint32_t i = 0; i < 12; ++i)
    b.u32(i);
  for (const bool remote : {false, true}) {
    ByteSourcePtr storage = b.source();
    if (remote) storage = std::make_shared<test::RangeSource>(storage);
    const auto view = make_strided_source(
        storage,
        {.shape = {3, 4}, .strides = {1, 3}, .offset = 0, .element_bytes = 4},
        "transposed");
    REQUIRE(view->size() == 48);
    const auto all = test::read_all(*view);
    for (std::uint32_t r = 0; r < 3; ++r)
      for (std::uint32_t c = 0; c < 4; ++c) {
        std::uint32_t value = 0;
        std::memcpy(&value, all.data() + (r * 4 + c) * 4, 4);
        CHECK(value == c * 3 + r);
      }
    for (std::size_t at = 0; at < 48; ++at)
      for (const std::size_t n : {std::size_t{1}, std::size_t{7}}) {
        if (at + n > 48) continue;
        std::vector<std::byte> some(n);
        REQUIRE(view->read_at(at, some));
        CHECK(std::equal(some.begin(), some.end(),
                         all.begin() + static_cast<std::ptrdiff_t>(at)));
      }
    std::vector<std::byte> beyond(2);
    CHECK(!view->read_at(47, beyond));
  }
}

TEST_CASE("scan: templates") {
  const auto verdict = [](std::string_view text) {
    Bytes b;
    b.raw("GGUF").u32(3).u64(0).u64(1);
    b.str("tokenizer.chat_template").u32(8).str(text);
    return verdict_of(b.data());
  };
  CHECK(verdict("{% for m in messages %}{{ m['role'] }}{% endfor %}") ==
        Verdict::kSafe);
  CHECK(verdict("{# a.__class__ is only a remark #}{{ messages }}") ==
        Verdict::kSafe);
  CHECK(verdict("text with __underscores__ outside of code") == Verdict::kSafe);
  CHECK(verdict("{{ x.__class__ }}") == Verdict::kDangerous);
  CHECK(verdict("{{ x|attr('y') }}") == Verdict::kDangerous);
  CHECK(verdict("{{ '%}' }}{% set a = b['__init__'] %}") ==
        Verdict::kDangerous);
}
