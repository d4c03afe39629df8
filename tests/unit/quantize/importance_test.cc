#include "quantize/importance.h"

#include <doctest/doctest.h>

#include <cstring>
#include <limits>
#include <string>
#include <vector>

namespace {

using hug::quantize::Importance;
using hug::quantize::read_importance;

/// A matrix file of the old format, put together by hand.
class Dat {
 public:
  Dat& number(std::int32_t n) { return put(&n, sizeof n); }

  Dat& text(const std::string& s) {
    number(static_cast<std::int32_t>(s.size()));
    return put(s.data(), s.size());
  }

  Dat& value(float v) { return put(&v, sizeof v); }

  hug::Result<Importance> read() const {
    return read_importance(*hug::borrow_bytes(bytes_, "m.dat"));
  }

 private:
  Dat& put(const void* p, std::size_t n) {
    const auto* const b = static_cast<const std::byte*>(p);
    bytes_.insert(bytes_.end(), b, b + n);
    return *this;
  }

  std::vector<std::byte> bytes_;
};

void refuses(const Dat& dat, const std::string& why) {
  const auto got = dat.read();
  REQUIRE_FALSE(got);
  CHECK(got.error().code() == hug::Code::kCorrupt);
  CHECK_MESSAGE(got.error().message().find(why) != std::string::npos,
                got.error().message());
}

}  // namespace

TEST_CASE("importance: the old format, values divided by calls") {
  Dat dat;
  dat.number(2).text("a").number(4).number(2).value(2).value(6);
  dat.text("b").number(0).number(1).value(3);
  dat.number(11).text("words.txt");
  const auto got = dat.read();
  REQUIRE(got);
  CHECK(*got->find("a") == std::vector<float>{0.5F, 1.5F});
  CHECK(*got->find("b") == std::vector<float>{3.0F});
  CHECK(got->find("c") == nullptr);
  CHECK(got->chunks == 11);
  CHECK(got->dataset == "words.txt");
  CHECK(got->file == "m.dat");
}

TEST_CASE("importance: the newer format, sums over counts") {
  std::string path = HUG_SOURCE_DIR "/tests/fuzz/corpus/imatrix/gguf";
  const auto source = hug::open_file(path, hug::FileAccess::kRead);
  REQUIRE(source);
  const auto got = read_importance(**source);
  REQUIRE(got);
  CHECK(*got->find("blk.0.attn_q.weight") ==
        std::vector<float>{0.5F, 1.0F, 1.5F, 2.0F});
  CHECK(got->find("blk.0.ffn_up_exps.weight")->size() == 6);
  CHECK(got->chunks == 3);
  CHECK(got->dataset == "w.txt");
}

TEST_CASE("importance: numbers from outside are not believed") {
  refuses(Dat().number(0), "no entries");
  refuses(Dat().number(-1), "impossible");
  refuses(Dat().number(1), "cut off");
  refuses(Dat().number(1).number(100), "cut off in name");
  refuses(Dat().number(1).number(-5), "impossible");
  refuses(Dat().number(1).text("").number(1).number(1).value(1), "empty");
  refuses(Dat().number(1).text("a").number(1).number(1 << 27), "cut off");
  refuses(Dat().number(1).text("a").number(-1).number(1), "calls");
  refuses(Dat()
              .number(2)
              .text("a")
              .number(1)
              .number(1)
              .value(1)
              .text("a")
              .number(1)
              .number(1)
              .value(1),
          "twice");
  refuses(Dat().number(1).text("a").number(1).number(1).value(
              std::numeric_limits<float>::infinity()),
          "finite");
}

TEST_CASE("importance: filters by parts of names") {
  Importance m;
  m.entries = {{"blk.0.ffn_up", {1}}, {"blk.0.attn_q", {1}}, {"output", {1}}};
  Importance kept = m;
  hug::quantize::filter_entries(kept, {"ffn", "out"}, {});
  CHECK(kept.entries.size() == 2);
  CHECK(kept.find("blk.0.attn_q") == nullptr);
  kept = m;
  hug::quantize::filter_entries(kept, {}, {"blk.0"});
  CHECK(kept.entries.size() == 1);
}
