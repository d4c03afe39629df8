#include "cmd/text/text_target.h"

#include "hug/target.h"

namespace hug::cli::cmd {

Result<FileSetPtr> open_text_target(App& app, const Args& args) {
  Hub* hub = HUG_TRY(app.hub());
  TargetOptions options;
  options.revision = args.text("revision");
  const Target target =
      HUG_TRY(resolve_target(*hub, args.text("target"), options));
  const bool plain = target.kind() != Target::Kind::kFile &&
                     target.tag().empty() &&
                     target.find("tokenizer.json") != nullptr;
  if (!plain) {
    const auto choice = target.gguf();
    if (choice) {
      return file_set_of(HUG_TRY(target.open(choice->files.front())));
    }
    if (!target.tag().empty()) return choice.error();
  }
  return target.file_set();
}

}  // namespace hug::cli::cmd
