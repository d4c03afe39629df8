// hug run
#include <unistd.h>

#include "app/app.h"
#include "cmd/run/local_target.h"
#include "cmd/text/template_source.h"
#include "cmd/text/text_target.h"

namespace hug::cli::cmd {

namespace {

constexpr std::string_view kSampling = "Sampling";

constexpr Option kOptions[] = {
    kRunTarget,
    {.name = "prompt",
     .kind = Kind::kPositional,
     .value = "PROMPT",
     .help = "What to answer; what comes on standard input is put behind it."},
    {.name = "file",
     .letter = 'f',
     .kind = Kind::kValue,
     .type = Type::kPath,
     .value = "FILE",
     .help = "Read the prompt from a file.",
     .complete = Complete::kFile},
    {.name = "system",
     .kind = Kind::kValue,
     .value = "TEXT",
     .help = "A system message in front of the prompt."},
    {.name = "raw", .help = "Continue the text; no chat template."},
    {.name = "predict",
     .letter = 'n',
     .kind = Kind::kValue,
     .type = Type::kInteger,
     .value = "N",
     .help = "At most so many tokens; 0: until the context is full.",
     .fallback = "0",
     .minimum = 0},
    {.name = "stop",
     .kind = Kind::kValue,
     .value = "TEXT",
     .help = "End the answer before this text.",
     .many = true},
    {.name = "ignore-eos", .help = "Go on where the model wants to end."},
    {.name = "stats", .help = "Say on standard error how fast it was."},
    kThreads,
    {.name = "temp",
     .kind = Kind::kValue,
     .type = Type::kNumber,
     .value = "T",
     .help = "Temperature; 0 always takes the likeliest token.",
     .fallback = "0.8",
     .group = kSampling},
    {.name = "top-k",
     .kind = Kind::kValue,
     .type = Type::kInteger,
     .value = "N",
     .help = "Choose among the N likeliest; 0: all.",
     .fallback = "40",
     .minimum = 0,
     .group = kSampling},
    {.name = "top-p",
     .kind = Kind::kValue,
     .type = Type::kNumber,
     .value = "P",
     .help = "Choose among the likeliest that make up P together.",
     .fallback = "0.95",
     .group = kSampling},
    {.name = "min-p",
     .kind = Kind::kValue,
     .type = Type::kNumber,
     .value = "P",
     .help = "Leave out what is less likely than P times the likeliest.",
     .fallback = "0.05",
     .group = kSampling},
    {.name = "repeat-penalty",
     .kind = Kind::kValue,
     .type = Type::kNumber,
     .value = "X",
     .help = "Make tokens of the last 64 less likely.",
     .fallback = "1",
     .group = kSampling},
    {.name = "seed",
     .kind = Kind::kValue,
     .type = Type::kInteger,
     .value = "N",
     .help = "Equal seeds give equal answers, on any number of threads.",
     .minimum = 0,
     .group = kSampling},
    kTextRevision,
};

constexpr Example kExamples[] = {
    {"hug run ./model.gguf \"Why is the sky blue?\""},
    {"git diff | hug run acme/tiny:Q8_0 \"Say what this changes.\" --temp 0"},
};

constexpr std::string_view kSeeAlso[] = {"convert", "quantize", "eval"};

// The prompt from argument, file and standard input, in this order.
Result<std::string> read_prompt(const Args& args) {
  std::string out = args.text("prompt");
  const auto add = [&](std::string text) {
    if (!out.empty() && !text.empty()) out += "\n\n";
    out += text;
  };
  if (const auto file = args.maybe("file")) {
    add(HUG_TRY(read_text_file(*file)));
  }
  if (::isatty(0) == 0 && (out.empty() || !args.has("file"))) {
    add(HUG_TRY(read_standard_input()));
  }
  if (out.empty()) {
    return Error(Code::kUsage, "there is nothing to answer")
        .hint("Give a prompt, or text on standard input.");
  }
  return out;
}

Result<std::vector<TokenId>> encode(const LocalTarget& target, const Args& args,
                                    const std::string& prompt) {
  const Tokenizer& tokenizer = target.model.tokenizer();
  if (args.flag("raw") || target.text.templates.empty()) {
    EncodeOptions options;
    options.parse_special = args.flag("raw");
    return HUG_TRY(tokenizer.encode(prompt, options)).ids;
  }
  Value messages = Value::array();
  const auto say = [&](const char* role, const std::string& text) {
    Value message;
    message.set("role", role);
    message.set("content", text);
    messages.push(std::move(message));
  };
  if (const auto system = args.maybe("system")) say("system", *system);
  say("user", prompt);
  ConversationOptions options;
  options.messages = messages.dump();
  options.bos_token = target.text.bos_token;
  options.eos_token = target.text.eos_token;
  const ChatTemplate chat =
      HUG_TRY(ChatTemplate::parse(target.text.templates.front().source));
  return encode_prompt(tokenizer, HUG_TRY(chat.render(options)));
}

GenerateOptions generate_options(App& app, const Args& args) {
  GenerateOptions out;
  auto& s = out.sampling;
  s.temperature = static_cast<float>(args.number("temp"));
  s.top_k = static_cast<std::uint32_t>(args.integer("top-k"));
  s.top_p = static_cast<float>(args.number("top-p"));
  s.min_p = static_cast<float>(args.number("min-p"));
  s.repeat_penalty = static_cast<float>(args.number("repeat-penalty"));
  if (args.has("seed")) {
    s.seed = static_cast<std::uint64_t>(args.integer("seed"));
  }
  out.max_tokens = static_cast<std::uint64_t>(args.integer("predict"));
  out.stop = args.list("stop");
  out.ignore_eos = args.flag("ignore-eos");
  out.cancel = app.stop();
  return out;
}

const char* reason_name(FinishReason reason) {
  switch (reason) {
    case FinishReason::kStop:
      return "stop";
    case FinishReason::kLength:
      return "length";
    case FinishReason::kCancelled:
      return "cancelled";
  }
  return "";
}

Value timings_of(const Generation& g) {
  const auto per_second = [](std::uint64_t n, double seconds) {
    return seconds > 0 ? static_cast<double>(n) / seconds : 0.0;
  };
  Value out;
  out.set("prompt_tokens", g.prompt_tokens);
  out.set("prompt_seconds", g.prompt_seconds);
  out.set("prompt_tokens_per_second",
          per_second(g.prompt_tokens, g.prompt_seconds));
  out.set("first_token_seconds", g.first_token_seconds);
  out.set("tokens", static_cast<std::uint64_t>(g.tokens.size()));
  out.set("seconds", g.generate_seconds);
  out.set("tokens_per_second", per_second(g.tokens.size(), g.generate_seconds));
  return out;
}

Result<void> run(App& app, const Args& args) {
  const std::string prompt = HUG_TRY(read_prompt(args));
  const LocalTarget target = HUG_TRY(load_local_target(app, args));
  const auto ids = HUG_TRY(encode(target, args, prompt));
  const bool json = app.out().mode() == Mode::kJson;
  Result<void> written;
  const auto on_text = [&](std::string_view text) {
    if (json) return true;
    written = app.out().raw(text);
    return written.has_value();
  };
  const Generation g =
      HUG_TRY(target.model.generate(ids, generate_options(app, args), on_text));
  HUG_TRY(std::move(written));
  const Value timings = timings_of(g);
  if (json) {
    Value::Array tokens;
    for (const TokenId id : g.tokens) {
      tokens.push_back(Value(static_cast<std::int64_t>(id)));
    }
    Value out;
    out.set("text", g.text);
    out.set("tokens", Value(std::move(tokens)));
    out.set("finish_reason", reason_name(g.reason));
    out.set("timings", timings);
    app.out().json_line(out);
  } else {
    HUG_TRY(app.out().raw("\n"));
  }
  if (args.flag("stats")) app.out().log(timings.dump());
  return {};
}

}  // namespace

extern constexpr Command kRun{
    .name = "run",
    .summary = "Let a model on this machine answer.",
    .details =
        "The answer alone goes to standard output, as it comes. The "
        "chat template of the model is used unless --raw is given; "
        "control tokens in the prompt are plain text then.",
    .options = kOptions,
    .examples = kExamples,
    .see_also = kSeeAlso,
    .section = "Run",
    .run = run,
};
static_assert(well_formed(kRun));

}  // namespace hug::cli::cmd
