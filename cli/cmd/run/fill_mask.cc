// hug fill-mask
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
    {.name = "top",
     .letter = 'k',
     .kind = Kind::kValue,
     .type = Type::kInteger,
     .value = "N",
     .help = "The N likeliest words for each mask.",
     .fallback = "5",
     .minimum = 1,
     .maximum = kMany},
    kThreads,
    kQuantizeAtLoad,
    kTextRevision,
};

constexpr Example kExamples[] = {
    {"hug fill-mask acme/bert \"The capital of France is [MASK].\""},
    {"hug fill-mask ./roberta.gguf \"Good <mask>!\" -k 3 --json"},
};

constexpr std::string_view kSeeAlso[] = {"classify", "embed"};

Result<void> run(App& app, const Args& args) {
  const auto texts = HUG_TRY(read_texts(args));
  const LocalTarget target = HUG_TRY(load_local_target(app, args));
  const auto count = static_cast<std::size_t>(args.integer("top"));
  Out& out = app.out();
  std::vector<Value> rows;
  for (const std::string& text : texts) {
    for (const MaskAnswer& answer :
         HUG_TRY(target.model.fill_mask(text, count))) {
      for (const MaskChoice& c : answer.choices) {
        Value row = row_for(out, text, texts.size());
        row.set("position", static_cast<std::uint64_t>(answer.position));
        row.set("token", static_cast<std::int64_t>(c.token));
        row.set("word", c.text);
        row.set("probability", probability_of(out, c.probability));
        rows.push_back(std::move(row));
      }
    }
  }
  out.table(rows, {.id = "word", .right = {"probability"}});
  return {};
}

}  // namespace

extern constexpr Command kFillMask{
    .name = "fill-mask",
    .summary = "Find the likeliest words for the masks of texts.",
    .details =
        "For models with a head for masked words, as BERT. The mask is "
        "written as the vocabulary writes it: [MASK], <mask>.",
    .options = kOptions,
    .examples = kExamples,
    .see_also = kSeeAlso,
    .section = "Run",
    .run = run,
};
static_assert(well_formed(kFillMask));

}  // namespace hug::cli::cmd
