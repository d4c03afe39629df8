// How a model writes: how the next token is chosen, when to end, and what came
// of it.
#pragma once

#include <cstdint>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "hug/tokenizer.h"

namespace hug {

/// Makes a token, or every token of a text, likelier or less likely.
struct LogitBias {
  TokenId id = -1;        ///< used where text is empty
  std::string text = {};  ///< each of its tokens
  float bias = 0;         ///< added to the logit; minus infinity bans it
};

/// How the next token is chosen. In this order: logit bias, penalties, dry,
/// top-n-sigma, top-k, typical, top-p, min-p, xtc, temperature, a draw
/// (adaptive-p draws in its own way). With mirostat: bias, temperature,
/// mirostat, and nothing else. Order and defaults are llama.cpp's.
struct SamplingOptions {
  float temperature = 0.8F;     ///< 0 and below: always the likeliest
  float dynatemp_range = 0;     ///< temperature -/+ this, by entropy; 0: off
  float dynatemp_exponent = 1;  ///< shape of that dependence
  std::uint32_t top_k = 40;     ///< 0: all
  float top_p = 0.95F;          ///< 1: off
  float min_p = 0.05F;          ///< 0: off
  float typical_p = 1.0F;       ///< 1: off
  float top_n_sigma = -1;       ///< 0 and below: off
  float xtc_probability = 0;    ///< 0: off
  float xtc_threshold = 0.1F;   ///< above 0.5: off
  std::uint32_t min_keep = 0;   ///< candidates that every cut leaves
  std::uint32_t repeat_last_n = 64;
  float repeat_penalty = 1;  ///< 1: off
  float frequency_penalty = 0;
  float presence_penalty = 0;
  float dry_multiplier = 0;  ///< 0: off
  float dry_base = 1.75F;
  std::uint32_t dry_allowed_length = 2;
  std::uint32_t dry_last_n = 64;
  std::vector<std::string> dry_breakers = {"\n", ":", "\"", "*"};
  std::uint32_t mirostat = 0;  ///< 0: off; 1 and 2: its versions
  float mirostat_tau = 5;      ///< surprise aimed at, in bits
  float mirostat_eta = 0.1F;   ///< how fast it learns
  float adaptive_target = -1;  ///< probability aimed at; below 0: off
  float adaptive_decay = 0.9F;
  std::vector<LogitBias> logit_bias = {};
  /// Equal seeds give equal texts for any number of threads; nothing: random.
  std::optional<std::uint64_t> seed = {};
};

enum class FinishReason : std::uint8_t { kStop, kLength, kCancelled };

struct GenerateOptions {
  SamplingOptions sampling = {};
  std::uint64_t max_tokens = 0;        ///< 0: until the context is full
  std::vector<std::string> stop = {};  ///< texts that end the answer
  /// Texts that must not appear: the answer goes back to where one began and
  /// takes another way.
  std::vector<std::string> banned = {};
  bool ignore_eos = false;  ///< bans every token that would end the answer
  /// Control tokens that show in the text as the vocabulary writes them.
  std::vector<std::string> shown_control = {};
  bool logprobs = false;           ///< fill Generation::logprobs
  std::uint32_t top_logprobs = 0;  ///< likeliest tokens to name beside each
  std::stop_token cancel = {};
};

struct TokenLogprob {
  TokenId id = -1;
  float logprob = 0;  ///< natural logarithm, before any sampler
};

struct TokenChoice {
  TokenLogprob token = {};
  std::vector<TokenLogprob> top = {};  ///< likeliest first
};

struct Generation {
  std::string text = {};  ///< valid UTF-8, without what ended it
  std::vector<TokenId> tokens = {};
  std::vector<TokenChoice> logprobs = {};  ///< a token each, when asked for
  FinishReason reason = FinishReason::kStop;
  std::uint64_t prompt_tokens = 0;
  std::uint64_t reused_tokens = 0;  ///< of the prompt, computed before
  double prompt_seconds = 0;
  double first_token_seconds = 0;  ///< from the call on
  double generate_seconds = 0;
};

}  // namespace hug
