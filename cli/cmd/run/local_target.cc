#include "cmd/run/local_target.h"

#include "hug/target.h"

namespace hug::cli::cmd {

namespace {

ModelOptions model_options(const App& app, const Args& args) {
  ModelOptions out;
  out.isa = app.environment("HUG_ISA");
  out.threads = static_cast<unsigned>(args.integer("threads"));
  out.quantize = args.text("quantize");
  out.reference = args.flag("ref");
  const std::string load = args.text("load");
  out.memory = load == "mmap"          ? WeightMemory::kMapped
               : load == "large-pages" ? WeightMemory::kLargePages
               : load == "lock"        ? WeightMemory::kLocked
                                       : WeightMemory::kAuto;
  return out;
}

Result<LocalTarget> load_gguf(const App& app, const Target& target,
                              const GgufChoice& choice, const Args& args) {
  std::string path = HUG_TRY(target.fetch(choice.files));
  const TargetFile* file = target.find(choice.files.front());
  if (file != nullptr && !file->local_path.empty()) path = file->local_path;
  std::vector<ByteSourcePtr> parts;
  for (const std::string& name : choice.files)
    parts.push_back(HUG_TRY(target.open(name)));
  LocalModel model = HUG_TRY(LocalModel::load(parts, model_options(app, args)));
  ModelText text = HUG_TRY(read_model_text(*file_set_of(parts.front())));
  return LocalTarget{target.name(), std::move(path), std::move(model),
                     std::move(text)};
}

// What of a checkpoint is needed to run it: the small files, and the weights
// in one of their forms.
std::vector<std::string> checkpoint_files(const Target& target) {
  std::vector<std::string> out = {"config.json"};
  bool has_safetensors = false;
  for (const TargetFile& file : target.files())
    has_safetensors = has_safetensors || file.path.ends_with(".safetensors");
  for (const TargetFile& file : target.files()) {
    const std::string& path = file.path;
    const bool in_folder = path.find('/') != std::string::npos;
    const bool is_small = path.ends_with(".json") || path.ends_with(".jinja") ||
                          path.ends_with(".model") || path.ends_with(".txt");
    const bool is_weights =
        !in_folder && (has_safetensors ? path.ends_with(".safetensors")
                                       : path.ends_with(".bin"));
    if ((is_small || is_weights) && path != "config.json") out.push_back(path);
  }
  return out;
}

Result<LocalTarget> load_checkpoint(App& app, const Target& target,
                                    const Args& args) {
  constexpr std::string_view kConfig = "config.json";
  std::string path = HUG_TRY(target.fetch(checkpoint_files(target)));
  if (path.ends_with(kConfig)) path.resize(path.size() - kConfig.size());
  const FileSetPtr files = target.file_set();
  LocalModel model = HUG_TRY(LocalModel::load(*files, model_options(app, args)));
  for (const std::string& warning : model.warnings())
    app.out().warning(warning);
  ModelText text = HUG_TRY(read_model_text(*files));
  return LocalTarget{target.name(), std::move(path), std::move(model),
                     std::move(text)};
}

}  // namespace

Result<LocalTarget> load_local_target(App& app, const Args& args) {
  return load_local_target(app, args, args.text("target"));
}

Result<LocalTarget> load_local_target(App& app, const Args& args,
                                      const std::string& name) {
  Hub* hub = HUG_TRY(app.hub());
  TargetOptions options;
  options.revision = args.text("revision");
  const Target target = HUG_TRY(resolve_target(*hub, name, options));
  const auto choice = target.gguf();
  if (choice) return load_gguf(app, target, *choice, args);
  if (target.find("config.json") == nullptr || !target.tag().empty())
    return choice.error();
  return load_checkpoint(app, target, args);
}

}  // namespace hug::cli::cmd
