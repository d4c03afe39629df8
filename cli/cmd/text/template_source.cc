#include "cmd/text/template_source.h"

#include "cmd/text/text_target.h"

namespace hug::cli::cmd {

Result<std::string> read_text_file(const std::string& path) {
  if (path == "-") return read_standard_input();
  const auto source = HUG_TRY(open_file(path, FileAccess::kRead));
  if (source->size() > (std::uint64_t{1} << 28)) {
    return Error(Code::kLimit, "'" + path + "' is larger than 256 MiB");
  }
  std::string out(static_cast<std::size_t>(source->size()), '\0');
  HUG_TRY(source->read_at(0, std::as_writable_bytes(std::span(out))));
  return out;
}

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
        .hint("Name a .jinja file, or a model that was trained to chat.");
  }
  return out;
}

}  // namespace hug::cli::cmd
