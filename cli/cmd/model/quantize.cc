// hug quantize
#include "hug/quantize.h"

#include <cmath>

#include "app/app.h"
#include "cmd/model/quantize_options.h"
#include "hug/target.h"
#include "hug/text.h"

namespace hug::cli::cmd {

namespace {

constexpr Example kExamples[] = {
    {"hug quantize model-f16.gguf --type q4_k_m"},
    {"hug quantize model-f16.gguf --type q4_k_m --imatrix imatrix.gguf",
     "bits go where they matter"},
    {"hug quantize model-f16.gguf --type q4_k_m --type-for 'attn_v=q8_0'"},
    {"hug quantize model-f16.gguf --type q6_k --dry-run",
     "what each tensor would become"},
};

/// "dir/model-f16.gguf" becomes "dir/model-Q4_K_M.gguf".
std::string default_output(const std::string& input, bool here,
                           std::string_view type) {
  const auto slash = input.rfind('/');
  const std::string folder =
      here || slash == std::string::npos ? "" : input.substr(0, slash + 1);
  std::string stem =
      slash == std::string::npos ? input : input.substr(slash + 1);
  if (stem.ends_with(".gguf")) stem.resize(stem.size() - 5);
  if (const auto part = stem.rfind("-00001-of-"); part != std::string::npos)
    stem.resize(part);
  const std::string quant = gguf_quant_of(stem + ".gguf");
  if (!quant.empty() && stem.size() > quant.size() + 1)
    stem.resize(stem.size() - quant.size() - 1);
  return folder + stem + "-" + std::string(type) + ".gguf";
}

/// A local file is read, not mapped: pages of a mapping would count as memory.
Result<ByteSourcePtr> open_part(const Target& target, const std::string& path) {
  const TargetFile* file = target.find(path);
  if (file != nullptr && !file->local_path.empty())
    return open_file(file->local_path, FileAccess::kRead);
  return target.open(path);
}

Value tensor_row(const QuantizedTensor& t) {
  std::string shape;
  std::size_t used = 4;
  while (used > 1 && t.shape[used - 1] == 1)
    --used;
  for (std::size_t i = 0; i < used; ++i)
    shape += (i == 0 ? "" : "x") + std::to_string(t.shape[i]);
  Value row;
  row.set("name", t.name).set("shape", shape);
  row.set("from", t.from).set("to", t.to);
  row.set("bytes", t.bytes_to);
  std::string note = t.fell_back ? "rows do not fit the type asked for" : "";
  if (t.importance) note += note.empty() ? "imatrix" : ", imatrix";
  row.set("note", note);
  return row;
}

double bits_per_weight(const Quantization& job) {
  double weights = 0;
  for (const QuantizedTensor& t : job.tensors()) {
    double n = 1;
    for (const std::uint64_t dim : t.shape)
      n *= static_cast<double>(dim);
    weights += n;
  }
  return weights == 0 ? 0 : 8.0 * static_cast<double>(job.bytes_to()) / weights;
}

void show_plan(Out& out, const Quantization& job, const std::string& output) {
  std::vector<Value> rows;
  for (const QuantizedTensor& t : job.tensors())
    rows.push_back(tensor_row(t));
  out.table(rows, {.columns = {"name", "shape", "from", "to", "bytes", "note"},
                   .id = "name"});
  std::uint64_t total = 0;
  for (const std::uint64_t bytes : job.file_bytes())
    total += bytes;
  char bits[16];
  std::snprintf(bits, sizeof bits, "%.2f", bits_per_weight(job));
  out.text("[dry-run] Would write " + job.file_names(output).front() + ": " +
           std::to_string(total) + " bytes, " + bits + " bits per weight.");
}

constexpr std::string_view kSeeAlso[] = {"convert", "fit", "inspect"};

Result<void> run(App& app, const Args& args) {
  QuantizeOptions options = HUG_TRY(quantize_options(args));
  Hub* hub = HUG_TRY(app.hub());
  const Target target = HUG_TRY(resolve_target(*hub, args.text("target"), {}));
  const GgufChoice choice = HUG_TRY(target.gguf());
  const auto open = [&](const std::string& path) {
    return open_part(target, path);
  };
  auto job = HUG_TRY(Quantization::open(choice.files.front(), open, options));
  for (const std::string& text : job.warnings())
    app.out().warning(text);
  std::string type = options.type;
  for (const FileTypeName& known : list_file_types())
    if (known.name.size() == type.size() && upper(type) == known.name)
      type = std::string(known.name);
  const TargetFile* first = target.find(choice.files.front());
  const bool here =
      first == nullptr || first->local_path.empty() || target.remote();
  const std::string source = here ? choice.files.front() : first->local_path;
  const std::string output = args.has("output")
                                 ? args.text("output")
                                 : default_output(source, here, type);
  if (args.flag("dry-run")) {
    show_plan(app.out(), job, output);
    return {};
  }
  Context* context = HUG_TRY(app.context());
  const QuantizeReport report = HUG_TRY(job.run(*context, output));
  app.out().result("Quantized",
                   {{"path", report.files.front()},
                    {"bytes", report.bytes},
                    {"size", format_bytes(report.bytes)},
                    {"seconds", std::round(report.seconds * 1000) / 1000}});
  return {};
}

}  // namespace

extern constexpr Command kQuantize{
    .name = "quantize",
    .summary = "Make a GGUF model smaller.",
    .details =
        "Reads a GGUF file (or a repository's, by ranges), gives every tensor "
        "the type that the recipe of TYPE has for it, and writes a new file. "
        "Recipes and bytes are those of llama.cpp's quantizer.\n\n"
        "The file appears complete or not at all. A run that was killed is "
        "continued by the next one with the same input and options.",
    .options = kQuantizeOptions,
    .examples = kExamples,
    .see_also = kSeeAlso,
    .section = "Make",
    .run = run,
};
static_assert(well_formed(kQuantize));

}  // namespace hug::cli::cmd
