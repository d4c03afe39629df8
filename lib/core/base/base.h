// The room `base`: the vocabulary everything else is written in, and pure
// functions: checked arithmetic, text, hex, hashes, patterns, dates, secrets.
// Nothing here does I/O or knows of hubs or models; it includes nothing but
// the public headers and the standard library (hashes come from OpenSSL,
// hidden in hash.cc). Anyone may come in.
#pragma once

#include "base/checked.h"
#include "base/crc32.h"
#include "base/fnmatch.h"
#include "base/hash.h"
#include "base/hex.h"
#include "base/secret.h"
#include "base/strings.h"
#include "base/time.h"
#include "base/utf8.h"
