// Elements of a storage in another order: a transposed or sliced tensor looks
// like a file of its own.
#pragma once

#include <vector>

#include "hug/byte_source.h"

namespace hug::format {

struct StridedView {
  std::vector<std::uint64_t> shape = {};    // last dimension varies fastest
  std::vector<std::uint64_t> strides = {};  // in elements
  std::uint64_t offset = 0;                 // in elements
  std::uint64_t element_bytes = 1;
};

/// `view` must lie within `storage` (see check_bounds). A storage that is not
/// mapped is read as a whole, once, when a row is not contiguous in it.
ByteSourcePtr make_strided_source(ByteSourcePtr storage, StridedView view,
                                  std::string name);

}  // namespace hug::format
