// hug convert
#include "hug/convert.h"

#include <algorithm>

#include "app/app.h"
#include "cmd/options.h"
#include "hug/target.h"
#include "hug/text.h"

namespace hug::cli::cmd {

namespace {

constexpr std::string_view kTargets[] = {"gguf", "safetensors"};

constexpr Option kOptions[] = {
    {.name = "source",
     .kind = Kind::kPositional,
     .value = "SRC",
     .help = "A folder, a gguf file, hf://... or owner/name.",
     .complete = Complete::kModel},
    {.name = "output",
     .letter = 'o',
     .kind = Kind::kValue,
     .type = Type::kPath,
     .value = "OUT",
     .help = "The gguf file, or the folder for safetensors; named after the "
             "model when not given.",
     .complete = Complete::kFile},
    {.name = "type",
     .letter = 't',
     .kind = Kind::kValue,
     .value = "TYPE",
     .help = "auto, f32, f16, bf16, or any type of quantize (q8_0, q4_k_m "
             "...), applied in the same pass.",
     .fallback = "auto"},
    {.name = "to",
     .kind = Kind::kValue,
     .value = "FORMAT",
     .help = "gguf or safetensors; gguf unless the source is one.",
     .choices = kTargets,
     .complete = Complete::kChoices},
    {.name = "plain",
     .help = "Write exactly the file of the reference converter, without keys "
             "of our own."},
    {.name = "pre",
     .kind = Kind::kValue,
     .value = "NAME",
     .help = "The pre-tokenizer, where it is not recognised."},
    {.name = "name",
     .kind = Kind::kValue,
     .value = "NAME",
     .help = "general.name of the model."},
    {.name = "set",
     .kind = Kind::kValue,
     .value = "KEY=VALUE",
     .help = "Replace a general.* value.",
     .many = true},
    {.name = "shard-size",
     .kind = Kind::kValue,
     .type = Type::kBytes,
     .value = "SIZE",
     .help = "Largest safetensors file.",
     .fallback = "5G"},
    {.name = "threads",
     .kind = Kind::kValue,
     .type = Type::kInteger,
     .value = "N",
     .help = "Threads; all processors when 0.",
     .fallback = "0",
     .maximum = 1024,
     .env = "HUG_THREADS"},
    {.name = "restart", .help = "Forget what an interrupted run left."},
    {.name = "list", .help = "List the model classes that can be converted."},
    kRevision,
};

constexpr Example kExamples[] = {
    {"hug convert ./SmolLM2-135M -o smollm2.gguf"},
    {"hug convert Qwen/Qwen3-0.6B -o qwen3.gguf --type q4_k_m",
     "straight from the hub, quantized on the way"},
    {"hug convert model.gguf -o ./model --to safetensors --type bf16"},
    {"hug convert ./old-checkpoint -o ./new --to safetensors", "from PyTorch"},
};

constexpr std::string_view kSeeAlso[] = {"quantize", "inspect", "download"};

Result<ConvertOptions> options_of(const Args& args, const Target& target) {
  ConvertOptions out;
  out.type = args.text("type");
  out.plain = args.flag("plain");
  out.pre = args.text("pre");
  out.model_name = args.text("name");
  out.threads = static_cast<unsigned>(args.integer("threads"));
  out.max_shard_bytes = args.bytes("shard-size");
  out.restart = args.flag("restart");
  if (target.remote()) {
    out.source_name = target.repo().name;
    out.repository = target.repo().full();
    out.revision = target.commit();
  }
  for (const std::string& pair : args.list("set")) {
    const auto equals = pair.find('=');
    if (equals == std::string::npos || !pair.starts_with("general."))
      return Error(Code::kUsage, "'" + pair + "' is not general.KEY=VALUE");
    out.metadata[pair.substr(0, equals)] = pair.substr(equals + 1);
  }
  return out;
}

bool is_gguf(const Target& target) {
  if (target.kind() == Target::Kind::kFile)
    return target.files().front().path.ends_with(".gguf");
  return !target.tag().empty() ||
         (target.find("config.json") == nullptr && target.gguf().has_value());
}

// "SmolLM2-135M" + "q4_k_m": SmolLM2-135M-Q4_K_M.gguf, in this folder.
std::string default_output(const Target& target, const std::string& type,
                           bool gguf) {
  std::string name = target.remote() ? target.repo().name : target.name();
  while (name.size() > 1 && name.ends_with('/'))
    name.pop_back();
  if (const auto slash = name.rfind('/'); slash != std::string::npos)
    name.erase(0, slash + 1);
  if (name.ends_with(".gguf")) name.resize(name.size() - 5);
  if (name.empty() || name == "." || name == "..") name = "model";
  if (!gguf) return name + "-safetensors";
  if (type != "auto") {
    name += '-';
    for (const char c : type)
      name += c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
  }
  return name + ".gguf";
}

Result<ConvertReport> convert(App& app, const Args& args,
                              const Target& target) {
  Context* context = HUG_TRY(app.context());
  const ConvertOptions options = HUG_TRY(options_of(args, target));
  const bool from_gguf = is_gguf(target);
  std::string output = args.text("output");
  std::string to = args.text("to");
  if (to.empty())
    to = from_gguf || (!output.empty() && output.ends_with('/')) ? "safetensors"
                                                                 : "gguf";
  if (output.empty())
    output = default_output(target, options.type, to == "gguf");
  if (from_gguf) {
    if (to == "gguf")
      return Error(Code::kUsage, "'" + target.name() + "' is gguf already")
          .hint("use quantize to change its types");
    std::vector<ByteSourcePtr> files;
    for (const std::string& file : HUG_TRY(target.gguf()).files)
      files.push_back(HUG_TRY(target.open(file)));
    return convert_to_safetensors(*context, files, output, options);
  }
  const FileSetPtr files = target.file_set();
  if (to == "gguf") return convert_to_gguf(*context, *files, output, options);
  return rewrite_safetensors(*context, *files, output, options);
}

Result<void> run(App& app, const Args& args) {
  if (args.flag("list")) {
    auto classes = convertible_classes();
    std::sort(classes.begin(), classes.end());
    for (const std::string& name : classes)
      app.out().line(name);
    return {};
  }
  if (!args.has("source"))
    return Error(Code::kUsage, "missing argument 'SRC'")
        .hint("name a folder or repository with config.json and weights");
  Hub* hub = HUG_TRY(app.hub());
  TargetOptions target_options;
  target_options.revision = args.text("revision");
  const Target target =
      HUG_TRY(resolve_target(*hub, args.text("source"), target_options));
  const ConvertReport report = HUG_TRY(convert(app, args, target));
  for (const std::string& text : report.warnings)
    app.out().warning(text);
  app.out().result("Converted", {{"path", report.outputs.front()},
                                 {"type", report.type},
                                 {"tensors", report.n_tensors},
                                 {"parameters", report.n_parameters},
                                 {"bytes", report.bytes},
                                 {"size", format_bytes(report.bytes)}});
  return {};
}

}  // namespace

extern constexpr Command kConvert{
    .name = "convert",
    .summary = "Turn a checkpoint into gguf, or back.",
    .details =
        "Reads safetensors or PyTorch weights tensor by tensor, also straight "
        "from a hub, and writes one gguf file in a single pass; with a "
        "quantized type the weights are quantized on the way. Under its name "
        "the file appears complete or not at all; an interrupted run goes on "
        "where it was.\n\n"
        "Keys that begin with hug. say where the model came from and what the "
        "format has no place for; --plain leaves them out.",
    .options = kOptions,
    .examples = kExamples,
    .see_also = kSeeAlso,
    .section = "Make",
    .run = run,
};
static_assert(well_formed(kConvert));

}  // namespace hug::cli::cmd
