// hug version
#include "hug/version.h"

#include "app/app.h"
#include "spec/command.h"

namespace hug::cli::cmd {

namespace {

constexpr Example kExamples[] = {{"hug version"}, {"hug version --quiet"}};

Result<void> run(App& app, const Args&) {
  app.out().result(app.as_hf() ? "hf version" : "hug version",
                   {{"version", version()}});
  return {};
}

}  // namespace

extern constexpr Command kVersion{
    .name = "version",
    .summary = "Print the version of this program.",
    .examples = kExamples,
    .section = "More",
    .run = run,
};
static_assert(well_formed(kVersion));

}  // namespace hug::cli::cmd
