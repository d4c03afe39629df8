// The directory that the hub commands work on.
#pragma once

#include "app/app.h"
#include "hug/hub_server.h"
#include "spec/command.h"

namespace hug::cli::cmd {

inline constexpr Option kHubDir{
    .name = "dir",
    .kind = Kind::kValue,
    .type = Type::kPath,
    .value = "DIR",
    .help = "The hub's directory; one in your data directory when not given.",
    .complete = Complete::kFolder,
    .env = "HUG_HUB_DIR"};

/// --dir, or the usual place.
Result<std::string> hub_dir(App& app, const Args& args);
Result<HubDirectory> open_hub(App& app, const Args& args,
                              HubDirectory::Open how);

}  // namespace hug::cli::cmd
