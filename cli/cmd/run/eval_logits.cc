// hug eval logits
#include <bit>
#include <charconv>
#include <span>

#include "app/app.h"
#include "cmd/run/local_target.h"
#include "cmd/text/text_target.h"

namespace hug::cli::cmd {

namespace {

constexpr Option kOptions[] = {
    kRunTarget,
    {.name = "ids",
     .kind = Kind::kValue,
     .value = "IDS",
     .help = "Token ids, separated by commas.",
     .required = true},
    {.name = "hidden", .help = "What enters the head instead of the logits."},
    kThreads,
    kTextRevision,
};

constexpr Example kExamples[] = {
    {"hug eval logits ./model.gguf --ids 1,15043,3186 > logits.f32"},
};

constexpr std::string_view kSeeAlso[] = {"tokenize", "eval perplexity"};

Result<std::vector<TokenId>> parse_ids(std::string_view text) {
  std::vector<TokenId> out;
  while (!text.empty()) {
    const auto word = text.substr(0, text.find(','));
    TokenId id = 0;
    const auto r = std::from_chars(word.data(), word.data() + word.size(), id);
    if (r.ec != std::errc() || r.ptr != word.data() + word.size()) {
      return Error(Code::kUsage, "'" + std::string(word) + "' is no token id")
          .hint("Give numbers, separated by commas.");
    }
    out.push_back(id);
    text.remove_prefix(std::min(text.size(), word.size() + 1));
  }
  return out;
}

Result<void> run(App& app, const Args& args) {
  static_assert(std::endian::native == std::endian::little);
  const auto ids = HUG_TRY(parse_ids(args.text("ids")));
  const LocalTarget target = HUG_TRY(load_local_target(app, args));
  const std::vector<float> rows =
      HUG_TRY(target.model.logits(ids, args.flag("hidden")));
  return app.out().raw({reinterpret_cast<const char*>(rows.data()),
                        rows.size() * sizeof(float)});
}

}  // namespace

extern constexpr Command kEvalLogits{
    .name = "logits",
    .summary = "Write what a model computes for given tokens.",
    .details =
        "Raw little-endian f32 on standard output: (n_token, n_vocab) "
        "logits of every position, or with --hidden (n_token, n_embd).",
    .options = kOptions,
    .examples = kExamples,
    .see_also = kSeeAlso,
    .run = run,
};
static_assert(well_formed(kEvalLogits));

}  // namespace hug::cli::cmd
