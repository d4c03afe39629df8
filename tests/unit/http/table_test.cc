#include <doctest/doctest.h>
#include <sys/socket.h>

#include "fixtures.h"
#include "http/server/server_exchange.h"

using namespace hug::http;
using std::chrono::seconds;

namespace {

/// A connected pair: whether the table cut one end shows at the other.
struct Pair {
  Pair() {
    int both[2];
    REQUIRE(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, both) == 0);
    ours = hug::sys::Fd(both[0]);
    theirs = hug::sys::Fd(both[1]);
  }

  bool is_cut() const {
    char byte = 0;
    return ::recv(theirs.get(), &byte, 1, MSG_DONTWAIT) == 0;
  }

  hug::sys::Fd ours;
  hug::sys::Fd theirs;
};

}  // namespace

TEST_CASE("each phase of a connection has its deadline") {
  ServerOptions options;
  ConnectionTable table(options);
  const auto now = std::chrono::steady_clock::now();
  Pair idle;
  Pair header;
  Pair slow_body;
  Pair good_body;
  Pair answer;
  const auto enter = [&](Pair& pair, Phase phase) {
    auto* const out = table.add(pair.ours.get(), "10.0.0.1");
    table.set_phase(out, phase);
    return out;
  };
  enter(idle, Phase::kIdle);
  enter(header, Phase::kHeader);
  table.count_body(enter(slow_body, Phase::kBody), 100);
  table.count_body(enter(good_body, Phase::kBody), 1 << 20);
  enter(answer, Phase::kAnswer);

  table.cut_late(now + seconds(9));
  CHECK(!header.is_cut());
  table.cut_late(now + seconds(12));
  CHECK(header.is_cut());
  CHECK(slow_body.is_cut());
  CHECK(!idle.is_cut());
  table.cut_late(now + seconds(600));
  CHECK(idle.is_cut());
  CHECK(!good_body.is_cut());
  CHECK(!answer.is_cut());
}

TEST_CASE("one address gets its share, loopback as much as it wants") {
  ServerOptions options;
  options.max_per_address = 2;
  ConnectionTable table(options);
  auto* const first = table.add(-1, "10.0.0.1");
  table.add(-1, "10.0.0.1");
  CHECK(!table.may_enter("10.0.0.1"));
  CHECK(table.may_enter("10.0.0.2"));
  table.remove(first);
  CHECK(table.may_enter("10.0.0.1"));
  for (int i = 0; i < 10; ++i)
    table.add(-1, "127.0.0.1");
  CHECK(table.may_enter("127.0.0.1"));
}
