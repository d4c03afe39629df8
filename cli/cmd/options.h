// Options that many commands share, worded once.
#pragma once

#include "spec/command.h"

namespace hug::cli::cmd {

inline constexpr std::string_view kRepoTypes[] = {"model", "dataset", "space",
                                                  "kernel"};

inline constexpr Option kRepoId{
    .name = "repo_id",
    .kind = Kind::kPositional,
    .value = "REPO_ID",
    .help = "Repository, as owner/name, datasets/owner/name or hf://...",
    .required = true,
    .complete = Complete::kRepo};

inline constexpr Option kFromId{.name = "from_id",
                                .kind = Kind::kPositional,
                                .value = "FROM_ID",
                                .help = "Repository as it is named now.",
                                .required = true,
                                .complete = Complete::kRepo};

inline constexpr Option kType{.name = "type",
                              .also = "repo-type",
                              .kind = Kind::kValue,
                              .value = "TYPE",
                              .help = "Kind of repository.",
                              .choices = kRepoTypes,
                              .fallback = "model",
                              .complete = Complete::kChoices};

inline constexpr Option kRevision{.name = "revision",
                                  .kind = Kind::kValue,
                                  .value = "REV",
                                  .help = "Branch, tag or commit.",
                                  .complete = Complete::kRevision};

inline constexpr Option kInclude{
    .name = "include",
    .kind = Kind::kValue,
    .value = "PATTERN",
    .help = "Only files that match; '*' crosses '/'.",
    .many = true};

inline constexpr Option kExclude{
    .name = "exclude",
    .kind = Kind::kValue,
    .value = "PATTERN",
    .help = "No files that match; wins over --include.",
    .many = true};

inline constexpr Option kCacheDir{.name = "cache-dir",
                                  .kind = Kind::kValue,
                                  .type = Type::kPath,
                                  .value = "DIR",
                                  .help = "Cache to use instead of the usual.",
                                  .complete = Complete::kFolder};

inline constexpr Option kYes{
    .name = "yes", .letter = 'y', .help = "Do not ask for confirmation."};

inline constexpr Option kDryRun{
    .name = "dry-run",
    .help = "Show what would be done, and do nothing.",
    .negation = true};

inline constexpr Option kExistOk{.name = "exist-ok",
                                 .help = "No error when it exists already.",
                                 .negation = true};

inline constexpr Option kMissingOk{.name = "missing-ok",
                                   .help = "No error when it does not exist.",
                                   .negation = true};

inline constexpr Option kPrivate{
    .name = "private", .help = "Only its owner may see it.", .negation = true};
inline constexpr Option kPublic{.name = "public",
                                .help = "Everybody may see it."};
inline constexpr Option kProtected{
    .name = "protected",
    .help = "Of spaces: everybody may use it, nobody may see its files."};

inline constexpr Option kCommitMessage{.name = "commit-message",
                                       .kind = Kind::kValue,
                                       .value = "TEXT",
                                       .help = "First line of the commit."};
inline constexpr Option kCommitDescription{
    .name = "commit-description",
    .kind = Kind::kValue,
    .value = "TEXT",
    .help = "Description of the commit."};
inline constexpr Option kCreatePr{
    .name = "create-pr",
    .help = "Open a pull request instead of changing the branch.",
    .negation = true};

inline constexpr Option kSearch{.name = "search",
                                .kind = Kind::kValue,
                                .value = "TEXT",
                                .help = "Only names that contain this."};

inline constexpr Option kLimit{.name = "limit",
                               .kind = Kind::kValue,
                               .type = Type::kInteger,
                               .value = "N",
                               .help = "Show at most so many; 0 is all.",
                               .fallback = "30",
                               .maximum = kMany};

inline constexpr Words kNoWords{};
inline constexpr std::string_view kListAliases[] = {"ls"};

}  // namespace hug::cli::cmd
