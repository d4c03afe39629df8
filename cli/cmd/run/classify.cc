// hug classify
#include <algorithm>

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
    {.name = "pair",
     .kind = Kind::kValue,
     .value = "TEXT",
     .help = "Read each text as the second of a pair with this one: a question "
             "and passages."},
    {.name = "top",
     .letter = 'k',
     .kind = Kind::kValue,
     .type = Type::kInteger,
     .value = "N",
     .help = "Print the N best labels of each text; all when 0.",
     .fallback = "0",
     .maximum = kMany},
    kThreads,
    kQuantizeAtLoad,
    kTextRevision,
};

constexpr Example kExamples[] = {
    {"hug classify acme/sentiment \"I like it.\""},
    {"hug classify ./reranker.gguf --pair \"What is a hug?\" - < passages.txt"},
};

constexpr std::string_view kSeeAlso[] = {"fill-mask", "embed"};

Result<void> run(App& app, const Args& args) {
  const auto texts = HUG_TRY(read_texts(args));
  const LocalTarget target = HUG_TRY(load_local_target(app, args));
  const auto first = args.maybe("pair");
  const auto top = static_cast<std::size_t>(args.integer("top"));
  Out& out = app.out();
  std::vector<Value> rows;
  for (const std::string& text : texts) {
    auto scores = HUG_TRY(first ? target.model.classify(*first, text)
                                : target.model.classify(text));
    std::stable_sort(scores.begin(), scores.end(),
                     [](const LabelScore& a, const LabelScore& b) {
                       return a.score > b.score;
                     });
    if (top != 0 && scores.size() > top) scores.resize(top);
    for (const LabelScore& s : scores) {
      Value row = row_for(out, text, texts.size());
      row.set("label", s.label);
      row.set("score", probability_of(out, s.score));
      if (!out.human()) row.set("logit", short_double(s.logit));
      rows.push_back(std::move(row));
    }
  }
  out.table(rows, {.id = "label", .right = {"score"}});
  return {};
}

}  // namespace

extern constexpr Command kClassify{
    .name = "classify",
    .summary = "Give texts the labels that a model knows.",
    .details =
        "For models with a head over labels: sentiment, topics, rerankers. "
        "The best label comes first.",
    .options = kOptions,
    .examples = kExamples,
    .see_also = kSeeAlso,
    .section = "Run",
    .run = run,
};
static_assert(well_formed(kClassify));

}  // namespace hug::cli::cmd
