// The room `base`: the vocabulary everything else is written in, and pure
// functions. Nothing here does I/O or knows of hubs or models; it includes
// nothing but the public headers and the standard library (hashes come from
// OpenSSL and BLAKE3, hidden in their .cc files). Anyone may come in.
#pragma once

#include "base/checked.h"
#include "hug/result.h"
