#include <doctest/doctest.h>

#include "fixture.h"
#include "hub/store/gc.h"

using namespace hug;
using namespace hug::hub;
using hug::test::HubFixture;
using hug::test::must;

TEST_CASE("objects: only bytes with the announced digest and size appear") {
  HubFixture hub;
  ObjectStore& objects = hub.store->objects();
  const std::string oid = hub.put_object("content");
  CHECK(objects.size(oid) == 7);
  const std::string other = base::sha256_hex(std::string_view("other"));
  auto wrong = must(objects.begin(7));
  must(wrong->write(std::as_bytes(std::span("content", 7))));
  CHECK(!objects.publish(*wrong, other, 7).has_value());
  CHECK(!objects.size(other));
  auto longer = must(objects.begin(3));
  CHECK(longer->write(std::as_bytes(std::span("content", 7))).error().code() ==
        Code::kLimit);
  auto shorter = must(objects.begin(9));
  must(shorter->write(std::as_bytes(std::span("content", 7))));
  CHECK(!objects.publish(*shorter, oid, 9).has_value());
}

TEST_CASE("objects: parts in any order, all of them, with their etags") {
  HubFixture hub;
  ObjectStore& objects = hub.store->objects();
  const std::string content = "0123456789ab";
  const std::string oid = base::sha256_hex(content);
  auto upload = must(objects.begin_parts(oid, content.size(), 5));
  CHECK(upload->parts() == 3);
  CHECK(upload->size_of_part(3) == 2);
  CHECK(upload->size_of_part(4) == 0);
  const auto put = [&](std::uint64_t n) {
    const std::string part = content.substr((n - 1) * 5, 5);
    must(upload->write(n, 0, std::as_bytes(std::span(part))));
    upload->finish_part(n, "e" + std::to_string(n));
  };
  put(3);
  put(1);
  CHECK(!upload->check({{1, "e1"}, {2, "e2"}, {3, "e3"}}).has_value());
  CHECK(!upload->check({{1, "e1"}, {3, "e3"}}).has_value());
  put(2);
  CHECK(!upload->check({{1, "e1"}, {2, "x"}, {3, "e3"}}).has_value());
  CHECK(!upload->write(3, 1, std::as_bytes(std::span("xx", 2))).has_value());
  must(upload->check({{1, "e1"}, {2, "e2"}, {3, "e3"}}));
  must(objects.publish(*upload));
  CHECK(objects.size(oid) == content.size());
}

TEST_CASE("gc: two phases with a grace, and never what is reachable") {
  HubFixture hub;
  const auto record = hub.make_repo("g");
  const std::string used = hub.put_object("used");
  const std::string past = hub.put_object("past");
  const std::string idle = hub.put_object("idle");
  must(hub.commit(*record, test::header_line() + test::lfs_line("u", used) +
                               test::lfs_line("p", past)));
  must(hub.commit(*record,
                  test::header_line() + test::line("deletedFile", "p")));
  const auto run = [&] {
    return must(collect_garbage(*hub.store, {}, hub.context));
  };
  CHECK(run().marked == 1);
  hub.clock->advance(std::chrono::minutes(30));
  CHECK(run().removed == 0);
  hub.clock->advance(std::chrono::minutes(31));
  CHECK(hub.store->objects().size(idle));
  const auto report = run();
  CHECK(report.removed == 1);
  CHECK(report.removed_bytes == 4);
  CHECK(report.reachable == 2);
  CHECK(!hub.store->objects().size(idle));
  CHECK(hub.store->objects().size(used));
  CHECK(hub.store->objects().size(past));
}

TEST_CASE("gc: random histories against a model") {
  HubFixture hub;
  const auto record = hub.make_repo("r");
  sys::Random random(11);
  std::vector<std::string> all;
  std::set<std::string> referred;
  for (int step = 0; step < 300; ++step) {
    switch (random.below(4)) {
      case 0:
        all.push_back(hub.put_object("o" + std::to_string(step)));
        break;
      case 1:
        if (!all.empty()) {
          const std::string& oid = all[random.below(all.size())];
          if (hub.commit(*record,
                         test::header_line() +
                             test::lfs_line("f" + std::to_string(step), oid))) {
            referred.insert(oid);
          }
        }
        break;
      case 2:
        hub.clock->advance(std::chrono::minutes(20));
        break;
      default:
        must(collect_garbage(*hub.store, {}, hub.context));
    }
    for (const std::string& oid : referred) {
      REQUIRE(hub.store->objects().size(oid));
    }
  }
  hub.clock->advance(std::chrono::hours(2));
  must(collect_garbage(*hub.store, {}, hub.context));
  hub.clock->advance(std::chrono::hours(2));
  must(collect_garbage(*hub.store, {}, hub.context));
  CHECK(must(hub.store->objects().list()).oids.size() == referred.size());
}
