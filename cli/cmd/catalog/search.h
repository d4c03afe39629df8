// list, info and card, which models, datasets and spaces have in common.
#pragma once

#include <utility>
#include <vector>

#include "app/app.h"
#include "cmd/options.h"
#include "hug/repo.h"

namespace hug::cli::cmd {

inline constexpr Option kListRepo{
    .name = "repo_id",
    .kind = Kind::kPositional,
    .value = "REPO_ID",
    .help = "Repository whose files to list; lists repositories without it.",
    .complete = Complete::kRepo};
inline constexpr Option kAuthor{.name = "author",
                                .kind = Kind::kValue,
                                .value = "NAME",
                                .help = "Only of this user or organization."};
inline constexpr Option kFilter{.name = "filter",
                                .kind = Kind::kValue,
                                .value = "TAG",
                                .help = "Only with this tag.",
                                .many = true};
inline constexpr Option kExpand{
    .name = "expand",
    .kind = Kind::kValue,
    .value = "NAMES",
    .help = "Only these properties, separated by commas."};
inline constexpr std::string_view kOfFiles = "Of file listings";
inline constexpr Option kHumanReadable{.name = "human-readable",
                                       .letter = 'h',
                                       .help = "Sizes in KB, MB and so on.",
                                       .group = kOfFiles};
inline constexpr Option kTree{
    .name = "tree", .help = "As a tree.", .group = kOfFiles};
inline constexpr Option kRecursive{.name = "recursive",
                                   .letter = 'R',
                                   .help = "Folders too.",
                                   .group = kOfFiles};
inline constexpr Option kListRevision{.name = "revision",
                                      .kind = Kind::kValue,
                                      .value = "REV",
                                      .help = "Branch, tag or commit.",
                                      .complete = Complete::kRevision,
                                      .group = kOfFiles};

inline constexpr Option kMetadata{.name = "metadata",
                                  .help = "Only the metadata, as JSON."};
inline constexpr Option kCardText{
    .name = "text", .help = "Only the text, without the metadata."};

/// Lists repositories, or the files of one. `extra` are further query
/// parameters for the search.
Result<void> search_or_list(
    App& app, const Args& args, RepoType type,
    std::vector<std::pair<std::string, std::string>> extra = {});

/// The argument is the positional `id`.
Result<void> show_info(App& app, const Args& args, RepoType type,
                       std::string_view id);
Result<void> show_card(App& app, const Args& args, RepoType type,
                       std::string_view id);

}  // namespace hug::cli::cmd
