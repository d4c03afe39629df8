#include "hub/store/db.h"

#include <sqlite3.h>

#include <unordered_map>

#include "hub/store/schema.h"

namespace hug::hub {
namespace {

Code code_of(int rc) {
  switch (rc & 0xff) {
    case SQLITE_CONSTRAINT:
      return Code::kConflict;
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
      return Code::kBusy;
    case SQLITE_FULL:
      return Code::kNoSpace;
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
      return Code::kCorrupt;
    case SQLITE_NOMEM:
    case SQLITE_TOOBIG:
      return Code::kLimit;
    case SQLITE_PERM:
    case SQLITE_READONLY:
      return Code::kDenied;
    default:
      return Code::kIo;
  }
}

sqlite3_stmt* statement_of(void* handle) {
  return static_cast<sqlite3_stmt*>(handle);
}

int bind_value(sqlite3_stmt* statement, int at, const DbValue& value) {
  if (const auto* number = std::get_if<std::int64_t>(&value)) {
    return sqlite3_bind_int64(statement, at, *number);
  }
  if (const auto* text = std::get_if<std::string>(&value)) {
    return sqlite3_bind_text(statement, at, text->data(),
                             static_cast<int>(text->size()), SQLITE_TRANSIENT);
  }
  return sqlite3_bind_null(statement, at);
}

}  // namespace

std::int64_t DbRow::number(int column) const {
  return sqlite3_column_int64(statement_of(statement_), column);
}

std::string DbRow::text(int column) const {
  sqlite3_stmt* s = statement_of(statement_);
  const auto* bytes = sqlite3_column_text(s, column);
  if (bytes == nullptr) return {};
  return std::string(reinterpret_cast<const char*>(bytes),
                     static_cast<std::size_t>(sqlite3_column_bytes(s, column)));
}

bool DbRow::is_null(int column) const {
  return sqlite3_column_type(statement_of(statement_), column) == SQLITE_NULL;
}

struct Db::State {
  sqlite3* db = nullptr;
  std::recursive_mutex mutex;
  std::unordered_map<std::string, sqlite3_stmt*> statements;
  std::int64_t foreign_version = 0;
  std::uint64_t version = 1;
  bool in_transaction = false;

  State() = default;
  State(const State&) = delete;
  State& operator=(const State&) = delete;

  ~State() {
    for (const auto& [sql, statement] : statements) {
      sqlite3_finalize(statement);
    }
    sqlite3_close(db);
  }

  Error error(int rc, std::string_view doing) const {
    return Error(code_of(rc), "hub database: " + std::string(doing) + ": " +
                                  sqlite3_errmsg(db));
  }

  Result<sqlite3_stmt*> prepare(const char* sql) {
    const auto found = statements.find(sql);
    if (found != statements.end()) return found->second;
    sqlite3_stmt* statement = nullptr;
    const int rc = sqlite3_prepare_v3(db, sql, -1, SQLITE_PREPARE_PERSISTENT,
                                      &statement, nullptr);
    if (rc != SQLITE_OK) return error(rc, "cannot prepare a statement");
    statements.emplace(sql, statement);
    return statement;
  }
};

Db::Db(std::unique_ptr<State> state) : state_(std::move(state)) {}

Db::~Db() = default;

Result<std::unique_ptr<Db>> Db::open(const std::string& path) {
  auto state = std::make_unique<State>();
  const int rc = sqlite3_open_v2(
      path.c_str(), &state->db,
      SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_FULLMUTEX,
      nullptr);
  if (rc != SQLITE_OK) return state->error(rc, "cannot open '" + path + "'");
  sqlite3_busy_timeout(state->db, 10'000);
  std::unique_ptr<Db> out(new Db(std::move(state)));
  for (const char* pragma :
       {"PRAGMA journal_mode=WAL", "PRAGMA synchronous=FULL",
        "PRAGMA foreign_keys=ON", "PRAGMA trusted_schema=OFF"}) {
    HUG_TRY(out->query(pragma, {}, [](const DbRow&) {}));
  }
  HUG_TRY(out->migrate());
  return out;
}

Result<void> Db::migrate() {
  std::int64_t version = 0;
  const auto read_version = [&](const DbRow& row) { version = row.number(0); };
  HUG_TRY(query("PRAGMA user_version", {}, read_version));
  if (version == kSchemaVersion) return {};
  if (version > kSchemaVersion) {
    return Error(Code::kUnsupported,
                 "hub database was made by a newer version of hug");
  }
  return transaction([&]() -> Result<void> {
    // Another process may have been first.
    HUG_TRY(query("PRAGMA user_version", {}, read_version));
    if (version >= kSchemaVersion) return {};
    for (const char* sql : kSchema)
      HUG_TRY(run(sql));
    return run(kSetSchemaVersion);
  });
}

Result<void> Db::run(const char* sql, std::vector<DbValue> values) {
  return query(sql, std::move(values), [](const DbRow&) {});
}

Result<void> Db::query(const char* sql, std::vector<DbValue> values,
                       const std::function<void(const DbRow&)>& row) {
  const std::lock_guard lock(state_->mutex);
  sqlite3_stmt* statement = HUG_TRY(state_->prepare(sql));
  int at = 0;
  for (const DbValue& value : values) {
    const int rc = bind_value(statement, ++at, value);
    if (rc != SQLITE_OK) return state_->error(rc, "cannot bind a value");
  }
  int rc = SQLITE_ROW;
  while ((rc = sqlite3_step(statement)) == SQLITE_ROW)
    row(DbRow(statement));
  const bool writes = sqlite3_stmt_readonly(statement) == 0;
  if (writes) ++state_->version;
  if (rc != SQLITE_DONE) {
    Error error = state_->error(rc, "a statement failed");
    sqlite3_reset(statement);
    return error;
  }
  sqlite3_reset(statement);
  sqlite3_clear_bindings(statement);
  return {};
}

Result<void> Db::transaction(const std::function<Result<void>()>& work) {
  const std::lock_guard lock(state_->mutex);
  if (state_->in_transaction) return work();
  HUG_TRY(run("BEGIN IMMEDIATE"));
  state_->in_transaction = true;
  Result<void> done = work();
  state_->in_transaction = false;
  if (!done) {
    (void)run("ROLLBACK");
    return done;
  }
  Result<void> committed = run("COMMIT");
  if (!committed) (void)run("ROLLBACK");
  return committed;
}

std::int64_t Db::changes() const {
  return sqlite3_changes(state_->db);
}

std::int64_t Db::last_id() const {
  return sqlite3_last_insert_rowid(state_->db);
}

std::uint64_t Db::version() {
  const std::lock_guard lock(state_->mutex);
  std::int64_t now = state_->foreign_version;
  // data_version changes when another connection has committed.
  (void)query("PRAGMA data_version", {},
              [&](const DbRow& row) { now = row.number(0); });
  if (now != state_->foreign_version) {
    state_->foreign_version = now;
    ++state_->version;
  }
  return state_->version;
}

Result<std::vector<std::string>> Db::check() {
  std::vector<std::string> out;
  HUG_TRY(query("PRAGMA integrity_check", {}, [&](const DbRow& row) {
    if (row.text(0) != "ok") out.push_back(row.text(0));
  }));
  HUG_TRY(query("PRAGMA foreign_key_check", {}, [&](const DbRow& row) {
    out.push_back("a row of '" + row.text(0) + "' refers to nothing");
  }));
  return out;
}

}  // namespace hug::hub
