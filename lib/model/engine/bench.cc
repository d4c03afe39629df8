#include "hug/bench.h"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <optional>

#include "engine/file_check.h"
#include "engine/local_model.h"

namespace hug {

namespace {

constexpr std::size_t kFillBatch = 512;  // tokens at once up to a depth

double median_of(std::vector<double> v) {
  if (v.empty()) return 0;
  std::sort(v.begin(), v.end());
  const std::size_t half = v.size() / 2;
  return v.size() % 2 == 1 ? v[half] : (v[half - 1] + v[half]) / 2;
}

// Random ids of a vocabulary, the same in every run.
class RandomTokens {
 public:
  explicit RandomTokens(std::uint64_t n_vocab) : n_vocab_(n_vocab) {}

  std::vector<TokenId> next(std::size_t n) {
    std::vector<TokenId> out(n);
    for (TokenId& id : out) {
      state_ = state_ * 6364136223846793005U + 1442695040888963407U;
      id = static_cast<TokenId>((state_ >> 33) % n_vocab_);
    }
    return out;
  }

 private:
  std::uint64_t n_vocab_;
  std::uint64_t state_ = 1;
};

class Bench {
 public:
  Bench(LocalModel::Parts& parts, const BenchTest& test,
        const BenchOptions& options)
      : parts_(parts),
        test_(test),
        options_(options),
        tokens_(parts.model->embeddings.n_out) {}

  Result<BenchResult> run() {
    HUG_TRY(start());
    if (options_.warmup) HUG_TRY(warm());
    BenchResult out;
    out.test = test_;
    for (std::size_t i = 0; i < options_.repetitions; ++i) {
      HUG_TRY(go_back());
      const auto begin = std::chrono::steady_clock::now();
      HUG_TRY(put(test_.tokens));
      out.seconds.push_back(std::chrono::duration<double>(
                                std::chrono::steady_clock::now() - begin)
                                .count());
    }
    return out;
  }

 private:
  // Fills the sequence up to the depth.
  Result<void> start() {
    sequence_.emplace(*parts_.model);
    return read(test_.depth, kFillBatch);
  }

  Result<void> go_back() {
    if (sequence_->truncate(test_.depth)) return {};
    return start();
  }

  // What is measured afterwards, once; of answers the first tokens only.
  Result<void> warm() {
    parts_.packing.finish(parts_.team);
    if (test_.kind == BenchTest::Kind::kPrompt) return put(test_.tokens);
    return put(std::min<std::size_t>(test_.tokens, 2));
  }

  Result<void> put(std::size_t n) {
    if (test_.kind == BenchTest::Kind::kPrompt) return read(n, test_.batch);
    for (std::size_t i = 0; i < n; ++i)
      HUG_TRY(read(1, 1));
    return {};
  }

  Result<void> read(std::size_t n, std::size_t batch) {
    if (options_.cancel.stop_requested()) {
      return Error(Code::kCancelled, "the benchmark was stopped");
    }
    if (n == 0) return {};
    arch::ForwardOptions options;
    options.chunk = batch;
    HUG_TRY(arch::forward(parts_.team, *sequence_, tokens_.next(n),
                          arch::Want::kLastLogits, options));
    return engine::check_files(*parts_.model);
  }

  LocalModel::Parts& parts_;
  const BenchTest& test_;
  const BenchOptions& options_;
  RandomTokens tokens_;
  std::optional<arch::Sequence> sequence_ = {};
};

}  // namespace

double BenchResult::tokens_per_second() const {
  const double s = median_of(seconds);
  return s > 0 ? static_cast<double>(test.tokens) / s : 0;
}

double BenchResult::mean_tokens_per_second() const {
  double sum = 0;
  for (const double s : seconds)
    sum += static_cast<double>(test.tokens) / s;
  return seconds.empty() ? 0 : sum / static_cast<double>(seconds.size());
}

double BenchResult::deviation() const {
  if (seconds.size() < 2) return 0;
  const double mean = mean_tokens_per_second();
  double squares = 0;
  for (const double s : seconds) {
    const double apart = static_cast<double>(test.tokens) / s - mean;
    squares += apart * apart;
  }
  return std::sqrt(squares / static_cast<double>(seconds.size() - 1));
}

std::vector<BenchTest> bench_tests(const LocalModel& model,
                                   const BenchOptions& options) {
  std::vector<BenchTest> out;
  const unsigned threads = model.threads();
  for (const std::size_t depth : options.depths) {
    for (const std::size_t tokens : options.prompts) {
      if (tokens == 0) continue;
      for (const std::size_t batch : options.batches) {
        out.push_back({BenchTest::Kind::kPrompt, tokens, depth,
                       std::clamp<std::size_t>(batch, 1, tokens), threads});
      }
    }
    for (const std::size_t tokens : options.answers) {
      if (tokens == 0) continue;
      out.push_back({BenchTest::Kind::kAnswer, tokens, depth, 1, threads});
    }
  }
  return out;
}

Result<BenchResult> run_bench(const LocalModel& model, const BenchTest& test,
                              const BenchOptions& options) {
  if (!model.generates()) {
    return Error(Code::kUnsupported,
                 "cannot measure an encoder (" + model.architecture() + ")");
  }
  return Bench(*model.parts(), test, options).run();
}

}  // namespace hug
