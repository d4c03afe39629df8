// hug eval compare
#include "app/app.h"
#include "cmd/run/eval_options.h"
#include "cmd/run/local_target.h"
#include "cmd/run/numbers.h"
#include "cmd/text/text_target.h"
#include "cmd/text_input.h"
#include "hug/model_compare.h"
#include "hug/text.h"

namespace hug::cli::cmd {

namespace {

constexpr Option kOptions[] = {
    {.name = "first",
     .kind = Kind::kPositional,
     .value = "A",
     .help = "What is compared with: the original, or a large type of it.",
     .required = true,
     .complete = Complete::kModel},
    {.name = "second",
     .kind = Kind::kPositional,
     .value = "B",
     .help = "The same model in another type.",
     .required = true,
     .complete = Complete::kModel},
    kEvalText,
    kEvalBlock,
    kEvalAll,
    kThreads,
    kQuantizeAtLoad,
    kTextRevision,
};

constexpr Example kExamples[] = {
    {"hug eval compare ./model-f16.gguf ./model-q4_k_m.gguf text.txt"},
    {"hug eval compare acme/tiny:Q8_0 acme/tiny:Q4_K_M text.txt --json"},
};

constexpr std::string_view kSeeAlso[] = {"eval perplexity", "quantize", "fit"};

// Everything, for programs.
Value row_of(const LocalTarget& target, const Perplexity& p) {
  return Value()
      .set("model", target.name)
      .set("size", target.model.file_bytes())
      .set("perplexity", p.perplexity)
      .set("error", p.error)
      .set("tokens", p.tokens)
      .set("kld", {})
      .set("kld_error", {})
      .set("kld_median", {})
      .set("kld_99", {})
      .set("kld_max", {})
      .set("same_top", {})
      .set("same_top_error", {});
}

std::vector<Value> rows_of(const LocalTarget& first, const LocalTarget& second,
                           const ModelComparison& c) {
  Value b = row_of(second, c.second);
  b.set("kld", c.divergence)
      .set("kld_error", c.divergence_error)
      .set("kld_median", c.divergence_median)
      .set("kld_99", c.divergence_99)
      .set("kld_max", c.divergence_most)
      .set("same_top", c.same_choice)
      .set("same_top_error", c.same_choice_error);
  return {row_of(first, c.first), b};
}

// What fits on a screen, for people.
Value short_row(const LocalTarget& target, const Perplexity& p) {
  return Value()
      .set("model", target.name)
      .set("size", format_bytes(target.model.file_bytes()))
      .set("perplexity",
           rounded(p.perplexity, 4) + " +- " + rounded(p.error, 4));
}

std::vector<Value> short_rows(const LocalTarget& first,
                              const LocalTarget& second,
                              const ModelComparison& c) {
  Value a = short_row(first, c.first);
  Value b = short_row(second, c.second);
  a.set("kld", "").set("kld_99", "").set("same_top", "");
  b.set("kld", rounded(c.divergence, 6))
      .set("kld_99", rounded(c.divergence_99, 5))
      .set("same_top", rounded(c.same_choice * 100, 2) + " %");
  return {a, b};
}

Result<void> run(App& app, const Args& args) {
  const std::string text = HUG_TRY(read_text_file(args.text("file")));
  const LocalTarget first =
      HUG_TRY(load_local_target(app, args, args.text("first")));
  const LocalTarget second =
      HUG_TRY(load_local_target(app, args, args.text("second")));
  const PerplexityOptions options = perplexity_options(args);
  const auto go_on = [&](std::uint64_t, std::uint64_t) {
    return !app.stop().stop_requested();
  };
  const ModelComparison c =
      HUG_TRY(compare_models(first.model, second.model, text, options, go_on));
  app.out().table(
      app.out().human() ? short_rows(first, second, c)
                        : rows_of(first, second, c),
      {.id = "kld",
       .right = {"size", "perplexity", "kld", "kld_99", "same_top"}});
  return {};
}

}  // namespace

extern constexpr Command kEvalCompare{
    .name = "compare",
    .summary = "Say what one form of a model loses against another.",
    .details =
        "Runs both side by side over a text, block by block, and prints size, "
        "perplexity, the Kullback-Leibler divergence of B's predictions from "
        "A's (in nats a token; the mean and the 99th percentile, with --json "
        "its error, median and maximum too) and how often both put the same "
        "token first. Nothing is written to disk.",
    .options = kOptions,
    .examples = kExamples,
    .see_also = kSeeAlso,
    .run = run,
};
static_assert(well_formed(kEvalCompare));

}  // namespace hug::cli::cmd
