// hug translate
#include "app/app.h"
#include "cmd/run/local_target.h"
#include "cmd/run/texts.h"
#include "cmd/text/text_target.h"

namespace hug::cli::cmd {

namespace {

constexpr Option kOptions[] = {
    kRunTarget,
    kTexts,
    kTextsFile,
    {.name = "prefix",
     .kind = Kind::kValue,
     .value = "TEXT",
     .help =
         "What is put before each text, as 'translate English to German: '."},
    {.name = "predict",
     .letter = 'n',
     .kind = Kind::kValue,
     .type = Type::kInteger,
     .value = "N",
     .help = "At most so many tokens for each text.",
     .fallback = "256",
     .minimum = 1,
     .maximum = kMany},
    {.name = "temp",
     .kind = Kind::kValue,
     .type = Type::kNumber,
     .value = "T",
     .help = "Temperature; 0 always takes the likeliest token.",
     .fallback = "0",
     .maximum = 100},
    {.name = "seed",
     .kind = Kind::kValue,
     .type = Type::kInteger,
     .value = "N",
     .help = "Equal seeds give equal answers, on any number of threads.",
     .maximum = 0x1p53 - 1},
    kThreads,
    kQuantizeAtLoad,
    kTextRevision,
};

constexpr Example kExamples[] = {
    {"hug translate acme/t5-small \"Good morning.\" --prefix "
     "\"translate English to German: \""},
    {"hug translate ./t5.gguf --file lines.txt --json"},
};

constexpr std::string_view kSeeAlso[] = {"run", "embed"};

GenerateOptions generate_options(App& app, const Args& args) {
  GenerateOptions out;
  out.sampling.temperature = static_cast<float>(args.number("temp"));
  if (args.has("seed")) {
    out.sampling.seed = static_cast<std::uint64_t>(args.integer("seed"));
  }
  out.max_tokens = static_cast<std::uint64_t>(args.integer("predict"));
  out.cancel = app.stop();
  return out;
}

Result<void> run(App& app, const Args& args) {
  const auto texts = HUG_TRY(read_texts(args));
  const LocalTarget target = HUG_TRY(load_local_target(app, args));
  const GenerateOptions options = generate_options(app, args);
  const std::string prefix = args.text("prefix");
  const bool json = app.out().mode() == Mode::kJson;
  std::vector<Value> rows;
  for (const std::string& text : texts) {
    Result<void> written;
    const auto on_text = [&](std::string_view piece) {
      if (json) return true;
      written = app.out().piece(piece);
      return written.has_value();
    };
    const Generation g =
        HUG_TRY(target.model.translate(prefix + text, options, on_text));
    HUG_TRY(std::move(written));
    if (g.reason == FinishReason::kCancelled) {
      return Error(Code::kCancelled, "translating was stopped");
    }
    if (json) {
      rows.push_back(
          Value()
              .set("text", text)
              .set("translation", g.text)
              .set("tokens", static_cast<std::uint64_t>(g.tokens.size())));
    } else {
      HUG_TRY(app.out().raw("\n"));
    }
  }
  if (json) app.out().table(rows, {.id = "translation"});
  return {};
}

}  // namespace

extern constexpr Command kTranslate{
    .name = "translate",
    .summary = "Turn texts into others with an encoder-decoder.",
    .details =
        "For models that read a text and write another, as T5: translation, "
        "summaries. Many of them want to be told what to do by --prefix. A "
        "line for each text.",
    .options = kOptions,
    .examples = kExamples,
    .see_also = kSeeAlso,
    .section = "Run",
    .run = run,
};
static_assert(well_formed(kTranslate));

}  // namespace hug::cli::cmd
