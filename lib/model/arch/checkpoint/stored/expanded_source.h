// A matrix of f32 that is computed from what a checkpoint stores, as it is
// read: it looks like a file of its own.
#pragma once

#include <cstdint>
#include <mutex>
#include <span>
#include <string>
#include <vector>

#include "hug/byte_source.h"

namespace hug::arch {

/// Which elements of a matrix are wanted.
struct Window {
  std::uint64_t row = 0;
  std::uint64_t n_rows = 0;
  std::uint64_t column = 0;
  std::uint64_t n_columns = 0;
};

class ExpandedSource : public ByteSource {
 public:
  const std::string& name() const noexcept override { return name_; }

  std::uint64_t size() const noexcept override {
    return n_rows_ * n_columns_ * sizeof(float);
  }

  Result<void> read_at(std::uint64_t offset,
                       std::span<std::byte> out) const override;

 protected:
  ExpandedSource(std::string name, std::uint64_t n_rows,
                 std::uint64_t n_columns)
      : name_(std::move(name)), n_rows_(n_rows), n_columns_(n_columns) {}

  std::uint64_t n_rows() const noexcept { return n_rows_; }

  std::uint64_t n_columns() const noexcept { return n_columns_; }

 private:
  /// Computes the window, row after row. Called from any thread.
  virtual Result<void> compute(const Window& window,
                               std::span<float> out) const = 0;

  std::string name_;
  std::uint64_t n_rows_;
  std::uint64_t n_columns_;
};

/// Bytes of which small pieces are read all over the place. What is not mapped
/// is read as a whole, once, and forgotten when all of it was asked for.
class Scattered {
 public:
  explicit Scattered(ByteSourcePtr source) : source_(std::move(source)) {}

  Result<void> read(std::uint64_t offset, std::span<std::byte> out) const;

 private:
  ByteSourcePtr source_;
  mutable std::mutex mutex_;
  mutable std::vector<std::byte> copy_;
  mutable std::uint64_t asked_ = 0;
};

}  // namespace hug::arch
