// Everything about a gguf file made of a checkpoint that is known before a
// weight is read: keys, vocabulary, tensors with their types. The converter
// writes what stands here; `fit` asks how large it would be.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "arch/checkpoint/facts.h"
#include "arch/checkpoint/plan.h"
#include "arch/checkpoint/repository.h"
#include "convert/output_type.h"
#include "format/checkpoint.h"
#include "format/gguf.h"
#include "hug/convert.h"

namespace hug::convert {

/// One file of one type.
struct GgufPlan {
  OutputType type = {};
  arch::TensorPlan tensors = {};
  format::GgufMetadata metadata = {};

  /// Errors: kLimit, kCorrupt.
  Result<std::vector<format::GgufTensor>> table() const;
};

/// Reads a checkpoint's small files and headers once; plans for any number of
/// types after that.
class GgufPlanner {
 public:
  /// Both must outlive this and the plans; of the options all but `type` count.
  GgufPlanner(const FileSet& files, const ConvertOptions& options);

  /// Errors: as convert_to_gguf.
  Result<void> read();
  /// After read(). Errors: kUsage (an unknown type), kUnsupported (one that
  /// needs an importance matrix), kCorrupt.
  Result<GgufPlan> plan(std::string_view type);
  /// The same, and nothing can be planned after it: what is large moves.
  Result<GgufPlan> last_plan(std::string_view type);
  /// Exact bytes of the file of that type. Errors: as plan().
  Result<std::uint64_t> file_bytes(std::string_view type);

  const arch::Family& family() const { return *model_->family; }

  const format::Checkpoint& checkpoint() const { return checkpoint_; }

  const std::vector<std::string>& warnings() const { return warnings_; }

 private:
  Result<GgufPlan> plan_keys(std::string_view type);
  Result<void> finish(GgufPlan& plan, bool move);
  Result<void> write_keys(GgufPlan& plan, bool move);
  void write_source_keys(GgufPlan& plan) const;
  Result<void> apply_recipe(GgufPlan& plan) const;

  const ConvertOptions& options_;
  arch::Repository repository_;
  std::optional<arch::CheckpointConfig> model_;
  format::Checkpoint checkpoint_;
  format::GgufMetadata vocabulary_;
  arch::TensorPlan tensors_;  // without types
  std::vector<std::string> warnings_;
};

}  // namespace hug::convert
