#include "cmd/run/local_target.h"

#include "hug/target.h"

namespace hug::cli::cmd {

Result<LocalTarget> load_local_target(App& app, const Args& args) {
  Hub* hub = HUG_TRY(app.hub());
  TargetOptions options;
  options.revision = args.text("revision");
  const Target target =
      HUG_TRY(resolve_target(*hub, args.text("target"), options));
  const auto choice = target.gguf();
  if (!choice) {
    if (target.find("config.json") == nullptr) return choice.error();
    return Error(Code::kUnsupported,
                 "cannot run '" + target.name() + "': it has no gguf file")
        .hint("Convert it first: hug convert " + args.text("target") +
              " -o model.gguf --type q8_0");
  }
  if (choice->files.size() != 1) {
    return Error(Code::kUnsupported, "cannot run '" + target.name() +
                                         "': the model is in several parts")
        .hint("Put them together first: hug quantize " + choice->files.front() +
              " --type copy -o model.gguf");
  }
  if (target.remote()) {
    static_cast<void>(HUG_TRY(target.fetch(choice->files)));
  }
  const ByteSourcePtr source = HUG_TRY(target.open(choice->files.front()));
  ModelOptions model_options;
  model_options.threads = static_cast<unsigned>(args.integer("threads"));
  LocalModel model = HUG_TRY(LocalModel::load(source, model_options));
  ModelText text = HUG_TRY(read_model_text(*file_set_of(source)));
  return LocalTarget{target.name(), std::move(model), std::move(text)};
}

}  // namespace hug::cli::cmd
