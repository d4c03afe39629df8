#include "http/sse.h"

#include <doctest/doctest.h>

using namespace hug::http;

TEST_CASE("event streams are read however the bytes are cut") {
  const std::string text =
      "\xef\xbb\xbf: hello\n"
      "event: token\r\ndata: a\r\ndata:b\r\nid: 7\r\n\r\n"
      "data\n\n"
      "event: none\n\n"
      "retry: 250\rdata: c\r\r"
      "data: unfinished\n";
  const std::vector<SseEvent> expected = {
      {"token", "a\nb", "7"}, {"message", "", "7"}, {"message", "c", "7"}};
  for (std::size_t step = 1; step <= text.size(); ++step) {
    SseParser parser;
    std::vector<SseEvent> got;
    for (std::size_t at = 0; at < text.size(); at += step) {
      const auto events = parser.feed(text.substr(at, step)).value();
      got.insert(got.end(), events.begin(), events.end());
    }
    CHECK(got == expected);
    CHECK(parser.retry() == 250);
  }
}

TEST_CASE("an endless event is refused") {
  SseParser parser(100);
  CHECK(parser.feed("data: " + std::string(90, 'x')).has_value());
  CHECK(parser.feed(std::string(50, 'x')).error().code() == hug::Code::kLimit);
}

TEST_CASE("events are written so that they read the same") {
  const SseEvent event{"done", "one\ntwo\n", "3"};
  SseParser parser;
  CHECK(parser.feed(format_sse(event)).value() == std::vector{event});
}
