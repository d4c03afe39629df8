// The room `format`: the containers that models come in: gguf (one file or
// several), safetensors (with index), PyTorch zip and pickle. They are read,
// validated and written here, never interpreted as models.
//
// Everything comes in through byte sources (hug/byte_source.h), so a file, a
// mapping and a range-readable file on a hub are the same thing; headers are
// checked in full before anything is allocated by their numbers. Bytes leave
// through a writer that is handed a function. Pickles are read by an
// allow-list and never executed. Whoever needs weights comes in: text, arch,
// engine, quantize, convert; it includes base, sys, data and tensor.
#pragma once

#include "format/checkpoint.h"
#include "format/gguf.h"
#include "format/gguf_split.h"
#include "format/gguf_value.h"
#include "format/safetensors.h"
#include "format/torch/torch.h"
