// What one instruction set offers for products: one table a set, chosen once.
// Every kernel adds in an order that depends on nothing but the shapes, so
// results are the same for any number of threads.
#pragma once

#include <cstddef>
#include <span>

#include "nn/kernels/panel.h"
#include "nn/kernels/rows.h"
#include "nn/matrix.h"
#include "tensor/isa.h"

namespace hug::nn {

/// Null: the type has no such kernel; panels take it.
const RowKernel* find_row_kernel(tensor::DType type, tensor::Isa isa) noexcept;
/// Null with Isa::kScalar only: everything that can be decoded has one.
const PanelKernel* find_panel_kernel(tensor::DType type,
                                     tensor::Isa isa) noexcept;

}  // namespace hug::nn
