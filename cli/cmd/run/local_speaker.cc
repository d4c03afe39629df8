// The model on this machine.
#include <cmath>

#include "cmd/run/reasoning.h"
#include "cmd/run/speaker.h"
#include "hug/chat_template.h"

namespace hug::cli::cmd {

Result<void> Speaker::save(const std::string&, const std::string&) {
  return Error(Code::kUsage, "only a model on this machine has a session file");
}

Result<std::string> Speaker::load(const std::string&) {
  return Error(Code::kUsage, "only a model on this machine has a session file");
}

namespace {

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
  out.set("reused_tokens", g.reused_tokens);
  out.set("prompt_seconds", g.prompt_seconds);
  out.set("prompt_tokens_per_second",
          per_second(g.prompt_tokens - g.reused_tokens, g.prompt_seconds));
  out.set("first_token_seconds", g.first_token_seconds);
  out.set("tokens", static_cast<std::uint64_t>(g.tokens.size()));
  out.set("seconds", g.generate_seconds);
  out.set("tokens_per_second", per_second(g.tokens.size(), g.generate_seconds));
  return out;
}

class LocalSpeaker final : public Speaker {
 public:
  LocalSpeaker(LocalTarget target, Session session,
               std::optional<ChatTemplate> chat,
               const LocalSpeakerOptions& options)
      : target_(std::move(target)),
        session_(std::move(session)),
        chat_(std::move(chat)),
        options_(options) {}

  bool converses() const override { return chat_.has_value(); }

  Result<Reply> answer(Conversation& conversation,
                       const GenerateOptions& options,
                       const OnText& on_text) override;

  Result<Reply> continue_text(const std::string& text,
                              const GenerateOptions& options,
                              const OnText& on_text) override {
    EncodeOptions encode;
    encode.parse_special = options_.raw;
    const auto ids =
        HUG_TRY(target_.model.tokenizer().encode(text, encode)).ids;
    const Generation g = HUG_TRY(session_.generate(
        ids, options, [&](std::string_view t) { return on_text(t, false); }));
    Reply out = reply_of(g);
    out.text = g.text;
    return out;
  }

  std::string describe() const override {
    return target_.name + " · ctx " +
           (session_.context() == 0 ? "unbounded"
                                    : std::to_string(session_.context())) +
           " · " + std::to_string(target_.model.threads()) + " threads";
  }

  Result<void> save(const std::string& path, const std::string& note) override {
    return session_.save(path, note);
  }

  Result<std::string> load(const std::string& path) override {
    return session_.load(path);
  }

 private:
  static Reply reply_of(const Generation& g) {
    Reply out;
    out.tokens = g.tokens;
    out.logprobs = g.logprobs;
    out.finish_reason = reason_name(g.reason);
    out.timings = timings_of(g);
    return out;
  }

  Result<Prompt> render(const Conversation& conversation) const;

  LocalTarget target_;
  Session session_;
  std::optional<ChatTemplate> chat_;
  LocalSpeakerOptions options_;
};

Result<Prompt> LocalSpeaker::render(const Conversation& conversation) const {
  ConversationOptions options;
  options.messages = conversation.to_json().dump();
  options.bos_token = target_.model.text().bos_token;
  options.eos_token = target_.model.text().eos_token;
  if (options_.think) {
    options.variables.emplace_back("enable_thinking",
                                   *options_.think ? "true" : "false");
  }
  return chat_->render(options);
}

Result<Reply> LocalSpeaker::answer(Conversation& conversation,
                                   const GenerateOptions& wanted,
                                   const OnText& on_text) {
  Prompt prompt = HUG_TRY(render(conversation));
  const Tokenizer& tokenizer = target_.model.tokenizer();
  auto ids = HUG_TRY(encode_prompt(tokenizer, prompt));
  std::size_t dropped = 0;
  const std::uint64_t room = session_.context();
  // Room for an answer, too.
  while (room != 0 &&
         ids.size() + std::min<std::uint64_t>(room / 8, 256) > room) {
    if (!conversation.drop_oldest()) break;
    ++dropped;
    prompt = HUG_TRY(render(conversation));
    ids = HUG_TRY(encode_prompt(tokenizer, prompt));
  }
  ReasoningSplit split([&](std::string_view t) { return on_text(t, false); },
                       [&](std::string_view t) { return on_text(t, true); });
  split.read_prompt(prompt.text());
  GenerateOptions options = wanted;
  options.shown_control = thought_tokens();
  const Generation g = HUG_TRY(session_.generate(
      ids, options, [&](std::string_view t) { return split.put(t); }));
  split.finish();
  Reply out = reply_of(g);
  out.text = split.answer();
  out.reasoning = split.reasoning();
  out.dropped = dropped;
  return out;
}

}  // namespace

Result<std::unique_ptr<Speaker>> make_local_speaker(
    LocalTarget target, const LocalSpeakerOptions& options) {
  Session session = HUG_TRY(Session::open(target.model, options.session));
  std::optional<ChatTemplate> chat;
  const auto& templates = target.model.text().templates;
  if (!options.raw && !templates.empty()) {
    chat = HUG_TRY(ChatTemplate::parse(templates.front().source));
  }
  return std::unique_ptr<Speaker>(std::make_unique<LocalSpeaker>(
      std::move(target), std::move(session), std::move(chat), options));
}

}  // namespace hug::cli::cmd
