// The room `quantize`: making a smaller gguf file of a larger one. Recipes say
// which tensor gets which type, importance matrices say which columns matter,
// and the streaming quantizer reads a model in row blocks, encodes them on all
// threads and writes files that can be resumed.
//
// Data enters as byte sources and a path, and leaves as files that appear
// complete or not at all. Tensors are encoded by `tensor`, containers are read
// and written by `format`. The converter and the public API (hug/quantize.h)
// come in here.
#pragma once

#include "quantize/file_type.h"
#include "quantize/importance.h"
#include "quantize/plan.h"
#include "quantize/recipe.h"
#include "quantize/run.h"
#include "quantize/transcode.h"
