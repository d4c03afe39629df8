// SQLite, for what is not in git: users, tokens, names and flags of repos.
// WAL mode, foreign keys on, full sync. One connection a directory and process,
// guarded by a mutex. sqlite3.h stays in the .cc file.
#pragma once

#include <cstdint>
#include <functional>
#include <initializer_list>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "hug/result.h"

namespace hug::hub {

using DbValue = std::variant<std::nullptr_t, std::int64_t, std::string>;

/// One row of an answer; valid during the callback only.
class DbRow {
 public:
  explicit DbRow(void* statement) : statement_(statement) {}

  std::int64_t number(int column) const;
  std::string text(int column) const;
  bool is_null(int column) const;

 private:
  void* statement_;
};

class Db {
 public:
  /// Opens or makes the file and brings its tables up to date. Errors:
  /// kCorrupt, kIo, kUnsupported (made by a newer version).
  static Result<std::unique_ptr<Db>> open(const std::string& path);
  ~Db();
  Db(const Db&) = delete;
  Db& operator=(const Db&) = delete;

  /// Runs one statement. Errors: kConflict (a constraint), kBusy, kNoSpace,
  /// kCorrupt, kIo.
  Result<void> run(const char* sql, std::vector<DbValue> values = {});
  Result<void> query(const char* sql, std::vector<DbValue> values,
                     const std::function<void(const DbRow&)>& row);
  /// Runs `work` in one write transaction; rolled back when it fails. Calls
  /// of this object inside `work` belong to it.
  Result<void> transaction(const std::function<Result<void>()>& work);
  /// Rows that the last run() changed.
  std::int64_t changes() const;
  std::int64_t last_id() const;
  /// Grows whenever anybody, this process included, has changed the file.
  std::uint64_t version();
  /// What SQLite's own check says; empty when all is well.
  Result<std::vector<std::string>> check();

 private:
  struct State;
  explicit Db(std::unique_ptr<State> state);
  Result<void> migrate();
  std::unique_ptr<State> state_;
};

}  // namespace hug::hub
