// The room `hub` (serve/hub): the embedded hub. A directory with repositories
// (bare git, through libgit2), large objects by sha256, and names, users and
// tokens (SQLite); over it the HTTP API that Hub clients speak.
//
// Who comes in: nobody but the command line, through hug/hub_server.h. What
// enters: HTTP requests, untrusted: names and paths pass names.h, bodies have
// limits, large ones go to disk while they arrive, and every right is checked
// in api/exchange.h. What leaves: answers, and files in the directory, in an
// order that leaves nothing dangling when the process dies at any moment
// (store/store.h).
//
// Where to begin: api/routes.cc says which handler answers what, and beside it
// are the handlers, one file a resource; store/store.h is the directory, and
// store/commit.h how a commit comes about; git/ reads and writes repositories.
#pragma once

#include "hub/store/store.h"
