// The room `api`: the Hub's HTTP resources as typed functions, one file each;
// who the caller is (tokens, where they are kept, how they are renewed); and
// what a hub's refusals mean as Errors.
//
// Who comes in: hub/git, hub/transfer, serve/hub and, through the public
// headers, programs. What enters: JSON and headers of a server, token files;
// all of it untrusted: names from listings are checked where they become paths
// (hub/transfer), bodies are bounded here. What leaves: requests through
// core/http to the endpoint of a Hub. The token goes to that origin only.
#pragma once

#include "api/address.h"
#include "api/commit.h"
#include "api/lfs.h"
#include "api/preupload.h"
#include "api/session.h"
#include "api/token_store.h"
#include "api/tree.h"
#include "hug/auth.h"
#include "hug/hub.h"
#include "hug/repo.h"
