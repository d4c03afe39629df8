// The room `nn`: what a forward pass is computed with: the compute team,
// matrix products over weights of any type, norms, rotary positions,
// activations, attention. Pure functions over spans; no files, no names of
// models.
//
// Who comes in: arch and engine. What enters: views of checked sizes. What
// leaves: floats. Everything here is the scalar reference that faster kernels
// are held against.
#pragma once

#include "nn/attention.h"
#include "nn/matmul.h"
#include "nn/ops.h"
#include "nn/team.h"
