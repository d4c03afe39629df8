// Will a model run on this machine, and in which size? Memory for weights, KV
// cache and work by the model's own numbers, and the exact size of the file
// that each recipe of the quantizer would write.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "hug/export.h"
#include "hug/file_set.h"
#include "hug/inspect.h"
#include "hug/result.h"

namespace hug {

struct FitOptions {
  std::string gguf = {};      ///< as InspectOptions
  std::uint64_t context = 0;  ///< tokens; 0: the model's, at most 8192
  /// Bytes that may be used; 0: what this machine has to spare.
  std::uint64_t memory = 0;
  /// Of a checkpoint, as ConvertOptions: they are part of the file.
  std::string pre = {};
  std::string source_name = {};
  std::string repository = {};
  std::string revision = {};
  bool measure = true;  ///< memory bandwidth, some 50 ms, for the speeds
};

struct FitChoice {
  std::string type = {};  ///< "Q4_K_M"
  std::uint64_t file_bytes = 0;
  /// The file's size is to the byte what quantize or convert writes; else about
  /// that.
  bool exact = false;
  std::uint64_t weights = 0;  ///< bytes in memory, as the next two
  std::uint64_t kv = 0;
  std::uint64_t work = 0;
  bool fits = false;
  bool current = false;      ///< the file as it is
  bool recommended = false;  ///< at most one
  double bits_per_weight = 0;
  double tokens_per_second = 0;  ///< by bandwidth; 0: not measured

  std::uint64_t total() const noexcept { return weights + kv + work; }
};

struct FitMachine {
  std::uint64_t memory_total = 0;
  std::uint64_t memory_free = 0;  ///< without swapping, within the cgroup
  unsigned processors = 0;
  std::string isa = {};  ///< "avx512"
  double bandwidth = 0;  ///< bytes a second; 0: not measured
};

struct FitReport {
  Inspection model = {};
  FitMachine machine = {};
  std::uint64_t context = 0;
  std::vector<FitChoice> choices = {};  ///< from large to small
};

/// Errors: as inspect.
HUG_EXPORT Result<FitReport> fit(const FileSet& files,
                                 const FitOptions& options = {});

/// How the types of a file's tensors compare with what a recipe gives them.
struct RecipeMatch {
  std::string type = {};  ///< of the file; empty: it does not say
  std::uint64_t tensors = 0;
  std::uint64_t different = 0;
  std::vector<std::string> examples = {};  ///< "output.weight: q8_0, not q6_K"
};

/// Only for gguf. Errors: as inspect.
HUG_EXPORT Result<RecipeMatch> match_recipe(const FileSet& files,
                                            const std::string& gguf);

}  // namespace hug
