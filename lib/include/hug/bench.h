// How fast a model runs on this machine.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <stop_token>
#include <vector>

#include "hug/export.h"
#include "hug/model.h"
#include "hug/result.h"

namespace hug {

struct BenchOptions {
  std::vector<std::size_t> prompts = {512};  ///< tokens of a prompt; 0: none
  std::vector<std::size_t> answers = {32};   ///< tokens written; 0: none
  /// Tokens that are there already when the clock starts.
  std::vector<std::size_t> depths = {0};
  /// Tokens of a prompt that go through the model together.
  std::vector<std::size_t> batches = {512};
  std::size_t repetitions = 3;
  bool warmup = true;  ///< a run that is not counted before the others
  std::stop_token cancel = {};
};

struct BenchTest {
  enum class Kind : std::uint8_t {
    kPrompt,  // "pp": tokens read
    kAnswer,  // "tg": tokens written, one after another
  };
  Kind kind = Kind::kPrompt;
  std::size_t tokens = 0;
  std::size_t depth = 0;
  std::size_t batch = 0;  ///< 1 for answers
  unsigned threads = 0;
};

struct BenchResult {
  BenchTest test = {};
  std::vector<double> seconds = {};  ///< of each repetition

  /// By the median time.
  HUG_EXPORT double tokens_per_second() const;
  HUG_EXPORT double mean_tokens_per_second() const;
  /// Standard deviation between repetitions.
  HUG_EXPORT double deviation() const;
};

/// The tests of some options, in the order in which they run.
HUG_EXPORT std::vector<BenchTest> bench_tests(const LocalModel& model,
                                              const BenchOptions& options);

/// Runs tests one after another; what stands before them is computed once for
/// all of a depth. One thread at a time.
class HUG_EXPORT Bench {
 public:
  explicit Bench(const LocalModel& model);
  Bench(Bench&&) noexcept;
  Bench& operator=(Bench&&) noexcept;
  ~Bench();

  /// The tokens are random, equal for equal vocabularies and tests.
  /// Errors: kUnsupported for a model that does not write; kUsage for positions
  /// that the model does not have; kCorrupt when its file became shorter;
  /// kCancelled.
  Result<BenchResult> run(const BenchTest& test, const BenchOptions& options);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace hug
