// Which repository a command line names.
#pragma once

#include <string>

#include "app/app.h"
#include "hug/repo.h"
#include "spec/args.h"

namespace hug::cli::cmd {

struct RepoChoice {
  RepoId repo = {};
  std::string revision = {};  // of the URI or --revision
  std::string path = {};      // of the URI
  bool folder = false;        // the path ends in '/'
};

/// From the positional `name` and --type and --revision. A hf:// URI brings
/// all of them and may not be contradicted. Errors: kUsage.
Result<RepoChoice> choose_repo(App& app, const Args& args,
                               std::string_view name = "repo_id");

/// "model", from --type or the id.
std::string type_text(const RepoId& repo);

}  // namespace hug::cli::cmd
