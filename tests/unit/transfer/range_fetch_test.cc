#include "transfer/range_fetch.h"

#include <doctest/doctest.h>

#include <cstring>
#include <string>

#include "base/hash.h"
#include "http/range.h"
#include "hug/hub.h"
#include "hug/target.h"
#include "support/canned_hub.h"
#include "support/fake_clock.h"
#include "sys/context.h"

using namespace hug;

namespace {

const std::string kSha(40, 'a');

std::string make_content(std::size_t size) {
  std::string out(size, '\0');
  for (std::size_t i = 0; i < size; ++i) {
    out[i] = static_cast<char>(i * 7 + i / 251);
  }
  return out;
}

/// Answers a range as a server should.
http::ServerResponse part_of(const std::string& content,
                             http::ServerRequest& request,
                             const std::string& etag) {
  const auto range =
      http::parse_range(request.headers.get("Range"), content.size());
  http::ServerResponse answer;
  answer.headers.set("ETag", "\"" + etag + "\"");
  if (range.kind == http::RangeKind::kWhole) {
    answer.body = content;
    return answer;
  }
  const auto [offset, size] = range.range;
  answer.status = 206;
  answer.headers.set("Content-Range", "bytes " + std::to_string(offset) + "-" +
                                          std::to_string(offset + size - 1) +
                                          "/" + std::to_string(content.size()));
  answer.body = content.substr(offset, size);
  return answer;
}

struct Fixture {
  Fixture() {
    context.parts().clock = std::make_shared<test::FakeClock>();
    auto opened = Hub::open(context, {.endpoint = canned.url(), .token = ""});
    REQUIRE(opened.has_value());
    hub.emplace(std::move(*opened));
    file = {{RepoType::kModel, "a", "b"},
            kSha,
            "m.bin",
            content.size(),
            base::sha256_hex(content)};
  }

  /// Fetches a range and says what came.
  Result<std::string> fetch(transfer::RangeFetch& fetch, std::uint64_t offset,
                            std::uint64_t size) {
    std::string got(size, '?');
    std::uint64_t next = offset;
    HUG_TRY(
        fetch.fetch({offset, size}, [&](auto at, auto bytes) -> Result<void> {
          CHECK(at == next);  // in order, once
          std::memcpy(got.data() + (at - offset), bytes.data(), bytes.size());
          next = at + bytes.size();
          return {};
        }));
    return got;
  }

  const std::string path = "GET /a/b/resolve/" + kSha + "/m.bin";
  const std::string content = make_content(300'000);
  test::CannedHub canned;
  Context context{Context::Options{}};
  std::optional<Hub> hub;
  RemoteFile file;
};

}  // namespace

TEST_CASE_FIXTURE(Fixture, "a range is what was asked for") {
  canned.on(path, [&](auto& r) { return part_of(content, r, file.etag); });
  transfer::RangeFetch range(*hub, file);
  CHECK(fetch(range, 1000, 5000).value() == content.substr(1000, 5000));
  CHECK(fetch(range, 0, content.size()).value() == content);
  CHECK(fetch(range, 7, 0).value().empty());
  CHECK_FALSE(fetch(range, 1, content.size()).has_value());
}

TEST_CASE_FIXTURE(Fixture, "a server that ignores ranges is coped with") {
  canned.on(path, [&](auto&) {
    http::ServerResponse answer;
    answer.body = content;
    return answer;
  });
  transfer::RangeFetch range(*hub, file);
  CHECK(fetch(range, 1000, 5000).value() == content.substr(1000, 5000));
  CHECK(fetch(range, 290'000, 10'000).value() == content.substr(290'000));
}

TEST_CASE_FIXTURE(Fixture, "a cut body is resumed where it broke") {
  int asked = 0;
  canned.on(path, [&](auto& request) {
    auto answer = part_of(content, request, file.etag);
    if (++asked > 2) return answer;
    const auto body = std::get<std::string>(answer.body);
    auto sent = std::make_shared<std::size_t>(0);
    answer.body = http::StreamBody{
        [body, sent](std::span<char> out) -> Result<std::size_t> {
          if (*sent >= 50'000) return Error(Code::kIo, "cut");
          const auto n = std::min(out.size(), std::size_t{50'000} - *sent);
          std::memcpy(out.data(), body.data() + *sent, n);
          *sent += n;
          return n;
        },
        body.size()};
    return answer;
  });
  transfer::RangeFetch range(*hub, file);
  CHECK(fetch(range, 0, content.size()).value() == content);
  CHECK(asked == 3);
}

TEST_CASE_FIXTURE(Fixture, "wrong ranges, codings and sizes never pass") {
  struct Row {
    const char* name;
    std::function<void(http::ServerResponse&)> spoil;
  };

  const std::vector<Row> rows{
      {"other range",
       [](auto& a) { a.headers.set("Content-Range", "bytes 1-5000/300000"); }},
      {"no Content-Range", [](auto& a) { a.headers.remove("Content-Range"); }},
      {"other total",
       [](auto& a) {
         a.headers.set("Content-Range", "bytes 1000-5999/300001");
       }},
      {"coded", [](auto& a) { a.headers.set("Content-Encoding", "gzip"); }},
      {"several parts",
       [](auto& a) {
         a.headers.remove("Content-Range");
         a.headers.set("Content-Type", "multipart/byteranges; boundary=x");
       }},
      {"a page instead", [](auto& a) {
         a.status = 200;
         a.headers.remove("Content-Range");
         a.body = std::string("<html>please sign in</html>");
       }}};
  for (const auto& row : rows) {
    CAPTURE(std::string(row.name));
    canned.on(path, [&](auto& request) {
      auto answer = part_of(content, request, file.etag);
      row.spoil(answer);
      return answer;
    });
    transfer::RangeFetch range(*hub, file);
    CHECK_FALSE(fetch(range, 1000, 5000).has_value());
  }
}

TEST_CASE_FIXTURE(Fixture, "content that changes is a conflict") {
  std::string etag = "\"one\"";
  canned.on(path, [&](auto& request) {
    auto answer = part_of(content, request, "x");
    answer.headers.set("ETag", etag);
    return answer;
  });
  transfer::RangeFetch range(*hub, file);
  CHECK(fetch(range, 0, 10).has_value());
  etag = "\"two\"";
  CHECK(fetch(range, 10, 10).error().code() == Code::kConflict);
  range.restart();
  CHECK(fetch(range, 10, 10).has_value());
  // A digest other than the listing's is another content from the start.
  etag = "\"" + std::string(64, '0') + "\"";
  transfer::RangeFetch fresh(*hub, file);
  CHECK(fetch(fresh, 10, 10).error().code() == Code::kConflict);
}

TEST_CASE_FIXTURE(Fixture, "a redirect is followed once; a stale one renewed") {
  test::CannedHub store;
  int lives = 2;  // answers a signed address is good for
  store.on("GET /signed", [&](auto& request) {
    CHECK(request.headers.get("Authorization").empty());
    if (lives-- <= 0) return test::hub_refusal(403, "", "expired");
    return part_of(content, request, "opaque");
  });
  canned.on(path, [&](auto&) {
    http::ServerResponse answer;
    answer.status = 302;
    answer.headers.set("Location", store.url() + "/signed?X-Amz-Signature=1");
    return answer;
  });
  transfer::RangeFetch range(*hub, file);
  for (int i = 0; i < 2; ++i)
    CHECK(fetch(range, 0, 100).has_value());
  CHECK(canned.requests().size() == 1);
  lives = 0;
  CHECK_FALSE(fetch(range, 0, 100).has_value());  // never again
  lives = 100;
  CHECK(fetch(range, 0, 100).value() == content.substr(0, 100));
}

TEST_CASE_FIXTURE(Fixture, "a byte source reads a remote file frugally") {
  canned.on(path, [&](auto& r) { return part_of(content, r, file.etag); });
  const auto source = open_remote(*hub, file).value();
  CHECK(source->size() == content.size());
  CHECK(source->sha256() == file.etag);
  std::string got(8, '\0');
  const auto bytes = std::as_writable_bytes(std::span(got));
  REQUIRE(source->read_at(0, bytes).has_value());
  CHECK(got == content.substr(0, 8));
  REQUIRE(source->read_at(8, bytes).has_value());
  CHECK(got == content.substr(8, 8));
  CHECK(source->bytes_fetched() <= 1024);
  CHECK(canned.requests().size() == 1);
  source->prefetch(100'000, 50'000);
  REQUIRE(source->read_at(100'000, bytes).has_value());
  REQUIRE(source->read_at(149'000, bytes).has_value());
  CHECK(got == content.substr(149'000, 8));
  CHECK(canned.requests().size() == 2);
  std::string all(content.size(), '\0');
  REQUIRE(
      source->read_at(0, std::as_writable_bytes(std::span(all))).has_value());
  CHECK(all == content);
  CHECK(source->read_at(content.size() - 4, bytes).error().code() ==
        Code::kCorrupt);
}
