// The room `cache`: what a hub's files look like on this machine. The cache is
// the Python client's, byte for byte, and is shared with it and with other
// programs; folders of plain files ("local dirs") carry the same metadata.
//
// Who comes in: hub/transfer (to look up, place and publish files) and, over
// hug/cache.h, the commands that list, remove, prune and verify. What enters:
// repo ids, revisions, file names and etags from hubs (checked here before
// they become paths) and whatever others left in the folders (never trusted:
// what cannot be read is a miss or a problem in the report, not a failure).
// What leaves: paths of files whose bytes were verified. No network here.
#pragma once

#include "cache/layout.h"
#include "cache/local_dir.h"
#include "cache/repo_cache.h"
#include "cache/shared_store.h"
#include "cache/tree_file.h"
