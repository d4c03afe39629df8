// The room `tensor`: what the numbers of a tensor are and how they lie in
// memory: the list of types, the layout of every quantized block, decoding to
// f32 and encoding from it. Nothing here allocates for a caller, opens a file
// or starts a thread: rows come in as spans and go out as spans, so whoever
// calls decides how the work is split. Rows are independent: splitting them
// in any way gives the same bytes. It includes only `base`; formats, the
// quantizer, the converter and the engine come in here.
//
// Encoders give the bytes of the reference quantizer, bit for bit, whatever the
// instruction set.
#pragma once

#include "tensor/codec.h"
#include "tensor/dtype.h"
#include "tensor/isa.h"
#include "tensor/scalar.h"
