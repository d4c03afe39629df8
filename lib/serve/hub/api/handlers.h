// Every handler of the API, by the file it is in. Routes are in routes.cc.
#pragma once

#include <string>
#include <vector>

#include "hub/api/exchange.h"

namespace hug::hub {

using Rest = std::vector<std::string>;

// account.cc
Reply whoami(Exchange& x);
Reply user_overview(Exchange& x, const Rest& rest);
/// Of the caller, or of an organization.
Reply list_own_repos(Exchange& x, std::string_view organization);
Reply organization_page(Exchange& x, const Rest& rest);
Reply validate_yaml(Exchange& x);

// repos.cc
Reply create_repo(Exchange& x);
Reply delete_repo(Exchange& x);
Reply move_repo(Exchange& x);
Reply change_settings(Exchange& x, const RepoTarget& repo, const Rest& rest);
Reply duplicate_repo(Exchange& x, const RepoTarget& repo, const Rest& rest);
Reply auth_check(Exchange& x, const RepoTarget& repo, const Rest& rest);
Reply like_repo(Exchange& x, const RepoTarget& repo, const Rest& rest);
Reply list_likers(Exchange& x, const RepoTarget& repo, const Rest& rest);
Reply access_request(Exchange& x, const RepoTarget& repo, const Rest& rest);

// info.cc
Reply list_repos(Exchange& x, RepoKind kind);
Reply repo_info(Exchange& x, const RepoTarget& repo, const Rest& rest);

// tree.cc
Reply list_tree(Exchange& x, const RepoTarget& repo, const Rest& rest);
Reply paths_info(Exchange& x, const RepoTarget& repo, const Rest& rest);
Reply tree_size(Exchange& x, const RepoTarget& repo, const Rest& rest);

// refs.cc
Reply list_refs(Exchange& x, const RepoTarget& repo, const Rest& rest);
Reply list_commits(Exchange& x, const RepoTarget& repo, const Rest& rest);
Reply create_branch(Exchange& x, const RepoTarget& repo, const Rest& rest);
Reply delete_branch(Exchange& x, const RepoTarget& repo, const Rest& rest);
Reply create_tag(Exchange& x, const RepoTarget& repo, const Rest& rest);
Reply delete_tag(Exchange& x, const RepoTarget& repo, const Rest& rest);
Reply super_squash(Exchange& x, const RepoTarget& repo, const Rest& rest);

// upload.cc
Reply preupload(Exchange& x, const RepoTarget& repo, const Rest& rest);
Reply commit(Exchange& x, const RepoTarget& repo, const Rest& rest);
/// After the head of a commit request: where its body goes.
Result<void> begin_commit(Exchange& x, const RepoTarget& repo,
                          const Rest& rest);

// lfs.cc
Reply lfs_batch(Exchange& x, const RepoTarget& repo);
Reply lfs_verify(Exchange& x, const RepoTarget& repo);
Reply lfs_locks(Exchange& x, const RepoTarget& repo);
Reply list_lfs_files(Exchange& x, const RepoTarget& repo, const Rest& rest);
Reply duplicate_lfs_files(Exchange& x, const RepoTarget& repo,
                          const Rest& rest);
// lfs_transfer.cc: PUT, GET and POST below /lfs/, the signed URLs.
Reply lfs_transfer(Exchange& x, const Rest& rest);
Result<void> begin_lfs_transfer(Exchange& x, const Rest& rest);

// files.cc
enum class FileView { kResolve, kRaw };
Reply serve_repo_file(Exchange& x, const RepoTarget& repo, const Rest& rest,
                      FileView view);

// discussions.cc
Reply list_discussions(Exchange& x, const RepoTarget& repo, const Rest& rest);
Reply create_discussion(Exchange& x, const RepoTarget& repo, const Rest& rest);
Reply read_discussion(Exchange& x, const RepoTarget& repo, const Rest& rest);
Reply change_discussion(Exchange& x, const RepoTarget& repo, const Rest& rest);

/// No Xet storage here: 404, saying how uploads go on.
Reply no_xet(Exchange& x, const RepoTarget& repo, const Rest& rest);

}  // namespace hug::hub
