// hug hub fsck
#include "cmd/hub/directory.h"

namespace hug::cli::cmd {

namespace {

constexpr Option kOptions[] = {
    {.name = "repair", .help = "Mend what can be mended without a loss."},
    {.name = "no-hash", .help = "Names, sizes and links only; quick."},
    kHubDir,
};

constexpr Example kExamples[] = {{"hug hub fsck"},
                                 {"hug hub fsck --repair --dir ./hub"}};

std::string_view severity_name(HubSeverity severity) {
  constexpr std::string_view kNames[] = {"info", "warning", "error"};
  return kNames[static_cast<std::size_t>(severity)];
}

Result<void> run(App& app, const Args& args) {
  HubDirectory hub =
      HUG_TRY(open_hub(app, args, HubDirectory::Open::kMustExist));
  const HubFsckReport report = HUG_TRY(
      hub.fsck({.repair = args.flag("repair"), .hash = !args.flag("no-hash")}));
  Out& out = app.out();
  std::vector<Value> rows;
  for (const HubFinding& finding : report.findings) {
    rows.push_back(Value()
                       .set("id", finding.id)
                       .set("severity", severity_name(finding.severity))
                       .set("path", finding.path)
                       .set("detail", finding.detail)
                       .set("repairable", finding.repairable)
                       .set("repaired", finding.repaired));
  }
  if (!report.clean()) {
    out.table(rows);
    return Error(Code::kCorrupt, "the hub is not clean")
        .hint("run 'hug hub fsck --repair'");
  }
  if (!rows.empty() && out.mode() != Mode::kJson) out.table(rows);
  out.result("The hub is clean", {{"repos", report.repos},
                                  {"git_objects", report.git_objects},
                                  {"large_objects", report.large_objects},
                                  {"bytes_hashed", report.bytes_hashed},
                                  {"findings", rows.size()}});
  return {};
}

}  // namespace

extern constexpr Command kHubFsck{
    .name = "fsck",
    .summary = "Check a hub's directory, and mend it.",
    .options = kOptions,
    .examples = kExamples,
    .run = run,
};
static_assert(well_formed(kHubFsck));

}  // namespace hug::cli::cmd
