// What the commands of `eval` that read a text have in common.
#pragma once

#include <cstdint>

#include "cmd/run/local_target.h"

namespace hug::cli::cmd {

inline constexpr Option kEvalText{.name = "file",
                                  .kind = Kind::kPositional,
                                  .type = Type::kPath,
                                  .value = "FILE",
                                  .help = "The text; '-' reads standard input.",
                                  .required = true,
                                  .complete = Complete::kFile};

inline constexpr Option kEvalBlock{.name = "ctx",
                                   .letter = 'c',
                                   .kind = Kind::kValue,
                                   .type = Type::kInteger,
                                   .value = "N",
                                   .help = "Tokens of a block.",
                                   .fallback = "512",
                                   .minimum = 4,
                                   .maximum = kMany};

inline constexpr Option kEvalAll{
    .name = "all",
    .help = "Score every token of the text, not the second half of blocks."};

inline PerplexityOptions perplexity_options(const Args& args) {
  PerplexityOptions out;
  out.context = static_cast<std::uint32_t>(args.integer("ctx"));
  out.second_half = !args.flag("all");
  return out;
}

}  // namespace hug::cli::cmd
