// The stack machine behind read_pickle().
#pragma once

#include <cstdint>
#include <string>
#include <unordered_map>
#include <vector>

#include "format/pickle.h"
#include "format/pickle_stream.h"

namespace hug::format {

class PickleMachine {
 public:
  PickleMachine(const ByteSource& source, std::uint64_t offset,
                const PickleLimits& limits);

  /// Runs up to STOP or to where the stream breaks. Errors: those of the
  /// source.
  Result<Pickle> run();

 private:
  // Making values.
  PickleRef add(PickleKind kind, std::uint64_t value);
  PickleRef add_text(PickleKind kind, std::optional<std::string> text);
  PickleRef add_list(PickleKind kind, std::vector<PickleRef> items);
  PickleRef add_global(std::string module, std::string name,
                       std::uint64_t position);
  PickleRef add_call(PickleRef callable, PickleRef arguments,
                     std::uint64_t position);
  PickleRef add_long(const std::optional<std::string>& raw);
  PickleRef add_decimal(std::string_view text, bool may_be_bool);

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
  Result<void> extend(PickleRef target, std::vector<PickleRef> items,
                      std::uint64_t position);
  Result<void> build(std::uint64_t position);
  void odd(std::uint64_t position, std::string text, bool grave = true);
  Error broken(std::string_view what) const;

  PickleStream stream_;
  PickleLimits limits_;
  Pickle out_;
  std::vector<PickleRef> stack_;
  std::vector<std::size_t> marks_;
  std::unordered_map<std::uint64_t, PickleRef> memo_;
  std::uint64_t position_ = 0;
  std::uint64_t held_ = 0;  // references held by lists and calls
  bool full_ = false;       // a limit was hit
  bool stopped_ = false;
};

}  // namespace hug::format
