#include "cmd/run/local_target.h"

#include "hug/target.h"

namespace hug::cli::cmd {

namespace {

// What a command gives to the model.
enum class Input : std::uint8_t { kText, kIds };

ModelOptions model_options(const App& app, const Args& args, Input input) {
  ModelOptions out;
  out.cancel = app.stop();
  out.tokenizer = input == Input::kText;
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
                              const GgufChoice& choice, const Args& args,
                              Input input) {
  std::string path = HUG_TRY(target.fetch(choice.files));
  const TargetFile* file = target.find(choice.files.front());
  if (file != nullptr && !file->local_path.empty()) path = file->local_path;
  std::vector<ByteSourcePtr> parts;
  for (const std::string& name : choice.files)
    parts.push_back(HUG_TRY(target.open(name)));
  LocalModel model =
      HUG_TRY(LocalModel::load(parts, model_options(app, args, input)));
  return LocalTarget{target.name(), std::move(path), std::move(model)};
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
                                    const Args& args, Input input) {
  constexpr std::string_view kConfig = "config.json";
  std::string path = HUG_TRY(target.fetch(checkpoint_files(target)));
  if (path.ends_with(kConfig)) path.resize(path.size() - kConfig.size());
  const FileSetPtr files = target.file_set();
  LocalModel model =
      HUG_TRY(LocalModel::load(*files, model_options(app, args, input)));
  for (const std::string& warning : model.warnings())
    app.out().warning(warning);
  return LocalTarget{target.name(), std::move(path), std::move(model)};
}

// A broken model says nothing about what to do with it.
Result<LocalTarget> with_hint(Result<LocalTarget> loaded,
                              const std::string& name) {
  if (loaded || loaded.error().code() != Code::kCorrupt ||
      !loaded.error().hint().empty())
    return loaded;
  return std::move(loaded).error().hint("see what 'hug inspect " + name +
                                        " --check' says, or get it again");
}

Result<LocalTarget> load_target(App& app, const Args& args,
                                const std::string& name, Input input) {
  Hub* hub = HUG_TRY(app.hub());
  TargetOptions options;
  options.revision = args.text("revision");
  const Target target = HUG_TRY(resolve_target(*hub, name, options));
  const auto choice = target.gguf();
  if (choice)
    return with_hint(load_gguf(app, target, *choice, args, input), name);
  if (target.find("config.json") == nullptr || !target.tag().empty())
    return choice.error();
  return with_hint(load_checkpoint(app, target, args, input), name);
}

}  // namespace

Result<LocalTarget> load_local_target(App& app, const Args& args) {
  return load_local_target(app, args, args.text("target"));
}

Result<LocalTarget> load_local_target(App& app, const Args& args,
                                      const std::string& name) {
  return load_target(app, args, name, Input::kText);
}

Result<LocalTarget> load_target_of_ids(App& app, const Args& args) {
  return load_target(app, args, args.text("target"), Input::kIds);
}

}  // namespace hug::cli::cmd
