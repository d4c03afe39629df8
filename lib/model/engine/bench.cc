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

}  // namespace

// One sequence serves all tests: it goes back to where each begins.
struct Bench::State {
  LocalModel model;
  LocalModel::Parts& parts = *model.parts();
  std::optional<arch::Sequence> sequence = {};
  RandomTokens tokens{parts.model->embeddings.n_out};

  explicit State(LocalModel m) : model(std::move(m)) {}

  Result<void> read(std::size_t n, std::size_t batch,
                    const BenchOptions& options) {
    if (options.cancel.stop_requested()) {
      return Error(Code::kCancelled, "the benchmark was stopped");
    }
    if (n == 0) return {};
    arch::ForwardOptions how;
    how.chunk = batch;
    HUG_TRY(arch::forward(parts.team, *sequence, tokens.next(n),
                          arch::Want::kLastLogits, how));
    return engine::check_files(*parts.model);
  }

  // Fills the sequence up to the depth, or takes away what is behind it.
  Result<void> go_to(std::size_t depth, const BenchOptions& options) {
    if (!sequence) sequence.emplace(*parts.model);
    if (sequence->n_token() > depth && !sequence->truncate(depth))
      sequence->truncate(0);
    return read(depth - sequence->n_token(), kFillBatch, options);
  }

  Result<void> put(const BenchTest& test, std::size_t n,
                   const BenchOptions& options) {
    if (test.kind == BenchTest::Kind::kPrompt)
      return read(n, test.batch, options);
    for (std::size_t i = 0; i < n; ++i)
      HUG_TRY(read(1, 1, options));
    return {};
  }

  // What is measured afterwards, once; of answers the first tokens only.
  Result<void> warm(const BenchTest& test, const BenchOptions& options) {
    parts.packing.finish(parts.team);
    const bool reads = test.kind == BenchTest::Kind::kPrompt;
    return put(test,
               reads ? test.tokens : std::min<std::size_t>(test.tokens, 2),
               options);
  }
};

Bench::Bench(const LocalModel& model)
    : state_(std::make_unique<State>(model)) {}

Bench::Bench(Bench&&) noexcept = default;
Bench& Bench::operator=(Bench&&) noexcept = default;
Bench::~Bench() = default;

Result<BenchResult> Bench::run(const BenchTest& test,
                               const BenchOptions& options) {
  State& s = *state_;
  if (!s.model.generates()) {
    return Error(Code::kUnsupported,
                 "cannot measure an encoder (" + s.model.architecture() + ")");
  }
  HUG_TRY(s.go_to(test.depth, options));
  if (options.warmup) HUG_TRY(s.warm(test, options));
  BenchResult out;
  out.test = test;
  for (std::size_t i = 0; i < options.repetitions; ++i) {
    HUG_TRY(s.go_to(test.depth, options));
    const auto begin = std::chrono::steady_clock::now();
    HUG_TRY(s.put(test, test.tokens, options));
    out.seconds.push_back(
        std::chrono::duration<double>(std::chrono::steady_clock::now() - begin)
            .count());
  }
  return out;
}

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

}  // namespace hug
