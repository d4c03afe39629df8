#include "cmd/run/remote_speaker.h"

#include <chrono>
#include <set>

#include "cmd/run/reasoning.h"
#include "cmd/run/run_options.h"
#include "hug/hub.h"

namespace hug::cli::cmd {

namespace {

using Clock = std::chrono::steady_clock;
constexpr std::chrono::minutes kIdle{10};

double since(Clock::time_point start) {
  return std::chrono::duration<double>(Clock::now() - start).count();
}

// Options by their name here and in a request.
struct Field {
  std::string_view option;
  std::string_view key;
  float SamplingOptions::*real = nullptr;
  std::uint32_t SamplingOptions::*count = nullptr;
};

constexpr Field kFields[] = {
    {"temp", "temperature", &SamplingOptions::temperature},
    {"top-p", "top_p", &SamplingOptions::top_p},
    {"frequency-penalty", "frequency_penalty",
     &SamplingOptions::frequency_penalty},
    {"presence-penalty", "presence_penalty",
     &SamplingOptions::presence_penalty},
    {"min-p", "min_p", &SamplingOptions::min_p},
    {"typical", "typical_p", &SamplingOptions::typical_p},
    {"repeat-penalty", "repeat_penalty", &SamplingOptions::repeat_penalty},
    {"top-n-sigma", "top_n_sigma", &SamplingOptions::top_n_sigma},
    {"xtc-probability", "xtc_probability", &SamplingOptions::xtc_probability},
    {"xtc-threshold", "xtc_threshold", &SamplingOptions::xtc_threshold},
    {"dynatemp-range", "dynatemp_range", &SamplingOptions::dynatemp_range},
    {"dynatemp-exp", "dynatemp_exponent", &SamplingOptions::dynatemp_exponent},
    {"dry-multiplier", "dry_multiplier", &SamplingOptions::dry_multiplier},
    {"dry-base", "dry_base", &SamplingOptions::dry_base},
    {"mirostat-tau", "mirostat_tau", &SamplingOptions::mirostat_tau},
    {"mirostat-eta", "mirostat_eta", &SamplingOptions::mirostat_eta},
    {"top-k", "top_k", nullptr, &SamplingOptions::top_k},
    {"repeat-last-n", "repeat_last_n", nullptr,
     &SamplingOptions::repeat_last_n},
    {"dry-allowed-length", "dry_allowed_length", nullptr,
     &SamplingOptions::dry_allowed_length},
    {"dry-last-n", "dry_penalty_last_n", nullptr, &SamplingOptions::dry_last_n},
    {"mirostat", "mirostat", nullptr, &SamplingOptions::mirostat},
    {"min-keep", "min_keep", nullptr, &SamplingOptions::min_keep},
};

constexpr std::string_view kNowhere[] = {
    "ban", "adaptive-target", "adaptive-decay", "dry-breaker", "logprobs"};

// What comes of one stream of events.
struct Stream {
  std::function<bool(std::string_view, bool thought)> on_text;
  std::stop_token cancel = {};
  Clock::time_point start = Clock::now();
  double first = 0;
  std::uint64_t pieces = 0;
  std::string finish = {};
  Value usage = {};
  std::optional<Error> error = {};
  bool stopped = false;

  bool take(std::string_view data);
};

bool Stream::take(std::string_view data) {
  if (data == "[DONE]") return true;
  const auto event = Value::parse(data);
  if (!event) {
    error = Error(Code::kCorrupt, "the endpoint sends what is no JSON");
    return false;
  }
  if (const Value* said = event->find("error"); said && !said->is_null()) {
    const Value& message = (*said)["message"];
    error = Error(Code::kFailure, "the endpoint gives up: " +
                                      (message.is_string() ? message.as_string()
                                                           : said->dump()));
    return false;
  }
  if (const Value* u = event->find("usage"); u && u->is_object()) usage = *u;
  const auto& choices = (*event)["choices"].items();
  if (choices.empty()) return !cancel.stop_requested();
  const Value& choice = choices.front();
  if (choice["finish_reason"].is_string()) {
    finish = choice["finish_reason"].as_string();
  }
  const Value& delta = choice["delta"];
  const auto give = [&](const Value& text, bool thought) {
    if (!text.is_string() || text.as_string().empty()) return true;
    if (pieces++ == 0) first = since(start);
    return on_text(text.as_string(), thought);
  };
  const bool goes_on = give(delta["reasoning_content"], true) &&
                       give(delta["content"], false) &&
                       give(choice["text"], false);
  stopped = !goes_on;
  return goes_on && !cancel.stop_requested();
}

class RemoteSpeaker final : public Speaker {
 public:
  RemoteSpeaker(RemoteSpeakerOptions options, std::set<std::string> given)
      : options_(std::move(options)), given_(std::move(given)) {}

  bool converses() const override { return !options_.raw; }

  std::string describe() const override {
    return options_.model + " at " + options_.url;
  }

  Result<Reply> answer(Conversation& conversation,
                       const GenerateOptions& options,
                       const OnText& on_text) override {
    Value body = body_of(options);
    body.set("messages", conversation.to_json());
    return ask("/v1/chat/completions", std::move(body), options, on_text);
  }

  Result<Reply> continue_text(const std::string& text,
                              const GenerateOptions& options,
                              const OnText& on_text) override {
    Value body = body_of(options);
    body.set("prompt", text);
    return ask("/v1/completions", std::move(body), options, on_text);
  }

 private:
  Value body_of(const GenerateOptions& options) const;
  Result<Reply> ask(const std::string& path, Value body,
                    const GenerateOptions& options, const OnText& on_text);

  RemoteSpeakerOptions options_;
  std::set<std::string> given_;
};

// What was given, and what was set since.
Value RemoteSpeaker::body_of(const GenerateOptions& options) const {
  const SamplingOptions& s = options.sampling;
  const SamplingOptions usual;
  Value out;
  out.set("model", options_.model);
  out.set("stream", true);
  for (const Field& f : kFields) {
    const bool given = given_.contains(std::string(f.option));
    if (f.real != nullptr && (given || s.*f.real != usual.*f.real)) {
      // The shortest number that is the same float.
      char text[32];
      std::snprintf(text, sizeof text, "%.7g", static_cast<double>(s.*f.real));
      out.set(f.key, std::strtod(text, nullptr));
    }
    if (f.count != nullptr && (given || s.*f.count != usual.*f.count)) {
      out.set(f.key, std::uint64_t{s.*f.count});
    }
  }
  if (s.seed) out.set("seed", *s.seed);
  if (options.max_tokens != 0) out.set("max_tokens", options.max_tokens);
  if (!options.stop.empty()) out.set("stop", Value::strings(options.stop));
  if (options.ignore_eos) out.set("ignore_eos", true);
  if (!s.logit_bias.empty()) {
    Value biases;
    for (const LogitBias& b : s.logit_bias) {
      // The least that endpoints take stands for a ban.
      biases.set(std::to_string(b.id),
                 b.bias < -100 ? -100.0 : static_cast<double>(b.bias));
    }
    out.set("logit_bias", std::move(biases));
  }
  if (options_.think) {
    out.set("chat_template_kwargs",
            Value().set("enable_thinking", *options_.think));
  }
  return out;
}

Result<Reply> RemoteSpeaker::ask(const std::string& path, Value body,
                                 const GenerateOptions& options,
                                 const OnText& on_text) {
  Context context = Context::from_process({.stop = options.cancel});
  HubOptions hub_options;
  hub_options.endpoint = options_.url;
  hub_options.token = options_.token;
  hub_options.offline = false;
  hub_options.user_agent = "hug-cli";
  Hub hub = HUG_TRY(Hub::open(context, hub_options));
  ReasoningSplit split([&](std::string_view t) { return on_text(t, false); },
                       [&](std::string_view t) { return on_text(t, true); });
  Reply out;
  Stream stream;
  stream.cancel = options.cancel;
  stream.on_text = [&](std::string_view t, bool thought) {
    if (!thought) return split.put(t);
    out.reasoning += t;
    return on_text(t, true);
  };
  ApiCall call;
  call.method = "POST";
  call.path = path;
  call.body = body.dump();
  auto done = follow_events(
      hub, call, kIdle,
      [](void* user, std::string_view data) {
        return static_cast<Stream*>(user)->take(data);
      },
      &stream);
  if (stream.error) return *std::move(stream.error);
  const bool cancelled = options.cancel.stop_requested();
  if (!done && !cancelled) {
    Error error = std::move(done).error();
    if (error.code() == Code::kUnauthorized) {
      error = std::move(error).hint(
          "put the endpoint's key into "
          "HUG_ENGINE_TOKEN");
    }
    return std::move(error).with("asking " + options_.url);
  }
  split.finish();
  out.text = split.answer();
  out.reasoning += split.reasoning();
  out.finish_reason = cancelled               ? "cancelled"
                      : stream.finish.empty() ? "stop"
                                              : stream.finish;
  const double seconds = since(stream.start);
  const Value& counted = stream.usage["completion_tokens"];
  const std::uint64_t tokens =
      counted.is_number() ? static_cast<std::uint64_t>(counted.as_integer())
                          : stream.pieces;
  out.timings.set("prompt_tokens", stream.usage["prompt_tokens"]);
  out.timings.set("first_token_seconds", stream.first);
  out.timings.set("tokens", tokens);
  out.timings.set("seconds", seconds - stream.first);
  out.timings.set("tokens_per_second",
                  seconds > stream.first
                      ? static_cast<double>(tokens) / (seconds - stream.first)
                      : 0.0);
  return out;
}

}  // namespace

std::string engine_token(const App& app) {
  std::string token = app.environment("HUG_ENGINE_TOKEN");
  return token.empty() ? app.environment("OPENAI_API_KEY") : token;
}

Result<std::unique_ptr<Speaker>> make_remote_speaker(
    App& app, const Args& args, const RemoteSpeakerOptions& wanted) {
  static_cast<void>(app);
  RemoteSpeakerOptions options = wanted;
  while (options.url.ends_with('/'))
    options.url.pop_back();
  if (options.url.ends_with("/v1")) {
    options.url.resize(options.url.size() - 3);
  }
  for (const std::string_view name : kNowhere) {
    if (!args.has(name)) continue;
    return Error(Code::kUsage, "'--" + std::string(name) +
                                   "' means nothing to another engine");
  }
  for (const LogitBias& b :
       HUG_TRY(generate_options(args)).sampling.logit_bias) {
    if (b.text.empty()) continue;
    return Error(Code::kUsage,
                 "another engine takes --logit-bias by id, not "
                 "by the text '" +
                     b.text + "'");
  }
  std::set<std::string> given;
  for (const Field& f : kFields) {
    if (args.has(f.option)) given.emplace(f.option);
  }
  return std::unique_ptr<Speaker>(
      std::make_unique<RemoteSpeaker>(std::move(options), std::move(given)));
}

}  // namespace hug::cli::cmd
