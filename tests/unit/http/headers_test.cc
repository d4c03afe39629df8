#include "http/headers.h"

#include <doctest/doctest.h>

#include "http/range.h"

using namespace hug::http;
using std::chrono::milliseconds;
using std::chrono::seconds;

TEST_CASE("header fields ignore case and keep order") {
  Headers headers{{"Link", "a"}, {"x-one", "1"}};
  headers.add("LINK", "b");
  CHECK(headers.get("link") == "a");
  CHECK(headers.all("Link").size() == 2);
  headers.set("Link", "c");
  CHECK(headers.all("link") == std::vector<std::string_view>{"c"});
  CHECK(!headers.find("absent"));
  CHECK(headers.get("absent").empty());
  CHECK(is_field_name("X-Error-Code"));
  CHECK(!is_field_name("X Error"));
  CHECK(!is_field_value("a\r\nb"));
}

TEST_CASE("Link fields give the target of a relation") {
  Headers headers;
  headers.add("Link",
              "<https://h/1>; title=\"a, <b>; rel=next\"; rel=\"prev\", "
              "<https://h/2?x=,y>; rel=\"xet-auth next\"");
  CHECK(find_link(headers, "next") == "https://h/2?x=,y");
  CHECK(find_link(headers, "prev") == "https://h/1");
  CHECK(!find_link(headers, "first"));
  CHECK(parse_link("<broken; rel=next").empty());
  CHECK(parse_link("nonsense, <ok>;rel=x").size() == 1);
}

TEST_CASE("Content-Range is believed only when it makes sense") {
  const auto range = parse_content_range("bytes 5-9/100").value();
  CHECK((*range.first == 5 && *range.last == 9 && *range.total == 100));
  CHECK(!parse_content_range("bytes */7")->first);
  CHECK(!parse_content_range("bytes 0-9/*")->total);
  for (const char* bad :
       {"", "bytes", "bytes 9-5/100", "bytes 0-100/100", "bytes -5/100",
        "items 0-1/2", "bytes 0-1", "bytes 0-x/9", "bytes */*",
        "bytes 0-18446744073709551615/*", "bytes 0-1/2,3"}) {
    CAPTURE(bad);
    CHECK(!parse_content_range(bad));
  }
}

TEST_CASE("rate limits are read as the Hub writes them") {
  const auto limit = parse_rate_limit("\"api\";r=12;t=55").value();
  CHECK(limit.bucket == "api");
  CHECK(limit.remaining == 12);
  CHECK(limit.reset == seconds(55));
  CHECK(parse_rate_limit("\"api\" ; r = 0 ; t = 1")->remaining == 0);
  CHECK(!parse_rate_limit("api"));
  CHECK(!parse_rate_limit("\"api\";r=-1;t=5"));
  const auto policy =
      parse_rate_limit_policy("\"fixed window\";\"api\";q=500;w=300").value();
  CHECK((policy.quota == 500 && policy.window == seconds(300)));
}

TEST_CASE("Retry-After is seconds or a date") {
  const auto now = hug::base::parse_http("Wed, 21 Oct 2026 07:28:00 GMT");
  REQUIRE(now);
  CHECK(parse_retry_after("120", *now) == milliseconds(120'000));
  CHECK(parse_retry_after("Wed, 21 Oct 2026 07:28:30 GMT", *now) ==
        milliseconds(30'000));
  CHECK(parse_retry_after("Wed, 21 Oct 2020 07:28:30 GMT", *now) ==
        milliseconds(0));
  CHECK(!parse_retry_after("-1", *now));
  CHECK(!parse_retry_after("soon", *now));
  CHECK(parse_retry_after("99999999999999", *now) < std::chrono::years(2));
}

TEST_CASE("attachments have plain names") {
  CHECK(parse_disposition("attachment; filename=\"a b.txt\"") == "a b.txt");
  CHECK(parse_disposition("attachment; filename=x; filename*=UTF-8''%C3%A9") ==
        "\xc3\xa9");
  CHECK(parse_disposition("inline; filename=\"../../etc/passwd\"") == "passwd");
  CHECK(parse_disposition("inline; filename=\"..\\\\x\"") == "x");
  CHECK(!parse_disposition("inline; filename=\"..\""));
  CHECK(!parse_disposition("inline; filename*=UTF-8''a%0Ab"));
  CHECK(!parse_disposition("inline"));
}

TEST_CASE("ETags lose what the Python client strips") {
  static constexpr const char* kCases[][2] = {
      {"\"abc\"", "abc"}, {"W/\"abc\"", "abc"},   {"Wabc", "abc"},
      {"//abc", "abc"},   {"\"W/abc\"", "W/abc"}, {"", ""},
  };
  for (const auto& [value, expected] : kCases) {
    CHECK(normalize_etag(value) == expected);
  }
}

TEST_CASE("a length must be one number") {
  Headers headers{{"Content-Length", "5"}};
  CHECK(content_length(headers) == 5);
  headers.add("Content-Length", "5");
  CHECK(content_length(headers) == 5);
  headers.add("Content-Length", "6");
  CHECK(!content_length(headers));
  CHECK(!content_length(Headers{{"Content-Length", "+5"}}));
}

TEST_CASE("requested ranges lie inside the file") {
  struct Row {
    const char* text;
    RangeKind kind;
    ByteRange range;
  };

  const Row rows[] = {
      {"bytes=0-9", RangeKind::kPart, {0, 10}},
      {"bytes=90-", RangeKind::kPart, {90, 10}},
      {"bytes=-5", RangeKind::kPart, {95, 5}},
      {"bytes=-500", RangeKind::kPart, {0, 100}},
      {"bytes=50-1000", RangeKind::kPart, {50, 50}},
      {"Bytes=1-1", RangeKind::kPart, {1, 1}},
      {"bytes=100-", RangeKind::kUnsatisfiable, {}},
      {"bytes=-0", RangeKind::kUnsatisfiable, {}},
      {"bytes=5-4", RangeKind::kWhole, {0, 100}},
      {"bytes=0-1,5-6", RangeKind::kWhole, {0, 100}},
      {"lines=0-1", RangeKind::kWhole, {0, 100}},
      {"bytes=x-", RangeKind::kWhole, {0, 100}},
      {"bytes=99999999999999999999-", RangeKind::kWhole, {0, 100}},
  };
  for (const auto& row : rows) {
    CAPTURE(row.text);
    const auto got = parse_range(row.text, 100);
    CHECK(got.kind == row.kind);
    CHECK(got.range == row.range);
  }
  CHECK(parse_range("bytes=0-", 0).kind == RangeKind::kUnsatisfiable);
}

TEST_CASE("a part is accepted only when it is the one asked for") {
  const ByteRange asked{100, 50};
  const auto reply = [&](int status, Headers headers) {
    return check_range_reply(status, headers, asked);
  };
  CHECK(reply(206, {{"Content-Range", "bytes 100-149/1000"}})->total == 1000);
  CHECK(reply(206, {{"Content-Range", "bytes 100-119/120"}})->size == 20);
  CHECK(reply(200, {{"Content-Length", "1000"}})->whole);
  CHECK(reply(200, {{"Content-Length", "1000"}})->size == 1000);
  CHECK(!reply(200, {{"Content-Length", "9"}, {"Content-Encoding", "gzip"}})
             ->size);
  const Headers bad[] = {
      {},
      {{"Content-Range", "bytes 101-150/1000"}},
      {{"Content-Range", "bytes 0-49/1000"}},
      {{"Content-Range", "bytes 100-150/1000"}},
      {{"Content-Range", "bytes 100-140/1000"}},
      {{"Content-Range", "bytes */1000"}},
      {{"Content-Type", "multipart/byteranges; boundary=x"}},
      {{"Content-Range", "bytes 100-149/1000"}, {"Content-Encoding", "gzip"}},
      {{"Content-Range", "bytes 100-149/1000"}, {"Content-Length", "49"}},
      {{"Content-Range", "bytes 100-149/1000"},
       {"Content-Range", "bytes 100-149/1000"}},
  };
  for (const auto& headers : bad) {
    CHECK(reply(206, headers).error().code() == hug::Code::kCorrupt);
  }
  CHECK(!reply(416, {}));
  CHECK(check_range_reply(206, {{"Content-Range", "bytes 7-9/10"}}, {7, 0})
            ->size == 3);
}
