// hug detokenize
#include <charconv>

#include "app/app.h"
#include "cmd/text/text_target.h"
#include "cmd/text_input.h"
#include "hug/chat_template.h"

namespace hug::cli::cmd {

namespace {

constexpr Option kOptions[] = {
    kTextTarget,
    {.name = "ids",
     .kind = Kind::kPositional,
     .value = "IDS",
     .help = "Token ids, separated by blanks or commas; '-' or nothing reads "
             "standard input.",
     .many = true},
    kTextRevision,
    {.name = "special", .help = "Show special tokens too."},
};

constexpr Example kExamples[] = {
    {"hug detokenize ./model.gguf 15043 29892 3186"},
    {"hug tokenize ./model.gguf hi --quiet | hug detokenize ./model.gguf"},
};

constexpr std::string_view kSeeAlso[] = {"tokenize"};

Result<std::vector<TokenId>> parse_ids(std::string_view text) {
  constexpr std::string_view kBetween = " \t\r\n,[]";
  std::vector<TokenId> out;
  while (true) {
    const auto begin = text.find_first_not_of(kBetween);
    if (begin == text.npos) return out;
    text.remove_prefix(begin);
    const auto word = text.substr(0, text.find_first_of(kBetween));
    TokenId id = 0;
    const auto r = std::from_chars(word.data(), word.data() + word.size(), id);
    if (r.ec != std::errc() || r.ptr != word.data() + word.size()) {
      return Error(Code::kUsage, "'" + std::string(word) + "' is no token id")
          .hint("give numbers, separated by blanks or commas");
    }
    out.push_back(id);
    text.remove_prefix(word.size());
  }
}

Result<void> run(App& app, const Args& args) {
  std::string text;
  for (const std::string& word : args.list("ids"))
    text += word + " ";
  if (text.empty() || text == "- ") text = HUG_TRY(read_standard_input());
  const auto ids = HUG_TRY(parse_ids(text));
  const auto files = HUG_TRY(open_text_target(app, args));
  const Tokenizer tokenizer = HUG_TRY(open_tokenizer(*files));
  const std::string out = HUG_TRY(tokenizer.decode(ids, !args.flag("special")));
  if (app.out().mode() == Mode::kJson) {
    Value value;
    value.set("text", out);
    value.set("count", static_cast<std::int64_t>(ids.size()));
    app.out().json_line(value);
    return {};
  }
  app.out().line(out);
  return {};
}

}  // namespace

extern constexpr Command kDetokenize{
    .name = "detokenize",
    .summary = "Show the text of token ids.",
    .options = kOptions,
    .examples = kExamples,
    .see_also = kSeeAlso,
    .section = "Run",
    .run = run,
};
static_assert(well_formed(kDetokenize));

}  // namespace hug::cli::cmd
