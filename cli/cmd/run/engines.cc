#include "cmd/run/engines.h"

#include "cmd/run/remote_speaker.h"
#include "cmd/run/server_process.h"
#include "hug/target.h"

namespace hug::cli::cmd {

namespace {

// Options by their name here and in llama.cpp's programs.
struct Flag {
  std::string_view option;
  std::string_view flag;
};

constexpr Flag kFlags[] = {
    {"predict", "-n"},
    {"ctx", "-c"},
    {"threads", "-t"},
    {"seed", "-s"},
    {"temp", "--temp"},
    {"top-k", "--top-k"},
    {"top-p", "--top-p"},
    {"min-p", "--min-p"},
    {"typical", "--typical"},
    {"top-n-sigma", "--top-nsigma"},
    {"xtc-probability", "--xtc-probability"},
    {"xtc-threshold", "--xtc-threshold"},
    {"repeat-penalty", "--repeat-penalty"},
    {"repeat-last-n", "--repeat-last-n"},
    {"frequency-penalty", "--frequency-penalty"},
    {"presence-penalty", "--presence-penalty"},
    {"dynatemp-range", "--dynatemp-range"},
    {"dynatemp-exp", "--dynatemp-exp"},
    {"dry-multiplier", "--dry-multiplier"},
    {"dry-base", "--dry-base"},
    {"dry-allowed-length", "--dry-allowed-length"},
    {"dry-last-n", "--dry-penalty-last-n"},
    {"dry-breaker", "--dry-sequence-breaker"},
    {"mirostat", "--mirostat"},
    {"mirostat-tau", "--mirostat-ent"},
    {"mirostat-eta", "--mirostat-lr"},
    {"adaptive-target", "--adaptive-target"},
    {"adaptive-decay", "--adaptive-decay"},
    {"stop", "-r"},
};

// What the engine would pass over.
Result<void> refuse(const Args& args,
                    std::initializer_list<std::string_view> names) {
  for (const std::string_view name : names) {
    if (!args.has(name)) continue;
    return Error(Code::kUsage, "'--" + std::string(name) + "' and '--engine " +
                                   args.text("engine") +
                                   "' exclude each other");
  }
  return {};
}

// Of these programs the first that is installed; empty without one.
std::string installed(const App& app,
                      std::initializer_list<std::string_view> names) {
  for (const std::string_view name : names) {
    std::string found =
        find_program(app.environment("PATH"), std::string(name));
    if (!found.empty()) return found;
  }
  return {};
}

Error not_installed(std::string_view engine, std::string_view programs) {
  return Error(Code::kNotFound, std::string(engine) +
                                    " is not installed: there is no " +
                                    std::string(programs) + " on PATH")
      .hint("install it, or name the URL of an endpoint");
}

Result<Target> resolve(App& app, const Args& args) {
  Hub* hub = HUG_TRY(app.hub());
  TargetOptions options;
  options.revision = args.text("revision");
  return resolve_target(*hub, args.text("target"), options);
}

// The gguf file on this machine, all of its parts beside it.
Result<std::string> gguf_path(const Target& target) {
  const auto choice = target.gguf();
  if (!choice) {
    return Error(Code::kUnsupported, "llama.cpp cannot run '" + target.name() +
                                         "': it has no gguf file")
        .hint("convert it first: hug convert " + target.name() +
              " -o model.gguf --type q8_0");
  }
  std::string path = HUG_TRY(target.fetch(choice->files));
  const TargetFile* file = target.find(choice->files.front());
  if (!target.remote() && file != nullptr && !file->local_path.empty()) {
    path = file->local_path;
  }
  return path;
}

void add_kv_type(const Args& args, std::vector<std::string>& words) {
  if (!args.has("kv-type")) return;
  for (const char* flag : {"-ctk", "-ctv"}) {
    words.emplace_back(flag);
    words.push_back(args.text("kv-type"));
  }
}

void add_given(const Args& args, std::vector<std::string>& words) {
  for (const Flag& f : kFlags) {
    if (!args.has(f.option)) continue;
    for (const std::string& value : args.list(f.option)) {
      words.emplace_back(f.flag);
      words.push_back(value);
    }
  }
  add_kv_type(args, words);
  if (args.flag("ignore-eos")) words.emplace_back("--ignore-eos");
}

Result<std::unique_ptr<Speaker>> served(App& app, const Args& args,
                                        std::vector<std::string> words,
                                        const std::string& model);

Result<std::unique_ptr<Speaker>> llama_cpp(
    App& app, const Args& args, const std::optional<std::string>& prompt) {
  const bool raw = args.flag("raw");
  const std::string program =
      raw ? installed(app, {"llama-completion", "llama-cli"})
          : installed(app, {"llama-cli"});
  const std::string server = installed(app, {"llama-server"});
  if (program.empty() && server.empty()) {
    return not_installed("llama.cpp", "llama-cli and no llama-server");
  }
  const Target target = HUG_TRY(resolve(app, args));
  const std::string path = HUG_TRY(gguf_path(target));
  const bool own_output = app.out().mode() == Mode::kJson || args.flag("stats");
  // Its own program writes as it likes; for our formats its server is asked.
  if (program.empty() || (own_output && !server.empty())) {
    return served(app, args,
                  {server, "-m", path, "--host", "127.0.0.1", "--port",
                   "{port}", "--jinja"},
                  target.name());
  }
  if (own_output) {
    return Error(Code::kUnsupported,
                 "llama-cli knows neither --json nor --stats")
        .hint("install llama-server too, or leave them away");
  }
  std::vector<std::string> words = {program, "-m", path};
  if (prompt) {
    words.insert(words.end(), {"-p", *prompt, "--no-display-prompt"});
    words.emplace_back(raw ? "-no-cnv" : "-st");
  }
  if (const auto system = args.maybe("system")) {
    words.insert(words.end(), {"-sys", *system});
  }
  add_given(args, words);
  return become(program, std::move(words));
}

Result<std::unique_ptr<Speaker>> vllm(App& app, const Args& args) {
  const std::string program = installed(app, {"vllm"});
  if (program.empty()) return not_installed("vllm", "vllm");
  const Target target = HUG_TRY(resolve(app, args));
  const std::string path = target.find("config.json") != nullptr
                               ? HUG_TRY(target.fetch())
                               : HUG_TRY(gguf_path(target));
  std::vector<std::string> words = {
      program,       "serve",  path,        "--served-model-name",
      target.name(), "--host", "127.0.0.1", "--port",
      "{port}"};
  if (args.integer("ctx") != 0) {
    words.insert(words.end(), {"--max-model-len", args.text("ctx")});
  }
  return served(app, args, std::move(words), target.name());
}

/// A speaker that keeps its server alive.
class ServedSpeaker final : public Speaker {
 public:
  ServedSpeaker(ServerProcess server, std::unique_ptr<Speaker> speaker)
      : server_(std::move(server)), speaker_(std::move(speaker)) {}

  bool converses() const override { return speaker_->converses(); }

  Result<Reply> answer(Conversation& conversation,
                       const GenerateOptions& options,
                       const OnText& on_text) override {
    return speaker_->answer(conversation, options, on_text);
  }

  Result<Reply> continue_text(const std::string& text,
                              const GenerateOptions& options,
                              const OnText& on_text) override {
    return speaker_->continue_text(text, options, on_text);
  }

  std::string describe() const override { return speaker_->describe(); }

 private:
  ServerProcess server_;
  std::unique_ptr<Speaker> speaker_;
};

RemoteSpeakerOptions remote_options(const Args& args, std::string url,
                                    std::string model) {
  RemoteSpeakerOptions out;
  out.url = std::move(url);
  out.model = std::move(model);
  out.raw = args.flag("raw");
  out.think = args.choice("think");
  return out;
}

Result<std::unique_ptr<Speaker>> served(App& app, const Args& args,
                                        std::vector<std::string> words,
                                        const std::string& model) {
  for (const Flag& f : {Flag{"ctx", "-c"}, Flag{"threads", "-t"}}) {
    if (!args.has(f.option) || words[1] == "serve") continue;
    words.insert(words.end(), {std::string(f.flag), args.text(f.option)});
  }
  add_kv_type(args, words);  // refused before vllm is served
  ServerProcess server =
      HUG_TRY(ServerProcess::start(std::move(words), args.flag("verbose")));
  HUG_TRY(server.wait_ready(app.stop()));
  auto speaker = HUG_TRY(make_remote_speaker(
      app, args, remote_options(args, server.url(), model)));
  return std::unique_ptr<Speaker>(
      std::make_unique<ServedSpeaker>(std::move(server), std::move(speaker)));
}

}  // namespace

Result<std::unique_ptr<Speaker>> hand_over(
    App& app, const Args& args, const std::optional<std::string>& prompt) {
  const std::string engine = args.text("engine");
  HUG_TRY(refuse(args, {"ref", "session", "load", "quantize"}));
  if (engine.starts_with("http://") || engine.starts_with("https://")) {
    HUG_TRY(refuse(args, {"ctx", "kv-type", "revision"}));
    auto options = remote_options(args, engine, args.text("target"));
    options.token = engine_token(app);
    return make_remote_speaker(app, args, options);
  }
  if (engine == "llama.cpp") return llama_cpp(app, args, prompt);
  if (engine == "vllm") {
    HUG_TRY(refuse(args, {"kv-type"}));
    return vllm(app, args);
  }
  return Error(Code::kUsage, "there is no engine '" + engine + "'")
      .hint("say llama.cpp, vllm, or the URL of an endpoint");
}

}  // namespace hug::cli::cmd
