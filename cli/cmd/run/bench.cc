// hug bench
#include "hug/bench.h"

#include <filesystem>

#include "app/app.h"
#include "cmd/run/bench_against.h"
#include "cmd/run/local_target.h"
#include "cmd/run/numbers.h"
#include "cmd/text/text_target.h"

namespace hug::cli::cmd {

namespace {

constexpr Option kOptions[] = {
    kRunTarget,
    {.name = "prompt",
     .letter = 'p',
     .kind = Kind::kValue,
     .type = Type::kIntegers,
     .value = "N,...",
     .help = "Tokens of a prompt; 0: no such test.",
     .fallback = "512",
     .maximum = kMany},
    {.name = "predict",
     .letter = 'n',
     .kind = Kind::kValue,
     .type = Type::kIntegers,
     .value = "N,...",
     .help = "Tokens written, one after another; 0: no such test.",
     .fallback = "32",
     .maximum = kMany},
    {.name = "depth",
     .letter = 'd',
     .kind = Kind::kValue,
     .type = Type::kIntegers,
     .value = "N,...",
     .help = "Tokens that are there before; each test runs at every depth.",
     .fallback = "0",
     .maximum = kMany},
    {.name = "batch",
     .letter = 'b',
     .kind = Kind::kValue,
     .type = Type::kIntegers,
     .value = "N,...",
     .help = "Tokens of a prompt that go through the model together.",
     .fallback = "512",
     .minimum = 1,
     .maximum = kMany},
    {.name = "repetitions",
     .letter = 'r',
     .kind = Kind::kValue,
     .type = Type::kInteger,
     .value = "N",
     .help = "How often each test runs; the median counts.",
     .fallback = "3",
     .minimum = 1,
     .maximum = 10000},
    {.name = "no-warmup", .help = "Count the first run too."},
    {.name = "against",
     .kind = Kind::kValue,
     .type = Type::kPath,
     .value = "LLAMA_BENCH",
     .help =
         "llama.cpp's llama-bench, or a program with its options: both take "
         "turns, and the ratio is printed.",
     .complete = Complete::kFile},
    kThreads,
    kLoad,
    kQuantizeAtLoad,
    kTextRevision,
};

constexpr Example kExamples[] = {
    {"hug bench ./model.gguf"},
    {"hug bench acme/tiny:Q4_K_M -p 512 -n 32 -d 0,8192 -t 2 --json"},
    {"hug bench ./model.gguf --against ./llama-bench -r 5"},
};

constexpr std::string_view kSeeAlso[] = {"run", "fit", "eval perplexity"};

const char* name_of(BenchTest::Kind kind) {
  return kind == BenchTest::Kind::kPrompt ? "pp" : "tg";
}

Value row_of(const BenchResult& r) {
  Value samples = Value::array();
  for (const double s : r.seconds)
    samples.push(s);
  return Value()
      .set("test", name_of(r.test.kind))
      .set("tokens", std::uint64_t{r.test.tokens})
      .set("depth", std::uint64_t{r.test.depth})
      .set("batch", std::uint64_t{r.test.batch})
      .set("threads", r.test.threads)
      .set("tokens_per_second", r.tokens_per_second())
      .set("mean", r.mean_tokens_per_second())
      .set("deviation", r.deviation())
      .set("seconds", std::move(samples));
}

Value short_row(const BenchResult& r) {
  std::string name =
      std::string(name_of(r.test.kind)) + std::to_string(r.test.tokens);
  if (r.test.depth != 0) name += " @ " + std::to_string(r.test.depth);
  return Value()
      .set("test", name)
      .set("batch", std::uint64_t{r.test.batch})
      .set("threads", r.test.threads)
      .set("tokens/s", rounded(r.tokens_per_second(), 2))
      .set("+-", rounded(r.deviation(), 2));
}

std::vector<std::size_t> counts(const Args& args, std::string_view name) {
  const std::vector<std::int64_t> given = args.integers(name);
  return {given.begin(), given.end()};
}

BenchOptions bench_options(App& app, const Args& args) {
  BenchOptions out;
  out.prompts = counts(args, "prompt");
  out.answers = counts(args, "predict");
  out.depths = counts(args, "depth");
  out.batches = counts(args, "batch");
  out.repetitions = static_cast<std::size_t>(args.integer("repetitions"));
  out.warmup = !args.flag("no-warmup");
  out.cancel = app.stop();
  return out;
}

// Both alternately, a repetition each; our figures and the other's.
struct Pair {
  BenchResult ours = {};
  std::vector<double> theirs = {};  // tokens a second
};

Result<Pair> take_turns(App& app, const Args& args, const LocalTarget& target,
                        Bench& bench, const BenchTest& test,
                        BenchOptions options) {
  const std::size_t rounds = options.repetitions;
  Pair out;
  options.repetitions = 1;
  for (std::size_t i = 0; i < rounds; ++i) {
    const BenchResult once = HUG_TRY(bench.run(test, options));
    out.ours.test = once.test;
    out.ours.seconds.push_back(once.seconds.front());
    out.theirs.push_back(HUG_TRY(
        run_llama_bench(args.text("against"), target.path, test, app.stop())));
  }
  return out;
}

Result<void> run(App& app, const Args& args) {
  const BenchOptions options = bench_options(app, args);
  const bool against = args.has("against");
  if (against && args.has("quantize")) {
    return Error(Code::kUsage,
                 "'--against' and '--quantize' exclude each other")
        .hint("quantize into a file that both read: hug quantize");
  }
  const LocalTarget target = HUG_TRY(load_target_of_ids(app, args));
  std::error_code error;
  if (against && !std::filesystem::is_regular_file(target.path, error)) {
    return Error(Code::kUsage, "'" + target.name +
                                   "' is no gguf file that llama-bench reads");
  }
  const bool human = app.out().human();
  Bench bench(target.model);
  std::vector<Value> rows;
  for (const BenchTest& test : bench_tests(target.model, options)) {
    Pair pair;
    if (against) {
      pair = HUG_TRY(take_turns(app, args, target, bench, test, options));
    } else {
      pair.ours = HUG_TRY(bench.run(test, options));
    }
    Value row = human ? short_row(pair.ours) : row_of(pair.ours);
    if (against) {
      const double theirs = median(pair.theirs);
      const double ratio = pair.ours.tokens_per_second() / theirs;
      row.set("against", human ? Value(rounded(theirs, 2)) : Value(theirs));
      row.set("ratio", human ? Value(rounded(ratio, 2)) : Value(ratio));
    }
    rows.push_back(std::move(row));
  }
  if (app.out().mode() == Mode::kJson) {
    app.out().json_line(
        Value()
            .set("model", target.name)
            .set("architecture", target.model.architecture())
            .set("bytes", target.model.file_bytes())
            .set("results", Value(Value::Array(rows.begin(), rows.end()))));
    return {};
  }
  app.out().table(rows, {.id = human ? "tokens/s" : "tokens_per_second",
                         .right = {"tokens/s", "+-", "against", "ratio"}});
  return {};
}

}  // namespace

extern constexpr Command kBench{
    .name = "bench",
    .summary = "Measure how fast a model runs on this machine.",
    .details =
        "pp reads a prompt of random tokens, tg writes tokens one after "
        "another; both with nothing before them, or at a depth. Every test "
        "runs once for warming up and then as often as asked; the median "
        "counts.",
    .options = kOptions,
    .examples = kExamples,
    .see_also = kSeeAlso,
    .section = "Run",
    .run = run,
};
static_assert(well_formed(kBench));

}  // namespace hug::cli::cmd
