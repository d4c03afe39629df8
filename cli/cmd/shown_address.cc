#include "cmd/shown_address.h"

#include "app/app.h"

namespace hug::cli::cmd {

std::string shown_address(const Args& args, const std::string& page,
                          const RepoId& repo, const std::string& revision) {
  const std::string endpoint =
      args.maybe("endpoint").value_or(App::environment("HF_ENDPOINT"));
  if (!endpoint.starts_with("file:")) return page;
  return format_hub_uri({.repo = repo, .revision = revision});
}

}  // namespace hug::cli::cmd
