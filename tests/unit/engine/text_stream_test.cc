#include "engine/text_stream.h"

#include <doctest/doctest.h>

#include <string>
#include <vector>

using namespace hug;

namespace {

const std::vector<std::string> kNone;

}  // namespace

TEST_CASE("text stream: characters come whole") {
  std::vector<std::string> got;
  const std::function<bool(std::string_view)> sink = [&](std::string_view t) {
    got.emplace_back(t);
    return true;
  };
  engine::TextStream s(kNone, kNone, sink);
  CHECK(s.put("a\xf0\x9f"));
  CHECK(s.put("\xa6"));
  CHECK(s.put("\x99z"));
  CHECK(s.finish() == "a\xf0\x9f\xa6\x99z");
  CHECK(got == std::vector<std::string>{"a", "\xf0\x9f\xa6\x99z"});
}

TEST_CASE("text stream: stop texts never show") {
  const std::vector<std::string> stops = {"<end>", "STOP"};
  std::string shown;
  const std::function<bool(std::string_view)> sink = [&](std::string_view t) {
    shown += t;
    return true;
  };
  engine::TextStream s(stops, kNone, sink);
  CHECK(s.put("one <e"));
  CHECK(shown == "one ");
  CHECK(s.put("lse> <en"));
  CHECK(shown == "one <else> ");
  CHECK_FALSE(s.put("d> more"));
  CHECK(s.finish() == "one <else> ");
  CHECK(shown == "one <else> ");
}

TEST_CASE("text stream: what is banned is held back until it is taken back") {
  const std::vector<std::string> stops = {"END"};
  const std::vector<std::string> banned = {"bad word"};
  std::string shown;
  const std::function<bool(std::string_view)> sink = [&](std::string_view t) {
    shown += t;
    return true;
  };
  engine::TextStream s(stops, banned, sink);
  CHECK(s.put("a bad"));
  CHECK(shown == "a ");
  CHECK(s.put(" word!"));
  REQUIRE(s.banned_at() == 2);
  CHECK(shown == "a ");
  s.take_back(2);
  CHECK_FALSE(s.banned_at());
  CHECK(s.put("bad day"));
  CHECK(shown == "a bad day");
  CHECK(s.finish() == "a bad day");
}
