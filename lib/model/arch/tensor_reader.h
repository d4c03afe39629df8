// Tensors of a set by name, shapes checked: large ones as views, small ones
// decoded.
#pragma once

#include <cstdint>
#include <span>
#include <string>

#include "arch/tensor_set.h"
#include "arch/weights.h"
#include "hug/result.h"

namespace hug::arch {

/// Both must outlive it. What it gives is valid as long as the model is.
class TensorReader {
 public:
  TensorReader(const TensorSet& set, const Model& model)
      : set_(set), m_(model) {}

  bool has(const std::string& name) const { return find(name) != nullptr; }

  const StoredTensor* find(const std::string& name) const {
    return set_.find(name);
  }

  Error missing(const std::string& name) const;
  /// n_out 0: any number of rows. Errors: kCorrupt, kUnsupported.
  Result<nn::Matrix> matrix(const std::string& name, std::uint64_t n_in,
                            std::uint64_t n_out = 0) const;
  Result<Vector> vector(const std::string& name) const;
  /// NAME.weight and NAME.bias; absent is fine, `out` is empty then.
  Result<void> linear(Linear& out, const std::string& name, std::uint64_t n_in,
                      std::uint64_t n_out) const;
  /// The same; n 0: any size.
  Result<void> norm(Norm& out, const std::string& name,
                    std::uint64_t n = 0) const;

  const format::GgufMetadata& metadata() const { return set_.metadata; }

 private:
  const TensorSet& set_;
  const Model& m_;
};

}  // namespace hug::arch
