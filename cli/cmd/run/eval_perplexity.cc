// hug eval perplexity
#include "app/app.h"
#include "cmd/run/eval_options.h"
#include "cmd/run/local_target.h"
#include "cmd/run/numbers.h"
#include "cmd/text/text_target.h"
#include "cmd/text_input.h"

namespace hug::cli::cmd {

namespace {

constexpr Option kOptions[] = {
    kRunTarget, kEvalText,       kEvalBlock,    kEvalAll,
    kThreads,   kQuantizeAtLoad, kTextRevision,
};

constexpr Example kExamples[] = {
    {"hug eval perplexity ./model.gguf text.txt"},
    {"hug eval perplexity acme/tiny:Q4_K_M text.txt --all --json"},
};

constexpr std::string_view kSeeAlso[] = {"run", "eval logits"};

Result<void> run(App& app, const Args& args) {
  const std::string text = HUG_TRY(read_text_file(args.text("file")));
  const LocalTarget target = HUG_TRY(load_local_target(app, args));
  const PerplexityOptions options = perplexity_options(args);
  const Perplexity p = HUG_TRY(target.model.perplexity(text, options));
  Value row;
  row.set("model", target.name);
  const auto number = [&](double v) {
    return app.out().human() ? Value(rounded(v, 4)) : Value(v);
  };
  row.set("perplexity", number(p.perplexity));
  row.set("error", number(p.error));
  row.set("nll", number(p.nll));
  row.set("tokens", p.tokens);
  app.out().table(
      {row}, {.id = "perplexity", .right = {"perplexity", "error", "nll"}});
  return {};
}

}  // namespace

extern constexpr Command kEvalPerplexity{
    .name = "perplexity",
    .summary = "Say how well a model foretells a text.",
    .details =
        "Cuts the text into blocks. By default the first token of each "
        "block becomes the beginning of text and the second half is "
        "scored, as llama-perplexity does; with --all every token is.",
    .options = kOptions,
    .examples = kExamples,
    .see_also = kSeeAlso,
    .run = run,
};
static_assert(well_formed(kEvalPerplexity));

}  // namespace hug::cli::cmd
