// hug run, hug chat
#include <unistd.h>

#include <chrono>

#include "app/app.h"
#include "cmd/run/chat.h"
#include "cmd/run/engines.h"
#include "cmd/run/local_target.h"
#include "cmd/run/run_options.h"
#include "cmd/run/run_task.h"
#include "cmd/run/speaker.h"
#include "cmd/text/text_target.h"
#include "cmd/text_input.h"

namespace hug::cli::cmd {

namespace {

constexpr std::array kAnswerOptions = {
    Option{.name = "system",
           .kind = Kind::kValue,
           .value = "TEXT",
           .help = "A system message in front of the prompt."},
    Option{.name = "predict",
           .letter = 'n',
           .kind = Kind::kValue,
           .type = Type::kInteger,
           .value = "N",
           .help = "At most so many tokens; 0: until the context is full.",
           .fallback = "0",
           .maximum = kMany},
    Option{.name = "stop",
           .kind = Kind::kValue,
           .value = "TEXT",
           .help = "End the answer before this text.",
           .many = true},
    Option{.name = "ctx",
           .letter = 'c',
           .kind = Kind::kValue,
           .type = Type::kInteger,
           .value = "N",
           .help = "Tokens of prompt and answer together; 0: what the model "
                   "was trained for.",
           .fallback = "0",
           .maximum = kMany},
    Option{.name = "think",
           .help = "Let a model that can do both think first, or not.",
           .negation = true},
    Option{.name = "session",
           .kind = Kind::kValue,
           .type = Type::kPath,
           .value = "FILE",
           .help = "Go on with the conversation in a file, and keep it there "
                   "after every answer.",
           .complete = Complete::kFile},
    Option{.name = "kv-type",
           .kind = Kind::kValue,
           .value = "TYPE",
           .help = "How keys and values are kept.",
           .choices = kKvTypes,
           .fallback = "f16",
           .complete = Complete::kChoices},
    Option{.name = "ref",
           .help = "Compute in plain f32 arithmetic, slowly, to compare with."},
    Option{.name = "engine",
           .kind = Kind::kValue,
           .value = "ENGINE",
           .help = "Hand the model to llama.cpp or vllm, where installed, or "
                   "the conversation to an endpoint's URL."},
    Option{.name = "raw", .help = "Continue the text; no chat template."},
    kThreads,
    kLoad,
    kQuantizeAtLoad,
    kTextRevision,
};

constexpr std::array kPromptOptions = {
    kRunTarget,
    Option{.name = "prompt",
           .kind = Kind::kPositional,
           .value = "PROMPT",
           .help = "What to answer; what comes on standard input is put behind "
                   "it. Without any, on a terminal: a chat."},
    Option{.name = "file",
           .letter = 'f',
           .kind = Kind::kValue,
           .type = Type::kPath,
           .value = "FILE",
           .help = "Read the prompt from a file.",
           .complete = Complete::kFile},
    Option{.name = "stats", .help = "Say on standard error how fast it was."},
    Option{.name = "logprobs",
           .kind = Kind::kValue,
           .type = Type::kInteger,
           .value = "N",
           .help = "With --json: the logarithm of each token's probability, "
                   "and of the N likeliest.",
           .maximum = 1000},
};

constexpr auto kRunOptions =
    joined(joined(kPromptOptions, kAnswerOptions), kSamplingOptions);
constexpr auto kChatOptions =
    joined(joined(std::array{kRunTarget}, kAnswerOptions), kSamplingOptions);

constexpr Example kRunExamples[] = {
    {"hug run ./model.gguf \"Why is the sky blue?\""},
    {"git diff | hug run acme/tiny:Q8_0 \"Say what this changes.\" --temp 0"},
    {"hug run acme/tiny", "a chat in the terminal"},
    {"hug run acme/large \"Hello\" --engine http://localhost:8000"},
};

constexpr Example kChatExamples[] = {
    {"hug chat ./model.gguf --system \"Answer in one sentence.\""},
    {"hug chat acme/tiny:Q4_K_M --session notes.session"},
};

constexpr std::string_view kRunSeeAlso[] = {"chat", "embed", "bench",
                                            "convert"};
constexpr std::string_view kChatSeeAlso[] = {"run"};

// The prompt from argument, file and standard input, in this order. Nothing
// when a person sits there and has not said anything.
Result<std::optional<std::string>> read_prompt(const Args& args) {
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
  } else if (out.empty() && !args.has("prompt") && !args.has("file")) {
    return std::optional<std::string>();
  }
  if (out.empty()) {
    return Error(Code::kUsage, "there is nothing to answer")
        .hint("give a prompt, or text on standard input");
  }
  return std::optional(std::move(out));
}

Result<void> check_options(const Args& args, bool chats, bool json) {
  const auto conflict = [](std::string_view a, std::string_view b) {
    return Error(Code::kUsage, "'--" + std::string(a) + "' and '--" +
                                   std::string(b) + "' exclude each other");
  };
  if (args.flag("raw") && args.has("system")) return conflict("raw", "system");
  if (args.flag("raw") && args.has("think")) return conflict("raw", "think");
  if (args.has("engine") && args.flag("ref")) return conflict("engine", "ref");
  if (args.has("engine") && args.has("session")) {
    return conflict("engine", "session");
  }
  if (!chats && args.has("logprobs") && !json) {
    return Error(Code::kUsage, "--logprobs shows in --json only");
  }
  if (chats && json) {
    return Error(Code::kUsage, "a chat is no JSON").hint("give a prompt");
  }
  return {};
}

// What is refused here, or is too large, may run elsewhere.
Error with_engines(Error error) {
  if (error.code() != Code::kUnsupported && error.code() != Code::kLimit) {
    return error;
  }
  const std::string first(error.hint());
  return std::move(error).hint(
      (first.empty() ? "hand" : first + "; or hand") +
      " it to another engine: --engine llama.cpp, --engine vllm, or the URL "
      "of an endpoint");
}

// What only a model that writes can follow, and a task would pass over.
Result<void> check_task_options(const Args& args) {
  constexpr std::string_view kAnswers[] = {
      "system", "think", "session", "raw", "kv-type", "logprobs", "stats"};
  for (const std::string_view name : kAnswers) {
    if (!args.has(name)) continue;
    return Error(Code::kUsage, "'--" + std::string(name) +
                                   "' means nothing to a model that does "
                                   "not talk");
  }
  return {};
}

// The speaker; nothing when the model has another task, which is done then.
Result<std::unique_ptr<Speaker>> open_speaker(
    App& app, const Args& args, const std::optional<std::string>& prompt) {
  if (args.has("engine")) return hand_over(app, args, prompt);
  LocalSpeakerOptions options;
  options.session = HUG_TRY(session_options(args));
  options.raw = args.flag("raw");
  options.think = args.choice("think");
  auto target = load_local_target(app, args);
  if (!target) return with_engines(std::move(target).error());
  if (target->model.task() != ModelTask::kGenerate &&
      !(target->model.generates() && args.has("raw"))) {
    if (!prompt) {
      return Error(Code::kUsage, "this model does not talk")
          .hint("give a text for it to work on");
    }
    HUG_TRY(check_task_options(args));
    GenerateOptions how = HUG_TRY(generate_options(args));
    how.cancel = app.stop();
    HUG_TRY(run_task(app, target->model, *prompt, how));
    return std::unique_ptr<Speaker>();
  }
  return make_local_speaker(*std::move(target), options);
}

Value logprob_json(const TokenLogprob& l) {
  return Value()
      .set("id", static_cast<std::int64_t>(l.id))
      .set("logprob", static_cast<double>(l.logprob));
}

void print_json(Out& out, const Reply& reply) {
  Value tokens = Value::array();
  for (const TokenId id : reply.tokens)
    tokens.push(static_cast<std::int64_t>(id));
  Value answer;
  answer.set("text", reply.text);
  if (!reply.reasoning.empty()) answer.set("reasoning", reply.reasoning);
  answer.set("tokens", std::move(tokens));
  answer.set("finish_reason", reply.finish_reason);
  answer.set("timings", reply.timings);
  if (!reply.logprobs.empty()) {
    Value all = Value::array();
    for (const TokenChoice& choice : reply.logprobs) {
      Value one = logprob_json(choice.token);
      Value top = Value::array();
      for (const TokenLogprob& l : choice.top)
        top.push(logprob_json(l));
      all.push(one.set("top", std::move(top)));
    }
    answer.set("logprobs", std::move(all));
  }
  out.json_line(answer);
}

Result<Reply> ask(const Args& args, Speaker& speaker, SessionNote& said,
                  const std::string& prompt, const GenerateOptions& options,
                  const OnText& on_text) {
  if (!speaker.converses()) {
    if (args.has("system")) return no_place_for_system();
    said.text += prompt;
    Reply reply = HUG_TRY(speaker.continue_text(said.text, options, on_text));
    said.text += reply.text;
    return reply;
  }
  if (args.has("system")) said.conversation.set_system(args.text("system"));
  said.conversation.say("user", prompt);
  Reply reply = HUG_TRY(speaker.answer(said.conversation, options, on_text));
  said.conversation.say("assistant", reply.text);
  return reply;
}

Result<void> answer_once(App& app, const Args& args, Speaker& speaker,
                         const std::string& prompt, GenerateOptions options) {
  Out& out = app.out();
  const bool json = out.mode() == Mode::kJson;
  const bool terminal = out.standard_output().terminal();
  const std::string session = args.text("session");
  SessionNote said;
  if (!session.empty()) said = HUG_TRY(load_session(speaker, session));
  Result<void> written;
  bool thought_before = false;
  const OnText on_text = [&](std::string_view text, bool thought) {
    if (json || (thought && !terminal)) return true;
    if (!thought && thought_before) written = out.piece("\n");
    thought_before = thought;
    if (written) written = out.piece(text, thought);
    return written.has_value();
  };
  options.cancel = app.stop();
  options.logprobs = args.has("logprobs");
  options.top_logprobs = static_cast<std::uint32_t>(args.integer("logprobs"));
  const Reply reply =
      HUG_TRY(ask(args, speaker, said, prompt, options, on_text));
  HUG_TRY(std::move(written));
  if (json) {
    print_json(out, reply);
  } else {
    HUG_TRY(out.raw("\n"));
  }
  if (args.flag("stats")) out.log(stats_line(reply.timings));
  if (!session.empty()) HUG_TRY(speaker.save(session, said.to_text()));
  if (reply.finish_reason == "cancelled") {
    return Error(Code::kCancelled, "the answer was stopped");
  }
  return {};
}

Result<void> start(App& app, const Args& args,
                   const std::optional<std::string>& prompt) {
  const bool json = app.out().mode() == Mode::kJson;
  HUG_TRY(check_options(args, !prompt, json));
  GenerateOptions options = HUG_TRY(generate_options(args));
  const auto begin = std::chrono::steady_clock::now();
  const auto speaker = HUG_TRY(open_speaker(app, args, prompt));
  if (speaker == nullptr) return {};  // done: it had another task
  if (prompt) {
    return answer_once(app, args, *speaker, *prompt, std::move(options));
  }
  ChatOptions chat_options;
  chat_options.generate = std::move(options);
  chat_options.system = args.text("system");
  chat_options.session = args.text("session");
  chat_options.ready_seconds =
      std::chrono::duration<double>(std::chrono::steady_clock::now() - begin)
          .count();
  return chat(app, *speaker, std::move(chat_options));
}

Result<void> run(App& app, const Args& args) {
  return start(app, args, HUG_TRY(read_prompt(args)));
}

Result<void> run_chat(App& app, const Args& args) {
  return start(app, args, std::nullopt);
}

}  // namespace

extern constexpr Command kRun{
    .name = "run",
    .summary = "Let a model on this machine answer.",
    .details =
        "The answer alone goes to standard output, as it comes. The "
        "chat template of the model is used unless --raw is given; "
        "control tokens in the prompt are plain text then. What a model "
        "thinks before it answers shows in grey on a terminal, and nowhere "
        "else.\n\n"
        "In a terminal and without a prompt: a chat, with /help for its "
        "commands. Ctrl-C stops an answer, Ctrl-D leaves.",
    .options = kRunOptions,
    .examples = kRunExamples,
    .see_also = kRunSeeAlso,
    .section = "Run",
    .run = run,
};
static_assert(well_formed(kRun));

extern constexpr Command kChat{
    .name = "chat",
    .summary = "Talk with a model on this machine.",
    .details =
        "As 'hug run' without a prompt: lines are edited, history is kept, "
        "/help lists the commands. Without a terminal every line of standard "
        "input is answered in turn.",
    .options = kChatOptions,
    .examples = kChatExamples,
    .see_also = kChatSeeAlso,
    .section = "Run",
    .run = run_chat,
};
static_assert(well_formed(kChat));

}  // namespace hug::cli::cmd
