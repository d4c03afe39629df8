// The room `data`: general formats, read within bounds and written exactly:
// JSON, the YAML front matter of model cards, INI as Python's configparser
// leaves it, ZIP archives, base64.
//
// Who comes in: http, the hub and model wings, the servers. What enters: bytes
// from networks and files, untrusted: every parser has limits on size, depth
// and count, checked before memory is taken. What leaves: values, or Errors
// (kCorrupt: not that format; kLimit: beyond a bound). nlohmann's headers are
// for .cc files: include <nlohmann/json.hpp> there.
#pragma once

#include "data/base64.h"
#include "data/ini.h"
#include "data/json.h"
#include "data/json_items.h"
#include "data/yaml.h"
#include "data/zip.h"
