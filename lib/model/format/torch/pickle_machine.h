// The stack machine behind read_pickle().
#pragma once

#include <cstdint>
#include <string>
#include <unordered_map>
#include <vector>

#include "format/torch/pickle.h"
#include "format/torch/pickle_stream.h"
#include "format/torch/pickle_values.h"

namespace hug::format {

class PickleMachine {
 public:
  PickleMachine(const ByteSource& source, std::uint64_t offset,
                const PickleLimits& limits);

  /// Runs up to STOP or to where the stream breaks. Errors: those of the
  /// source.
  Result<Pickle> run();

 private:
  // The stack.
  Result<void> push(PickleRef ref);
  Result<PickleRef> pop();
  Result<PickleRef> top() const;
  Result<std::vector<PickleRef>> pop_to_mark();

  std::size_t floor() const { return marks_.empty() ? 0 : marks_.back(); }

  // Opcodes by kind; false: not one of these.
  Result<bool> constant(const PickleStep& step);
  Result<bool> container(const PickleStep& step);
  Result<bool> grow(const PickleStep& step);
  Result<bool> memo(const PickleStep& step);
  Result<bool> import(const PickleStep& step);
  Result<bool> call(const PickleStep& step);
  Result<bool> stack(const PickleStep& step);

  Result<void> step_once();
  Result<void> put(std::uint64_t index);
  Result<void> get(std::uint64_t index);
  Result<void> stack_global(std::uint64_t position);
  Result<void> build(std::uint64_t position);
  Error broken(std::string_view what) const;

  PickleStream stream_;
  PickleLimits limits_;
  PickleValues values_;
  std::vector<PickleRef> stack_;
  std::vector<std::size_t> marks_;
  std::unordered_map<std::uint64_t, PickleRef> memo_;
  std::uint64_t position_ = 0;
  bool stopped_ = false;
};

}  // namespace hug::format
