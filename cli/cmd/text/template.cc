// hug template
#include "spec/command.h"

namespace hug::cli::cmd {

extern const Command kTemplateCheck;
extern const Command kTemplateRender;

namespace {

constexpr const Command* kChildren[] = {&kTemplateRender, &kTemplateCheck};

}  // namespace

extern constexpr Command kTemplate{
    .name = "template",
    .summary = "Try the chat template of a model.",
    .children = kChildren,
    .section = "Run",
};
static_assert(well_formed(kTemplate));

}  // namespace hug::cli::cmd
