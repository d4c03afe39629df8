// The files of a quantization while they are written: one resumable part file
// each, whose identity is everything that its bytes depend on.
#pragma once

#include <memory>
#include <span>
#include <string>
#include <vector>

#include "hug/context.h"
#include "hug/quantize.h"
#include "hug/result.h"
#include "quantize/plan.h"
#include "sys/part_file.h"

namespace hug::quantize {

/// Digest of the plan's input and options: headers, sizes, a sample of the
/// weights, the matrix. Errors: those of the sources.
Result<std::string> plan_identity(const Plan& plan);

/// Several threads may write() at once.
class Output {
 public:
  /// Opens the part files and writes headers and padding.
  /// Errors: kConflict when a file exists and may not be replaced; kUsage when
  /// an output is one of the inputs; kBusy, kNoSpace, kIo.
  static Result<Output> open(const Context& context, const Plan& plan,
                             const QuantizeOptions& options,
                             const std::vector<std::string>& names);
  Output(Output&&) noexcept;
  Output& operator=(Output&&) noexcept;
  ~Output();

  /// Whether an earlier run has written these bytes of the tensor.
  bool has(const PlannedTensor& tensor, std::uint64_t offset,
           std::uint64_t size) const;
  /// Bytes of the tensor from `offset` on.
  Result<void> write(const PlannedTensor& tensor, std::uint64_t offset,
                     std::span<const std::byte> bytes);
  /// Puts every file under its name.
  Result<void> publish();
  std::uint64_t bytes_reused() const noexcept;

 private:
  struct State;
  explicit Output(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace hug::quantize
