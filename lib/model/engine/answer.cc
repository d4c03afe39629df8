#include "engine/answer.h"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <optional>
#include <random>

#include "engine/sampler.h"
#include "engine/text_stream.h"

namespace hug::engine {

namespace {

using Clock = std::chrono::steady_clock;

// Between two pieces of a long prompt, somebody may stop it.
constexpr std::size_t kPromptPiece = 2048;

double since(Clock::time_point start) {
  return std::chrono::duration<double>(Clock::now() - start).count();
}

std::uint64_t chosen_seed(const SamplingOptions& o) {
  if (o.seed) return *o.seed;
  std::random_device device;
  return (std::uint64_t{device()} << 32) | device();
}

// The options with every bias on a token of its own.
Result<SamplingOptions> resolved(const GenerateOptions& options,
                                 const Tokenizer& tokenizer) {
  SamplingOptions out = options.sampling;
  out.logit_bias.clear();
  for (const LogitBias& b : options.sampling.logit_bias) {
    if (b.text.empty()) {
      out.logit_bias.push_back(b);
      continue;
    }
    EncodeOptions encode;
    encode.add_special = false;
    for (const TokenId id : HUG_TRY(tokenizer.encode(b.text, encode)).ids) {
      out.logit_bias.push_back({.id = id, .bias = b.bias});
    }
  }
  if (options.ignore_eos) {
    for (const TokenId id : tokenizer.special_tokens().end_of_generation) {
      out.logit_bias.push_back({.id = id, .bias = -INFINITY});
    }
  }
  return out;
}

TokenChoice choice_of(std::span<const float> logits, TokenId id,
                      std::uint32_t n_top) {
  const Candidates top = take_top(logits, std::max<std::uint32_t>(n_top, 1));
  const float most = top.front().logit;
  double sum = 0;
  for (const float l : logits)
    sum += static_cast<double>(std::exp(l - most));
  const float norm = most + static_cast<float>(std::log(sum));
  TokenChoice out;
  out.token = {id, logits[static_cast<std::size_t>(id)] - norm};
  for (std::size_t i = 0; i < std::min<std::size_t>(n_top, top.size()); ++i) {
    out.top.push_back({top[i].id, top[i].logit - norm});
  }
  return out;
}

class Writer {
 public:
  Writer(ModelContext& context, const Tokenizer& tokenizer,
         const GenerateOptions& options, std::size_t n_prompt,
         const std::function<bool(std::string_view)>& on_text)
      : context_(context),
        tokenizer_(tokenizer),
        options_(options),
        n_prompt_(n_prompt),
        stream_(options.stop, options.banned, on_text) {
    for (const std::string& text : options.shown_control) {
      if (const auto id = tokenizer.find(text)) shown_.push_back(*id);
    }
  }

  Result<void> write(Sampler sampler, std::span<const TokenId> prompt,
                     std::span<const float> logits, std::uint64_t room);
  Generation finish();

  Clock::time_point start = Clock::now();
  Generation out = {};

 private:
  // What held before a token was chosen, to go back to.
  struct Step {
    std::size_t text = 0;  // bytes
    std::optional<Sampler> sampler = {};
    std::vector<TokenId> banned = {};
  };

  bool ends(TokenId id) const {
    const auto& all = tokenizer_.special_tokens().end_of_generation;
    return std::binary_search(all.begin(), all.end(), id);
  }

  std::string text_of(TokenId id) const {
    std::string text = tokenizer_.token_bytes(id);
    const bool shown = text.empty() && std::find(shown_.begin(), shown_.end(),
                                                 id) != shown_.end();
    return shown ? std::string(tokenizer_.token_text(id)) : text;
  }

  bool at_end(std::uint64_t room) const;
  Result<std::span<const float>> go_back(std::span<const TokenId> prompt,
                                         Sampler& sampler);

  ModelContext& context_;
  const Tokenizer& tokenizer_;
  const GenerateOptions& options_;
  std::size_t n_prompt_;
  TextStream stream_;
  std::vector<TokenId> shown_ = {};
  std::vector<Step> steps_ = {};  // one a token, and one for the next
};

bool Writer::at_end(std::uint64_t room) const {
  return (options_.max_tokens != 0 &&
          out.tokens.size() >= options_.max_tokens) ||
         n_prompt_ + out.tokens.size() >= room;
}

// The computation asks for the stop, between layers.
bool is_cancelled(const Result<std::span<const float>>& logits) {
  return !logits && logits.error().code() == Code::kCancelled;
}

// To the token that a banned text begins in, which is banned there.
Result<std::span<const float>> Writer::go_back(std::span<const TokenId> prompt,
                                               Sampler& sampler) {
  const std::size_t at = *stream_.banned_at();
  std::size_t n = out.tokens.size() - 1;
  while (n > 0 && steps_[n].text > at)
    --n;
  steps_.resize(n + 1);
  Step& step = steps_[n];
  step.banned.push_back(out.tokens[n]);
  sampler = *step.sampler;
  stream_.take_back(step.text);
  out.tokens.resize(n);
  out.logprobs.resize(std::min(n, out.logprobs.size()));
  // The logits come from the token before once more.
  const std::size_t size = n_prompt_ + n - 1;
  if (!context_.truncate(size)) {
    return Error(Code::kUnsupported,
                 "a model that cannot go back cannot avoid texts");
  }
  const TokenId last = n > 0 ? out.tokens[n - 1] : prompt.back();
  return context_.append({&last, 1});
}

Result<void> Writer::write(Sampler sampler, std::span<const TokenId> prompt,
                           std::span<const float> logits, std::uint64_t room) {
  const bool goes_back = !options_.banned.empty();
  out.reason = FinishReason::kLength;
  while (!at_end(room)) {
    if (steps_.size() <= out.tokens.size()) steps_.emplace_back();
    Step& step = steps_.back();
    step.text = stream_.size();
    if (goes_back) step.sampler = sampler;
    const TokenId id = HUG_TRY(sampler.choose(logits, step.banned));
    if (out.first_token_seconds == 0) out.first_token_seconds = since(start);
    if (ends(id)) {
      out.reason = FinishReason::kStop;
      return {};
    }
    out.tokens.push_back(id);
    if (options_.logprobs) {
      out.logprobs.push_back(choice_of(logits, id, options_.top_logprobs));
    }
    sampler.accept(id);
    if (!stream_.put(text_of(id))) {
      out.reason = FinishReason::kStop;
      return {};
    }
    const bool forbidden = stream_.banned_at().has_value();
    if (!forbidden && at_end(room)) continue;
    auto next =
        forbidden ? go_back(prompt, sampler) : context_.append({&id, 1});
    if (is_cancelled(next)) {
      out.reason = FinishReason::kCancelled;
      return {};
    }
    logits = HUG_TRY(std::move(next));
  }
  return {};
}

Generation Writer::finish() {
  if (const auto at = stream_.banned_at()) stream_.take_back(*at);
  out.text = stream_.finish();
  out.generate_seconds = since(start) - out.prompt_seconds;
  return std::move(out);
}

}  // namespace

Result<Generation> write_answer(
    ModelContext& context, const Tokenizer& tokenizer,
    std::span<const TokenId> prompt, std::uint64_t room,
    const GenerateOptions& options,
    const std::function<bool(std::string_view)>& on_text) {
  Writer writer(context, tokenizer, options, prompt.size(), on_text);
  const SamplingOptions sampling = HUG_TRY(resolved(options, tokenizer));
  Breakers breakers;
  if (sampling.dry_multiplier != 0) {
    breakers = HUG_TRY(make_breakers(tokenizer, sampling.dry_breakers));
  }
  Sampler sampler(sampling, chosen_seed(sampling), std::move(breakers));
  for (const TokenId id : prompt)
    sampler.accept(id);
  writer.out.prompt_tokens = prompt.size();
  writer.out.reused_tokens = context.size();
  std::span<const float> logits;
  while (context.size() < prompt.size()) {
    const auto left = prompt.subspan(context.size());
    auto next = context.append(left.first(std::min(left.size(), kPromptPiece)));
    if (is_cancelled(next)) {
      writer.out.reason = FinishReason::kCancelled;
      return writer.finish();
    }
    logits = HUG_TRY(std::move(next));
  }
  writer.out.prompt_seconds = since(writer.start);
  HUG_TRY(writer.write(std::move(sampler), prompt, logits, room));
  return writer.finish();
}

}  // namespace hug::engine
