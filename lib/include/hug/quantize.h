// Smaller models: gguf files with fewer bits a weight. Recipes, options and
// bytes are those of llama.cpp's quantizer.
//
//   auto job = hug::Quantization::open(name, open, {.type = "q4_k_m"});
//   for (const auto& t : job->tensors()) ...        // what would be done
//   auto report = job->run(context, "model-q4_k_m.gguf");
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "hug/byte_source.h"
#include "hug/context.h"
#include "hug/export.h"
#include "hug/result.h"

namespace hug {

struct QuantizeOptions {
  /// A file type ("q4_k_m", "Q8_0", "15"), or "copy": tensors stay as they
  /// are (to merge, split or override metadata).
  std::string type = {};
  unsigned threads = 0;           ///< 0: as many as the process may use
  bool allow_requantize = false;  ///< of tensors that are quantized already
  bool leave_output = false;      ///< keep output.weight as it is
  bool pure = false;              ///< the one type everywhere, no mixture
  bool keep_split = false;        ///< one output file for each input file
  std::string output_type = {};   ///< of output.weight; a tensor type
  std::string token_embedding_type = {};
  /// "REGEX=TYPE": tensors whose name the expression finds; the first wins.
  std::vector<std::string> type_rules = {};
  ByteSourcePtr importance = {};  ///< an importance matrix, either format
  std::vector<std::string> include_weights = {};  ///< parts of entry names
  std::vector<std::string> exclude_weights = {};
  std::vector<std::uint32_t> prune_layers = {};
  /// "KEY=TYPE:VALUE" with TYPE int, float, bool or str.
  std::vector<std::string> overrides = {};
  bool replace = true;  ///< an existing file; false: kConflict
  bool resume = true;   ///< go on with what a killed run left
};

/// One tensor as it will be.
struct QuantizedTensor {
  std::string name = {};
  std::array<std::uint64_t, 4> shape = {};  ///< fastest dimension first
  std::string from = {};                    ///< "f16"
  std::string to = {};                      ///< "q4_K"
  std::uint64_t bytes_from = 0;
  std::uint64_t bytes_to = 0;
  bool fell_back = false;   ///< its rows did not fit the type first chosen
  bool importance = false;  ///< the matrix has an entry that will be used
};

struct QuantizeReport {
  std::vector<std::string> files = {};  ///< written, in order
  std::uint64_t bytes = 0;              ///< of these files
  std::uint64_t bytes_reused = 0;       ///< of them, from an earlier run
  double seconds = 0;
};

/// Opens the file (or shard) of that name.
using OpenSource = std::function<Result<ByteSourcePtr>(const std::string&)>;

/// One thread at a time.
class HUG_EXPORT Quantization {
 public:
  /// Reads headers and plans. `name` is a gguf file, or the first of several;
  /// `open` is called with it and with the names of the others.
  /// Errors: kUsage, kUnsupported, kCorrupt, kNotFound, those of `open`.
  static Result<Quantization> open(const std::string& name,
                                   const OpenSource& open,
                                   const QuantizeOptions& options);
  Quantization(Quantization&&) noexcept;
  Quantization& operator=(Quantization&&) noexcept;
  ~Quantization();

  /// In the order of the output.
  const std::vector<QuantizedTensor>& tensors() const noexcept;
  const std::vector<std::string>& warnings() const noexcept;
  std::uint64_t bytes_from() const noexcept;  ///< of all tensors
  std::uint64_t bytes_to() const noexcept;
  /// Exact size of each file that will be written.
  std::vector<std::uint64_t> file_bytes() const;
  /// The names that run() gives: `path`, or its shards with keep_split.
  std::vector<std::string> file_names(const std::string& path) const;

  /// Writes the file. Under its name it appears complete or not at all; beside
  /// it, while work goes on, are NAME.part and NAME.part.journal, from which a
  /// later run with the same input and options goes on. Output does not depend
  /// on the number of threads. Memory: at most 300 MiB, and one row.
  /// Events: kPlan, for each tensor kStart, kProgress, kDone; kFinish.
  /// Errors: kCorrupt (weights that are not finite), kConflict, kNoSpace, kIo,
  /// kCancelled, kBusy (another process writes the same file).
  Result<QuantizeReport> run(const Context& context, const std::string& path);

 private:
  struct State;
  explicit Quantization(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

/// A file type that can be asked for.
struct FileTypeName {
  std::string_view name = {};   ///< "Q4_K_M"
  std::string_view label = {};  ///< "Q4_K - Medium"
  std::uint32_t id = 0;         ///< as in general.file_type
  double bits_per_weight = 0;   ///< of most of its tensors
  bool encodable = false;       ///< this version makes all its types
};

/// All of them, from many bits to few.
HUG_EXPORT std::vector<FileTypeName> list_file_types();

}  // namespace hug
