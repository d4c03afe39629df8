// hug hub gc
#include "cmd/hub/directory.h"

namespace hug::cli::cmd {

namespace {

constexpr Option kOptions[] = {
    {.name = "grace",
     .kind = Kind::kValue,
     .type = Type::kDuration,
     .value = "TIME",
     .help = "Objects younger than this stay.",
     .fallback = "1h"},
    {.name = "dry-run", .help = "Count, and remove nothing."},
    kHubDir,
};

constexpr Example kExamples[] = {{"hug hub gc --dry-run"},
                                 {"hug hub gc --grace 10m"}};

Result<void> run(App& app, const Args& args) {
  HubDirectory hub =
      HUG_TRY(open_hub(app, args, HubDirectory::Open::kMustExist));
  const HubGcReport report =
      HUG_TRY(hub.gc({.grace = std::chrono::duration_cast<std::chrono::seconds>(
                          args.duration("grace")),
                      .dry_run = args.flag("dry-run")}));
  app.out().result(args.flag("dry-run") ? "Dry run: nothing was removed."
                                        : "Garbage collected",
                   {{"removed", report.removed},
                    {"removed_bytes", report.removed_bytes},
                    {"removed_files", report.removed_files},
                    {"marked", report.marked},
                    {"reachable", report.reachable},
                    {"packs_merged", report.packs_merged}});
  return {};
}

}  // namespace

extern constexpr Command kHubGc{
    .name = "gc",
    .summary = "Remove what nothing in a hub refers to.",
    .options = kOptions,
    .examples = kExamples,
    .run = run,
};
static_assert(well_formed(kHubGc));

}  // namespace hug::cli::cmd
