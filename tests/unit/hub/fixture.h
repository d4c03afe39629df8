// A hub's directory for one test.
#pragma once

#include <doctest/doctest.h>

#include <memory>
#include <string>
#include <vector>

#include "hub/store/commit.h"
#include "hub/store/store.h"
#include "hug/context.h"
#include "support/fake_clock.h"
#include "support/temp_dir.h"
#include "sys/context.h"

namespace hug::test {

/// The value, or the test ends with the error's message.
template <class T>
T must(Result<T> result) {
  REQUIRE_MESSAGE(result.has_value(),
                  (result ? std::string() : result.error().message()));
  return std::move(*result);
}

inline void must(Result<void> result) {
  REQUIRE_MESSAGE(result.has_value(),
                  (result ? std::string() : result.error().message()));
}

struct HubFixture {
  TempDir temp;
  Context context{Context::Options{}};
  std::shared_ptr<FakeClock> clock = std::make_shared<FakeClock>();
  std::unique_ptr<hub::Store> store;

  HubFixture() {
    clock->set_wall(std::chrono::time_point_cast<sys::Clock::Wall::duration>(
        std::chrono::system_clock::now()));
    context.parts().clock = clock;
    open();
  }

  void open() {
    store.reset();
    store = must(hub::Store::open(context, temp / "hub"));
  }

  hub::RepoRecordPtr make_repo(const std::string& name,
                               hub::RepoKind kind = hub::RepoKind::kModel) {
    return must(store->create_repo({.kind = kind,
                                    .name_space = "alice",
                                    .name = name,
                                    .author = "alice"}));
  }

  hub::OpenRepoPtr open_repo(const hub::RepoRecord& record) {
    return must(store->repos().open(record.id));
  }

  /// Sends a commit's lines as a client would.
  Result<hub::CommitDone> commit(const hub::RepoRecord& record,
                                 const std::string& lines,
                                 hub::CommitWanted wanted = {
                                     .revision = "main", .author = "alice"}) {
    auto pack = must(hub::PackWriter::create(store->fs(), store->temp()));
    hub::CommitReader reader({}, [&](std::string_view content) {
      return pack.add(hub::ObjectType::kBlob, content);
    });
    HUG_TRY(reader.feed(lines));
    HUG_TRY(reader.finish());
    return hub::apply_commit(*store, record, open_repo(record), wanted, reader,
                             std::move(pack));
  }

  std::string put_object(const std::string& content) {
    const std::string oid = base::sha256_hex(content);
    auto upload = must(store->objects().begin(content.size()));
    must(upload->write(std::as_bytes(std::span(content))));
    must(store->objects().publish(*upload, oid, content.size()));
    return oid;
  }
};

inline std::string header_line(const std::string& parent = "") {
  return R"({"key":"header","value":{"summary":"s","parentCommit":")" + parent +
         "\"}}\n";
}

inline std::string file_line(const std::string& path, const std::string& text) {
  return R"({"key":"file","value":{"path":")" + path + R"(","content":")" +
         text + R"(","encoding":"utf-8"}})" + "\n";
}

inline std::string lfs_line(const std::string& path, const std::string& oid) {
  return R"({"key":"lfsFile","value":{"path":")" + path +
         R"(","algo":"sha256","oid":")" + oid + "\"}}\n";
}

inline std::string line(const std::string& key, const std::string& path) {
  return R"({"key":")" + key + R"(","value":{"path":")" + path + "\"}}\n";
}

}  // namespace hug::test
