// The options of `run` and `chat`, and what they say about an answer.
#pragma once

#include <array>
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "hug/generate.h"
#include "hug/session.h"
#include "spec/args.h"
#include "spec/command.h"

namespace hug::cli::cmd {

template <std::size_t N, std::size_t M>
constexpr std::array<Option, N + M> joined(const std::array<Option, N>& a,
                                           const std::array<Option, M>& b) {
  std::array<Option, N + M> out = {};
  for (std::size_t i = 0; i < N; ++i)
    out[i] = a[i];
  for (std::size_t i = 0; i < M; ++i)
    out[N + i] = b[i];
  return out;
}

inline constexpr std::string_view kSampling = "Sampling";

struct Numbers {
  double from = 0;
  double to = 0;
};

inline constexpr Numbers kShare{0, 1};     // probabilities
inline constexpr Numbers kFactor{0, 100};  // more changes nothing

constexpr Option number_option(std::string_view name, std::string_view value,
                               Numbers range, std::string_view help,
                               std::string_view fallback,
                               std::string_view also = {}) {
  return {.name = name,
          .also = also,
          .kind = Kind::kValue,
          .type = Type::kNumber,
          .value = value,
          .help = help,
          .fallback = fallback,
          .minimum = range.from,
          .maximum = range.to,
          .group = kSampling};
}

constexpr Option count_option(std::string_view name, std::string_view help,
                              std::string_view fallback,
                              std::string_view also = {}) {
  return {.name = name,
          .also = also,
          .kind = Kind::kValue,
          .type = Type::kInteger,
          .value = "N",
          .help = help,
          .fallback = fallback,
          .maximum = kMany,
          .group = kSampling};
}

inline constexpr std::string_view kMirostatVersions[] = {"0", "1", "2"};

inline constexpr std::array kSamplingOptions = {
    number_option("temp", "T", kFactor,
                  "Temperature; 0 always takes the likeliest token.", "0.8",
                  "temperature"),
    count_option("top-k", "Choose among the N likeliest; 0: all.", "40"),
    number_option("top-p", "P", kShare,
                  "Choose among the likeliest that make up P together.",
                  "0.95"),
    number_option("min-p", "P", kShare,
                  "Leave out what is less likely than P times the likeliest.",
                  "0.05"),
    Option{.name = "seed",
           .kind = Kind::kValue,
           .type = Type::kInteger,
           .value = "N",
           .help = "Equal seeds give equal answers, on any number of threads.",
           .maximum = 0x1p53 - 1,
           .group = kSampling},
    number_option("repeat-penalty", "X", {0.01, 100},
                  "Make tokens that were there less likely; 1: off.", "1"),
    number_option("frequency-penalty", "X", {-100, 100},
                  "Take X for every time a token was there.", "0"),
    number_option("presence-penalty", "X", {-100, 100},
                  "Take X when a token was there at all.", "0"),
    count_option("repeat-last-n", "How far back penalties look.", "64"),
    number_option("typical", "P", kShare,
                  "Keep what is about as surprising as all is; 1: off.", "1",
                  "typical-p"),
    number_option("top-n-sigma", "N", {-1, 100},
                  "Keep what is within N deviations of the best; -1: off.",
                  "-1", "top-nsigma"),
    number_option("xtc-probability", "P", kShare,
                  "How often to leave out all likely tokens but one.", "0"),
    number_option("xtc-threshold", "P", kShare,
                  "From where on xtc calls one likely.", "0.1"),
    number_option("dynatemp-range", "X", kFactor,
                  "Let entropy move the temperature by so much; 0: off.", "0"),
    number_option("dynatemp-exp", "X", kFactor, "The shape of that.", "1"),
    number_option("dry-multiplier", "X", kFactor,
                  "Take so much for going on with a repetition; 0: off.", "0"),
    number_option("dry-base", "X", kFactor,
                  "Growth of that by the repetition's length.", "1.75"),
    count_option("dry-allowed-length", "Repetitions up to here are free.", "2"),
    count_option("dry-last-n", "How far back dry looks.", "64",
                 "dry-penalty-last-n"),
    Option{.name = "dry-breaker",
           .also = "dry-sequence-breaker",
           .kind = Kind::kValue,
           .value = "TEXT",
           .help = "Where repetitions end, instead of newline, colon, quote "
                   "and asterisk; 'none': nowhere.",
           .many = true,
           .group = kSampling},
    Option{.name = "mirostat",
           .kind = Kind::kValue,
           .value = "VERSION",
           .help = "Aim at a surprise instead of cutting; 0: off.",
           .choices = kMirostatVersions,
           .fallback = "0",
           .complete = Complete::kChoices,
           .group = kSampling},
    number_option("mirostat-tau", "BITS", kFactor, "The surprise to aim at.",
                  "5", "mirostat-ent"),
    number_option("mirostat-eta", "X", kShare, "How fast mirostat learns.",
                  "0.1", "mirostat-lr"),
    number_option("adaptive-target", "P", {-1, 1},
                  "Prefer tokens of about this probability; -1: off.", "-1"),
    number_option("adaptive-decay", "X", {0, 0.99},
                  "How long adaptive-p remembers.", "0.9"),
    count_option("min-keep", "Tokens that every cut leaves.", "0"),
    Option{.name = "logit-bias",
           .kind = Kind::kValue,
           .value = "TOKEN=BIAS",
           .help = "Add to the logit of a token, by id or text; -inf bans it.",
           .many = true,
           .group = kSampling},
    Option{.name = "ban",
           .kind = Kind::kValue,
           .value = "TEXT",
           .help = "Never write this; go back and take another way.",
           .many = true,
           .group = kSampling},
    Option{.name = "ignore-eos",
           .help = "Go on where the model wants to end.",
           .group = kSampling},
};

inline constexpr std::string_view kKvTypes[] = {"f16", "q8_0", "f32"};

/// What the options say. Errors: kUsage.
Result<GenerateOptions> generate_options(const Args& args);
/// Changes one setting by its option's name ("temp", "top-k", "seed", "stop",
/// "predict" ...). Errors: kUsage for a name or a value that is none.
Result<void> set_option(GenerateOptions& options, std::string_view name,
                        std::string_view value);
/// All names that set_option() takes.
std::vector<std::string> settable_names();

Result<SessionOptions> session_options(const Args& args);

}  // namespace hug::cli::cmd
