// hug scan
#include "hug/scan.h"

#include "cmd/model/model_target.h"
#include "hug/text.h"

namespace hug::cli::cmd {

namespace {

constexpr Option kOptions[] = {
    kModelTarget,
    kModelRevision,
};

constexpr Example kExamples[] = {
    {"hug scan pytorch_model.bin"},
    {"hug scan acme/tiny", "before downloading it"},
};

constexpr std::string_view kSee[] = {"inspect", "download"};

Value to_value(const ScannedFile& file) {
  Value findings = Value::array();
  for (const ScanFinding& f : file.findings) {
    findings.push(Value()
                      .set("verdict", verdict_name(f.verdict))
                      .set("id", f.id)
                      .set("where", f.where)
                      .set("text", f.text));
  }
  return Value()
      .set("path", file.path)
      .set("kind", file.kind)
      .set("size", file.size)
      .set("verdict", verdict_name(file.verdict))
      .set("imports", Value::strings(file.imports))
      .set("findings", std::move(findings));
}

void show(Out& out, const ModelTarget& target, const ScanReport& report) {
  for (const ScannedFile& file : report.files) {
    if (file.verdict == Verdict::kSafe && report.files.size() > 1) continue;
    out.text(std::string(verdict_name(file.verdict)) + "  " + file.path +
             "  (" + file.kind + ", " + format_bytes(file.size) + ")");
    for (const ScanFinding& f : file.findings) {
      out.text("  " + f.id + "  " + f.text +
               (f.where.empty() ? "" : "  [" + f.where + "]"));
    }
  }
  std::string line = target.name + ": " +
                     std::string(verdict_name(report.verdict)) + ", " +
                     std::to_string(report.files.size()) +
                     (report.files.size() == 1 ? " file" : " files");
  if (report.bytes_fetched != 0) {
    line += ", read " + format_bytes(report.bytes_fetched) + " of them";
  }
  out.text(line);
}

Result<void> run(App& app, const Args& args) {
  const ModelTarget target =
      HUG_TRY(open_model_target(app, args, Unnamed::kAllFiles));
  const ScanReport report = HUG_TRY(scan(*target.files));
  Out& out = app.out();
  if (out.mode() == Mode::kJson) {
    Value files = Value::array();
    for (const ScannedFile& file : report.files)
      files.push(to_value(file));
    out.json_line(Value()
                      .set("target", target.name)
                      .set("verdict", verdict_name(report.verdict))
                      .set("bytes_fetched", report.bytes_fetched)
                      .set("files", std::move(files)));
  } else if (out.quiet()) {
    out.line(verdict_name(report.verdict));
  } else {
    show(out, target, report);
  }
  app.leave_with(static_cast<int>(report.verdict));
  return {};
}

}  // namespace

extern constexpr Command kScan{
    .name = "scan",
    .summary = "Look for what loading a model would run.",
    .details =
        "Pickles, archives, templates and metadata are looked at by their "
        "content, whatever the names say, and nothing is executed; a "
        "repository is looked at before it is downloaded.\n\n"
        "Exit status: 0 safe, 1 suspicious (something is not known to be "
        "harmless), 2 dangerous.",
    .options = kOptions,
    .examples = kExamples,
    .see_also = kSee,
    .section = "Get",
    .run = run,
};
static_assert(well_formed(kScan));

}  // namespace hug::cli::cmd
