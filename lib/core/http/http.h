// The room `http`: transport both ways. URLs, header fields, the client (over
// libcurl: redirects, credentials, retries and rate limits are ours), server-
// sent events, and the server (over libmicrohttpd). Nothing here knows of hubs
// or models. Who may come in: every room above the ground floor.
//
// Data enters from sockets, and all of it is untrusted: every size is bounded
// by a limit of the request or of the server before anything is kept. Data
// leaves to sinks that the caller gives. Tokens are attached here, to the
// origins they were given for and to no other.
//
// Where to begin: client/client.h sends, over client/wire.h (one exchange on
// one connection); server/server.h answers; the rest is what both speak of.
#pragma once

#include "http/body.h"
#include "http/client/client.h"
#include "http/client/retry.h"
#include "http/headers.h"
#include "http/range.h"
#include "http/server/server.h"
#include "http/sse.h"
#include "http/url.h"
