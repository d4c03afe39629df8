#include "cmd/hub/directory.h"

namespace hug::cli::cmd {

Result<std::string> hub_dir(App& app, const Args& args) {
  if (args.has("dir")) {
    std::string dir = args.text("dir");
    if (dir.empty()) return Error(Code::kUsage, "the value of --dir is empty");
    return dir;
  }
  Context* context = HUG_TRY(app.context());
  return HubDirectory::default_dir(*context);
}

Result<HubDirectory> open_hub(App& app, const Args& args,
                              HubDirectory::Open how) {
  Context* context = HUG_TRY(app.context());
  return HubDirectory::open(*context, HUG_TRY(hub_dir(app, args)), how);
}

}  // namespace hug::cli::cmd
