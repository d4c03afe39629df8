// hug tokenize
#include "app/app.h"
#include "cmd/text/text_target.h"
#include "cmd/text_input.h"
#include "hug/chat_template.h"

namespace hug::cli::cmd {

namespace {

constexpr Option kOptions[] = {
    kTextTarget,
    {.name = "text",
     .kind = Kind::kPositional,
     .value = "TEXT",
     .help = "The text; '-' or nothing reads standard input."},
    kTextRevision,
    {.name = "no-special", .help = "Add no special tokens around the text."},
    {.name = "parse-special",
     .help = "Read special tokens that are spelled out in the text."},
    {.name = "count", .help = "Print only the number of tokens."},
};

constexpr Example kExamples[] = {
    {"hug tokenize ./model.gguf \"Hello, world\""},
    {"git diff | hug tokenize Qwen/Qwen3-0.6B --count",
     "how much of the context it takes"},
};

constexpr std::string_view kSeeAlso[] = {"detokenize", "template render"};

Value json_of(const Tokenizer& tokenizer, const Encoding& encoding) {
  Value::Array ids;
  std::vector<std::string> pieces;
  Value::Array offsets;
  for (std::size_t i = 0; i < encoding.ids.size(); ++i) {
    ids.push_back(Value(static_cast<std::int64_t>(encoding.ids[i])));
    pieces.emplace_back(tokenizer.token_text(encoding.ids[i]));
    const TokenOffset o = encoding.offsets[i];
    offsets.push_back(Value(Value::Array{Value(o.begin), Value(o.end)}));
  }
  Value out;
  out.set("ids", Value(std::move(ids)));
  out.set("pieces", Value::strings(pieces));
  out.set("offsets", Value(std::move(offsets)));
  out.set("count", static_cast<std::int64_t>(encoding.ids.size()));
  return out;
}

Result<void> run(App& app, const Args& args) {
  const auto files = HUG_TRY(open_text_target(app, args));
  const Tokenizer tokenizer = HUG_TRY(open_tokenizer(*files));
  const std::string text = HUG_TRY(read_text_argument(args.maybe("text")));
  EncodeOptions options;
  options.add_special = !args.flag("no-special");
  options.parse_special = args.flag("parse-special");
  options.offsets = true;
  const Encoding encoding = HUG_TRY(tokenizer.encode(text, options));
  if (app.out().mode() == Mode::kJson) {
    app.out().json_line(json_of(tokenizer, encoding));
    return {};
  }
  if (args.flag("count")) {
    app.out().line(std::to_string(encoding.ids.size()));
    return {};
  }
  std::vector<Value> rows;
  for (std::size_t i = 0; i < encoding.ids.size(); ++i) {
    Value row;
    row.set("id", static_cast<std::int64_t>(encoding.ids[i]));
    row.set("piece", std::string(tokenizer.token_text(encoding.ids[i])));
    row.set("begin", encoding.offsets[i].begin);
    row.set("end", encoding.offsets[i].end);
    rows.push_back(std::move(row));
  }
  app.out().table(rows, {.columns = {"id", "piece", "begin", "end"},
                         .id = "id",
                         .right = {"id"}});
  app.out().log(std::to_string(encoding.ids.size()) + " tokens, " +
                std::to_string(text.size()) + " bytes");
  return {};
}

}  // namespace

extern constexpr Command kTokenize{
    .name = "tokenize",
    .summary = "Show the tokens of a text.",
    .details =
        "Ids, pieces and the bytes they stand for, as the library that "
        "trained the model cuts the text (tokenizer.json) or as "
        "llama.cpp does (gguf). Special tokens in the text are plain "
        "text unless --parse-special is given.",
    .options = kOptions,
    .examples = kExamples,
    .see_also = kSeeAlso,
    .section = "Run",
    .run = run,
};
static_assert(well_formed(kTokenize));

}  // namespace hug::cli::cmd
