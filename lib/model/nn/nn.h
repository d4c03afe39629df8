// The room `nn`: what a forward pass is computed with: the compute team,
// matrix products over weights of any type, norms, rotary positions,
// activations, attention. Pure functions over spans; no files, no names of
// models.
//
// Who comes in: arch and engine. What enters: views of checked sizes. What
// leaves: floats, the same for any number of threads. For each instruction set
// there is a table of kernels; the scalar one is the reference that the others
// are held against.
#pragma once

#include "nn/attention.h"
#include "nn/matmul.h"
#include "nn/ops.h"
#include "nn/team.h"
