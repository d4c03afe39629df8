// The tables of the hub's database.
//
// Git is the truth about content; what is copied from it here (head, updated,
// card, tags) is derived, and refreshed when it lags behind. The rest has its
// only home here; a copy of each repo's row lies in the repo ("hub.json"), from
// which fsck can rebuild the table.
#pragma once

#include <cstdint>

namespace hug::hub {

inline constexpr std::int64_t kSchemaVersion = 1;
inline constexpr const char* kSetSchemaVersion = "PRAGMA user_version = 1";

inline constexpr const char* kSchema[] = {
    "CREATE TABLE settings(key TEXT PRIMARY KEY, value TEXT NOT NULL)",

    "CREATE TABLE users("
    " id INTEGER PRIMARY KEY, name TEXT NOT NULL COLLATE NOCASE UNIQUE,"
    " organization INTEGER NOT NULL DEFAULT 0, created TEXT NOT NULL)",

    "CREATE TABLE members("
    " organization INTEGER NOT NULL REFERENCES users(id) ON DELETE CASCADE,"
    " user INTEGER NOT NULL REFERENCES users(id) ON DELETE CASCADE,"
    " PRIMARY KEY(organization, user)) WITHOUT ROWID",

    "CREATE TABLE tokens("
    " id INTEGER PRIMARY KEY,"
    " user INTEGER NOT NULL REFERENCES users(id) ON DELETE CASCADE,"
    " name TEXT NOT NULL, role TEXT NOT NULL, hash TEXT NOT NULL UNIQUE,"
    " preview TEXT NOT NULL, created TEXT NOT NULL, used TEXT)",

    "CREATE TABLE repos("
    " id TEXT PRIMARY KEY, kind INTEGER NOT NULL,"
    " namespace TEXT NOT NULL COLLATE NOCASE,"
    " name TEXT NOT NULL COLLATE NOCASE,"
    " private INTEGER NOT NULL DEFAULT 0, gated TEXT NOT NULL DEFAULT '',"
    " disabled INTEGER NOT NULL DEFAULT 0, sdk TEXT NOT NULL DEFAULT '',"
    " created TEXT NOT NULL, downloads INTEGER NOT NULL DEFAULT 0,"
    " next_number INTEGER NOT NULL DEFAULT 1,"
    " head TEXT NOT NULL DEFAULT '', updated TEXT NOT NULL,"
    " card TEXT NOT NULL DEFAULT '{}', storage INTEGER NOT NULL DEFAULT 0,"
    " UNIQUE(kind, namespace, name)) WITHOUT ROWID",

    "CREATE TABLE moves("
    " kind INTEGER NOT NULL, namespace TEXT NOT NULL COLLATE NOCASE,"
    " name TEXT NOT NULL COLLATE NOCASE,"
    " repo TEXT NOT NULL REFERENCES repos(id) ON DELETE CASCADE,"
    " PRIMARY KEY(kind, namespace, name)) WITHOUT ROWID",

    "CREATE TABLE likes("
    " repo TEXT NOT NULL REFERENCES repos(id) ON DELETE CASCADE,"
    " user INTEGER NOT NULL REFERENCES users(id) ON DELETE CASCADE,"
    " created TEXT NOT NULL, PRIMARY KEY(repo, user)) WITHOUT ROWID",

    "CREATE TABLE grants("
    " repo TEXT NOT NULL REFERENCES repos(id) ON DELETE CASCADE,"
    " user INTEGER NOT NULL REFERENCES users(id) ON DELETE CASCADE,"
    " created TEXT NOT NULL, PRIMARY KEY(repo, user)) WITHOUT ROWID",

    // Who has sent an object's bytes: knowing its digest gives no right to it.
    "CREATE TABLE uploads("
    " oid TEXT NOT NULL,"
    " user INTEGER NOT NULL REFERENCES users(id) ON DELETE CASCADE,"
    " PRIMARY KEY(oid, user)) WITHOUT ROWID",

    "CREATE TABLE discussions("
    " repo TEXT NOT NULL REFERENCES repos(id) ON DELETE CASCADE,"
    " number INTEGER NOT NULL, title TEXT NOT NULL,"
    " pull_request INTEGER NOT NULL, status TEXT NOT NULL,"
    " author TEXT NOT NULL, created TEXT NOT NULL,"
    " base TEXT NOT NULL DEFAULT '', merged TEXT NOT NULL DEFAULT '',"
    " PRIMARY KEY(repo, number)) WITHOUT ROWID",

    "CREATE TABLE events("
    " id INTEGER PRIMARY KEY, repo TEXT NOT NULL, number INTEGER NOT NULL,"
    " type TEXT NOT NULL, author TEXT NOT NULL, created TEXT NOT NULL,"
    " data TEXT NOT NULL, FOREIGN KEY(repo, number)"
    " REFERENCES discussions(repo, number) ON DELETE CASCADE)",

    "CREATE INDEX events_of ON events(repo, number, id)",
    "CREATE INDEX discussions_of ON discussions(repo, number)",
};

}  // namespace hug::hub
