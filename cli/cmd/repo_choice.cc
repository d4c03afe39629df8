#include "cmd/repo_choice.h"

namespace hug::cli::cmd {

namespace {

Result<RepoChoice> from_uri(App& app, const Args& args,
                            const std::string& text) {
  for (const std::string_view name : {"type", "revision"}) {
    if (args.has(name)) {
      return Error(Code::kUsage, "'--" + std::string(name) +
                                     "' cannot be used with the URI '" + text +
                                     "'");
    }
  }
  Hub* hub = HUG_TRY(app.hub());
  HubUri uri = HUG_TRY(parse_hub_uri(text, hub->endpoint()));
  if (uri.bucket) {
    return Error(Code::kUnsupported, "'" + text + "' is a bucket")
        .hint("name a model, dataset or space");
  }
  return RepoChoice{.repo = std::move(uri.repo),
                    .revision = std::move(uri.revision),
                    .path = std::move(uri.path),
                    .folder = uri.folder};
}

}  // namespace

Result<RepoChoice> choose_repo(App& app, const Args& args,
                               std::string_view name) {
  const std::string text = args.text(name);
  if (is_hub_uri(text)) return from_uri(app, args, text);
  std::optional<RepoType> type;
  if (args.has("type")) type = HUG_TRY(parse_repo_type(args.text("type")));
  return RepoChoice{.repo = HUG_TRY(parse_repo_id(text, type)),
                    .revision = args.text("revision")};
}

std::string type_text(const RepoId& repo) {
  return std::string(repo_type_name(repo.type));
}

}  // namespace hug::cli::cmd
