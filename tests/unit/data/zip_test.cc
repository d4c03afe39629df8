#include "data/zip.h"

#include <doctest/doctest.h>
#include <zlib.h>

#include <string>
#include <vector>

using namespace hug;
using namespace hug::data;

namespace {

std::string le(std::uint64_t value, int bytes) {
  std::string out;
  for (int i = 0; i < bytes; ++i) {
    out += static_cast<char>(value >> (8 * i) & 0xFF);
  }
  return out;
}

std::uint32_t crc(const std::string& text) {
  return static_cast<std::uint32_t>(
      ::crc32(0, reinterpret_cast<const Bytef*>(text.data()),
              static_cast<uInt>(text.size())));
}

std::string deflated(const std::string& text) {
  std::string out(text.size() + 1000, '\0');
  z_stream z = {};
  REQUIRE(deflateInit2(&z, 9, Z_DEFLATED, -MAX_WBITS, 9, Z_DEFAULT_STRATEGY) ==
          Z_OK);
  z.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(text.data()));
  z.avail_in = static_cast<uInt>(text.size());
  z.next_out = reinterpret_cast<Bytef*>(out.data());
  z.avail_out = static_cast<uInt>(out.size());
  REQUIRE(deflate(&z, Z_FINISH) == Z_STREAM_END);
  out.resize(z.total_out);
  deflateEnd(&z);
  return out;
}

struct Member {
  std::string name;
  std::string content;
  bool deflate = false;
  bool zip64 = false;
  std::uint64_t size = UINT64_MAX;  // what the headers claim
  std::string local_name = {};      // what the local header claims
  std::uint16_t flags = 0;
};

// Writes archives field by field, independently of the reader.
std::string archive(const std::vector<Member>& members, bool end64 = false) {
  std::string out;
  std::string directory;
  for (const Member& m : members) {
    const std::string data = m.deflate ? deflated(m.content) : m.content;
    const std::uint64_t size = m.size == UINT64_MAX ? m.content.size() : m.size;
    const std::uint64_t offset = out.size();
    const auto narrow = [&](std::uint64_t v) {
      return le(m.zip64 ? 0xFFFFFFFF : v, 4);
    };
    const std::string method = le(m.deflate ? 8 : 0, 2);
    const std::string local64 =
        m.zip64 ? le(1, 2) + le(16, 2) + le(size, 8) + le(data.size(), 8) : "";
    const std::string central64 = m.zip64
                                      ? le(1, 2) + le(24, 2) + le(size, 8) +
                                            le(data.size(), 8) + le(offset, 8)
                                      : "";
    const std::string name = m.local_name.empty() ? m.name : m.local_name;
    out += "PK\3\4" + le(45, 2) + le(m.flags, 2) + method + le(0, 4) +
           le(crc(m.content), 4) + narrow(data.size()) + narrow(size) +
           le(name.size(), 2) + le(local64.size(), 2) + name + local64 + data;
    directory += "PK\1\2" + le(45, 2) + le(45, 2) + le(m.flags, 2) + method +
                 le(0, 4) + le(crc(m.content), 4) + narrow(data.size()) +
                 narrow(size) + le(m.name.size(), 2) + le(central64.size(), 2) +
                 le(0, 2) + le(0, 2) + le(0, 2) + le(0, 4) + narrow(offset) +
                 m.name + central64;
  }
  const std::uint64_t at = out.size();
  out += directory;
  if (end64) {
    const std::uint64_t end_at = out.size();
    out += "PK\6\6" + le(44, 8) + le(45, 2) + le(45, 2) + le(0, 4) + le(0, 4) +
           le(members.size(), 8) + le(members.size(), 8) +
           le(directory.size(), 8) + le(at, 8);
    out += "PK\6\7" + le(0, 4) + le(end_at, 8) + le(1, 4);
  }
  out += "PK\5\6" + le(0, 4) + le(end64 ? 0xFFFF : members.size(), 2) +
         le(end64 ? 0xFFFF : members.size(), 2) +
         le(end64 ? 0xFFFFFFFF : directory.size(), 4) +
         le(end64 ? 0xFFFFFFFF : at, 4) + le(0, 2);
  return out;
}

Result<ZipArchive> open(const std::string& bytes, ZipLimits limits = {}) {
  return ZipArchive::open(copy_bytes(std::as_bytes(std::span(bytes)), "t.zip"),
                          limits);
}

Code code_of(const std::string& bytes) {
  const auto zip = open(bytes);
  if (!zip) return zip.error().code();
  for (const ZipEntry& e : zip->entries()) {
    const auto got = zip->read(e, 1 << 20);
    if (!got) return got.error().code();
  }
  return Code::kFailure;  // nothing was wrong
}

}  // namespace

TEST_CASE("zip: stored and deflated members, with and without zip64") {
  const std::string text(5000, 'x');
  for (const bool wide : {false, true}) {
    const std::string bytes = archive({{"a/data.pkl", "pickle", false, wide},
                                       {"a/data/0", text, false, wide},
                                       {"b", text + "end", true, wide},
                                       {"empty", "", false, wide},
                                       {"dir/", "", false, wide}},
                                      wide);
    const ZipArchive zip = open(bytes).value();
    REQUIRE(zip.entries().size() == 5);
    CHECK(zip.read(*zip.find("a/data.pkl"), 99).value() == "pickle");
    CHECK(zip.read(*zip.find("b"), 9999).value() == text + "end");
    CHECK(zip.read(*zip.find("b"), 99).error().code() == Code::kLimit);
    CHECK(zip.find("none") == nullptr);
    const ByteSourcePtr stored = zip.member(*zip.find("a/data/0")).value();
    CHECK(stored->size() == 5000);
    // A slice of the archive: nothing is copied.
    CHECK(stored->mapped().size() == 5000);
    CHECK(zip.member(*zip.find("b")).value()->size() == 5003);
    for (const ZipEntry& e : zip.entries())
      CHECK(zip.verify(e));
  }
}

TEST_CASE("zip: lies are found") {
  CHECK(code_of("") == Code::kCorrupt);
  CHECK(code_of(std::string(100, 'x')) == Code::kCorrupt);
  CHECK(code_of(archive({{"a", "x"}})) == Code::kFailure);
  Member m{"a", "content"};
  m.local_name = "b";
  CHECK(code_of(archive({m})) == Code::kCorrupt);
  m = {"a", "content"};
  m.size = 8;
  CHECK(code_of(archive({m})) == Code::kCorrupt);
  m = {"a", std::string(3000, 'x'), true};
  m.size = 2999;
  CHECK(code_of(archive({m})) == Code::kCorrupt);
  m.size = 3001;
  CHECK(code_of(archive({m})) == Code::kCorrupt);
  m = {"a", "x"};
  m.flags = 1;
  CHECK(code_of(archive({m})) == Code::kUnsupported);
  CHECK(code_of(archive({{"a", "x"}, {"a", "y"}})) == Code::kCorrupt);
  std::string flipped = archive({{"a", "content"}});
  flipped[31] = static_cast<char>(flipped[31] ^ 1);
  CHECK(code_of(flipped) == Code::kCorrupt);
}

TEST_CASE("zip: bombs are refused by their headers") {
  Member m{"a", std::string(100000, 'x'), true};
  m.size = std::uint64_t{1} << 40;
  m.zip64 = true;
  CHECK(code_of(archive({m})) == Code::kLimit);
  m.size = UINT64_MAX;
  CHECK(code_of(archive({m})) == Code::kFailure);
  ZipLimits few;
  few.entries = 1;
  CHECK(open(archive({{"a", ""}, {"b", ""}}), few).error().code() ==
        Code::kLimit);
  // Two directory entries that speak of the same bytes.
  std::string twice = archive({{"a", "xx"}, {"b", "yy"}});
  const auto second = twice.rfind("PK\1\2");
  twice.replace(second + 42, 4, le(0, 4));
  CHECK(code_of(twice) == Code::kCorrupt);
}

TEST_CASE("zip: every truncation and every flipped byte is survived") {
  const std::string good = archive(
      {{"a/data.pkl", "pickle"}, {"b", std::string(300, 'y'), true}}, true);
  for (std::size_t n = 0; n < good.size(); ++n) {
    CHECK(code_of(good.substr(0, n)) != Code::kFailure);
  }
  for (std::size_t at = 0; at < good.size(); ++at) {
    for (const int mask : {1, 0x80, 0xFF}) {
      std::string bad = good;
      bad[at] = static_cast<char>(bad[at] ^ mask);
      const auto zip = open(bad);
      if (!zip) continue;
      for (const ZipEntry& e : zip->entries()) {
        const auto text = zip->read(e, 1 << 20);
        // What is read is what was written, whatever a header says besides.
        if (text) {
          CHECK((*text == "pickle" || *text == std::string(300, 'y')));
        }
      }
    }
  }
}
