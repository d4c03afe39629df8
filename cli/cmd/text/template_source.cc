#include "cmd/text/template_source.h"

#include "cmd/text/text_target.h"
#include "cmd/text_input.h"

namespace hug::cli::cmd {

Result<ModelText> open_templates(App& app, const Args& args) {
  const std::string target = args.text("target");
  if (target.ends_with(".jinja")) {
    ModelText out;
    out.templates.push_back({"default", HUG_TRY(read_text_file(target))});
    return out;
  }
  const auto files = HUG_TRY(open_text_target(app, args));
  ModelText out = HUG_TRY(read_model_text(*files));
  if (out.templates.empty()) {
    return Error(Code::kNotFound, files->name() + " has no chat template")
        .hint("name a .jinja file, or a model that was trained to chat");
  }
  return out;
}

}  // namespace hug::cli::cmd
