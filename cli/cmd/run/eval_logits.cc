// hug eval logits
#include <bit>
#include <span>

#include "app/app.h"
#include "cmd/run/local_target.h"
#include "cmd/text/text_target.h"
#include "hug/output_file.h"

namespace hug::cli::cmd {

namespace {

constexpr Option kOptions[] = {
    kRunTarget,
    {.name = "ids",
     .kind = Kind::kValue,
     .type = Type::kIntegers,
     .value = "IDS",
     .help = "Token ids, separated by commas.",
     .required = true,
     .maximum = kMany},
    {.name = "decoder-ids",
     .kind = Kind::kValue,
     .type = Type::kIntegers,
     .value = "IDS",
     .help =
         "Ids that the decoder of an encoder-decoder gets; by default the one "
         "it starts with.",
     .maximum = kMany},
    {.name = "output",
     .letter = 'o',
     .kind = Kind::kValue,
     .type = Type::kPath,
     .value = "FILE",
     .help = "Where to; standard output by default.",
     .complete = Complete::kFile},
    {.name = "hidden", .help = "What enters the head instead of the logits."},
    kThreads,
    kTextRevision,
};

constexpr Example kExamples[] = {
    {"hug eval logits ./model.gguf --ids 1,15043,3186 -o logits.f32"},
    {"hug eval logits ./t5.gguf --ids 71,5,1 --decoder-ids 0,31 > logits.f32"},
};

constexpr std::string_view kSeeAlso[] = {"tokenize", "eval perplexity"};

std::vector<TokenId> ids_of(const Args& args, std::string_view name) {
  std::vector<TokenId> out;
  for (const std::int64_t id : args.integers(name))
    out.push_back(static_cast<TokenId>(id));
  return out;
}

Result<void> run(App& app, const Args& args) {
  static_assert(std::endian::native == std::endian::little);
  HeadInput input;
  input.ids = ids_of(args, "ids");
  input.decoder_ids = ids_of(args, "decoder-ids");
  input.hidden = args.flag("hidden");
  const LocalTarget target = HUG_TRY(load_local_target(app, args));
  const HeadOutput rows = HUG_TRY(target.model.head_outputs(input));
  const std::string_view bytes(
      reinterpret_cast<const char*>(rows.values.data()),
      rows.values.size() * sizeof(float));
  const auto output = args.maybe("output");
  if (!output || *output == "-") return app.out().raw(bytes);
  HUG_TRY(write_output_file(*output, bytes));
  app.out().result("Written", {{"path", *output},
                               {"rows", std::uint64_t{rows.rows}},
                               {"columns", std::uint64_t{rows.width}}});
  return {};
}

}  // namespace

extern constexpr Command kEvalLogits{
    .name = "logits",
    .summary = "Write what a model computes for given tokens.",
    .details =
        "Raw little-endian f32: (n_token, n_vocab) logits of every position, "
        "or the scores of the head (one row), or with --hidden (n_token, "
        "n_embd) what enters the head. An encoder without a head gives its "
        "last hidden state.",
    .options = kOptions,
    .examples = kExamples,
    .see_also = kSeeAlso,
    .run = run,
};
static_assert(well_formed(kEvalLogits));

}  // namespace hug::cli::cmd
