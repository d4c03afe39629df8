// hug hub
#include "spec/command.h"

namespace hug::cli::cmd {

extern const Command kHubFsck;
extern const Command kHubGc;
extern const Command kHubServe;
extern const Command kHubToken;
extern const Command kHubUser;

namespace {

constexpr const Command* kChildren[] = {&kHubServe, &kHubUser, &kHubToken,
                                        &kHubFsck, &kHubGc};

}  // namespace

extern constexpr Command kHub{
    .name = "hub",
    .summary = "A hub of your own: serve it, its users, its upkeep.",
    .details =
        "A hub is a directory: repositories as bare git, large files by their "
        "hash. Any command works on one without a server when given "
        "--endpoint file:DIR.",
    .children = kChildren,
    .section = "Serve",
};
static_assert(well_formed(kHub));

}  // namespace hug::cli::cmd
