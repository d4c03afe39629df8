// hug repos
#include "spec/command.h"

namespace hug::cli::cmd {

extern const Command kReposBranch;
extern const Command kReposCp;
extern const Command kReposCreate;
extern const Command kReposDelete;
extern const Command kReposDeleteFiles;
extern const Command kReposDuplicate;
extern const Command kReposList;
extern const Command kReposMove;
extern const Command kReposSettings;
extern const Command kReposTag;

namespace {

constexpr const Command* kChildren[] = {
    &kReposCreate,   &kReposList,        &kReposDelete, &kReposMove,
    &kReposCp,       &kReposDeleteFiles, &kReposBranch, &kReposTag,
    &kReposSettings, &kReposDuplicate};

}  // namespace

extern constexpr Command kRepos{
    .name = "repos",
    .summary = "Create, change, list and delete repositories.",
    .children = kChildren,
    .section = "Share",
};
static_assert(well_formed(kRepos));

}  // namespace hug::cli::cmd
