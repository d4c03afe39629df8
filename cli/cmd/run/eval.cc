// hug eval
#include "spec/command.h"

namespace hug::cli::cmd {

extern const Command kEvalCompare;
extern const Command kEvalLogits;
extern const Command kEvalPerplexity;

namespace {

constexpr const Command* kChildren[] = {&kEvalPerplexity, &kEvalCompare,
                                        &kEvalLogits};

}  // namespace

extern constexpr Command kEval{
    .name = "eval",
    .summary = "Measure a model on this machine.",
    .children = kChildren,
    .section = "Run",
};
static_assert(well_formed(kEval));

}  // namespace hug::cli::cmd
