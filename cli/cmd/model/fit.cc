// hug fit
#include "hug/fit.h"

#include <cstdio>

#include "cmd/model/model_target.h"
#include "hug/text.h"

namespace hug::cli::cmd {

namespace {

constexpr Option kOptions[] = {
    kModelTarget,
    {.name = "ctx",
     .also = "context",
     .kind = Kind::kValue,
     .type = Type::kInteger,
     .value = "N",
     .help = "Tokens of context to make room for.",
     .minimum = 1,
     .maximum = kMany},
    {.name = "memory",
     .kind = Kind::kValue,
     .type = Type::kBytes,
     .value = "BYTES",
     .help = "Memory to fit into, instead of what is free here."},
    kModelRevision,
};

constexpr Example kExamples[] = {
    {"hug fit acme/tiny --ctx 32768"},
    {"hug fit model-f16.gguf --memory 16G", "for another machine"},
};

constexpr std::string_view kSee[] = {"inspect", "quantize"};

Value to_value(const FitReport& report, const FitChoice& c) {
  return Value()
      .set("type", c.type)
      .set("file_bytes", c.file_bytes)
      .set("exact", c.exact)
      .set("weights", c.weights)
      .set("kv", c.kv)
      .set("work", c.work)
      .set("total", c.total())
      .set("fits", c.fits)
      .set("bits_per_weight", c.bits_per_weight)
      .set("tokens_per_second",
           report.machine.bandwidth > 0 ? Value(c.tokens_per_second) : Value())
      .set("current", c.current)
      .set("recommended", c.recommended);
}

void show_json(Out& out, const ModelTarget& target, const FitReport& report) {
  Value choices = Value::array();
  for (const FitChoice& c : report.choices)
    choices.push(to_value(report, c));
  out.json_line(
      Value()
          .set("target", target.name)
          .set("context", report.context)
          .set("machine", Value()
                              .set("memory_total", report.machine.memory_total)
                              .set("memory_free", report.machine.memory_free)
                              .set("processors", report.machine.processors)
                              .set("isa", report.machine.isa)
                              .set("bandwidth", report.machine.bandwidth))
          .set("choices", std::move(choices)));
}

std::string speed(double value) {
  if (value <= 0) return "";
  char text[32];
  std::snprintf(text, sizeof(text), value < 10 ? "%.1f" : "%.0f", value);
  return text;
}

void show(Out& out, const ModelTarget& target, const FitReport& report) {
  const FitMachine& m = report.machine;
  std::string line = "this machine: " + format_bytes(m.memory_free) +
                     " free, " + std::to_string(m.processors) + " cores " +
                     m.isa;
  if (m.bandwidth > 0) {
    line += ", " + format_bytes(static_cast<std::uint64_t>(m.bandwidth)) + "/s";
  }
  out.text(target.name + ", context " + std::to_string(report.context));
  out.text(line);
  std::vector<Value> rows;
  for (const FitChoice& c : report.choices) {
    std::string remark = c.recommended ? "recommended" : "";
    if (c.current) remark += remark.empty() ? "this file" : ", this file";
    rows.push_back(
        Value()
            .set("type", c.type)
            .set("file", (c.exact ? "" : "about ") + format_bytes(c.file_bytes))
            .set("weights+kv+work", format_bytes(c.total()))
            .set("fits", c.fits ? "yes" : "no")
            .set("est. tokens/s", speed(c.tokens_per_second))
            .set("remark", remark));
  }
  out.table(rows, {.id = "type",
                   .right = {"file", "weights+kv+work", "est. tokens/s"}});
}

Result<void> run(App& app, const Args& args) {
  const ModelTarget target = HUG_TRY(open_model_target(app, args));
  FitOptions options;
  options.gguf = target.gguf;
  options.source_name = target.repository_name;
  options.repository = target.repository;
  options.revision = target.commit;
  options.context = static_cast<std::uint64_t>(args.integer("ctx"));
  options.memory = args.bytes("memory");
  const FitReport report = HUG_TRY(fit(*target.files, options));
  Out& out = app.out();
  if (out.mode() == Mode::kJson) {
    show_json(out, target, report);
  } else {
    show(out, target, report);
  }
  return {};
}

}  // namespace

extern constexpr Command kFit{
    .name = "fit",
    .summary = "Show which sizes of a model run on this machine.",
    .details =
        "For each type of the quantizer: the size of the file, "
        "exact to the byte (\"about\" for a checkpoint that convert does not "
        "know), and the memory for weights, KV "
        "cache and work. Speeds are estimates from the memory's bandwidth.",
    .options = kOptions,
    .examples = kExamples,
    .see_also = kSee,
    .section = "Run",
    .run = run,
};
static_assert(well_formed(kFit));

}  // namespace hug::cli::cmd
