// hug datasets
#include "cmd/catalog/search.h"

namespace hug::cli::cmd {

namespace {

constexpr std::string_view kSorts[] = {
    "created_at", "downloads", "last_modified", "likes", "trending_score"};

constexpr Option kDatasetId{.name = "dataset_id",
                            .kind = Kind::kPositional,
                            .value = "DATASET_ID",
                            .help = "The dataset, as owner/name.",
                            .required = true,
                            .complete = Complete::kRepo};

constexpr Option kSort{.name = "sort",
                       .kind = Kind::kValue,
                       .value = "KEY",
                       .help = "Order, largest or newest first.",
                       .choices = kSorts,
                       .complete = Complete::kChoices};

constexpr Option kListOptions[] = {
    kListRepo, kSearch,        kAuthor, kFilter,    kSort,         kLimit,
    kExpand,   kHumanReadable, kTree,   kRecursive, kListRevision,
};
constexpr Option kInfoOptions[] = {kDatasetId, kRevision, kExpand};
constexpr Option kCardOptions[] = {kDatasetId, kMetadata, kCardText};
constexpr Option kLeaderboardOptions[] = {
    kDatasetId,
    {.name = "limit",
     .kind = Kind::kValue,
     .type = Type::kInteger,
     .value = "N",
     .help = "Show at most so many.",
     .fallback = "20",
     .maximum = kMany},
};

constexpr Example kListExamples[] = {
    {"hug datasets ls --sort downloads --limit 10"},
    {"hug datasets ls acme/prose -R", "the files of one dataset"},
};
constexpr Example kInfoExamples[] = {{"hug datasets info acme/prose"}};
constexpr Example kCardExamples[] = {{"hug datasets card acme/prose --text"}};
constexpr Example kLeaderboardExamples[] = {
    {"hug datasets leaderboard acme/bench --limit 5"},
};

Result<void> list(App& app, const Args& args) {
  return search_or_list(app, args, RepoType::kDataset);
}

Result<void> leaderboard(App& app, const Args& args) {
  const RepoId repo =
      HUG_TRY(parse_repo_id(args.text("dataset_id"), RepoType::kDataset));
  Hub* hub = HUG_TRY(app.hub());
  const ApiAnswer answer = HUG_TRY(call_api(
      *hub, {.path = "/api/datasets/" + repo.full() + "/leaderboard"}));
  const Value board = HUG_TRY(Value::parse(answer.body));
  const auto limit = static_cast<std::size_t>(args.integer("limit"));
  std::vector<Value> rows;
  for (const Value& entry : board.items()) {
    if (rows.size() >= limit) break;
    Value row;
    row.set("rank", entry["rank"]);
    row.set("model_id", entry["modelId"]);
    row.set("value", entry["value"]);
    for (const std::string_view key :
         {"filename", "verified", "source", "author", "notes"}) {
      row.set(key, entry[key]);
    }
    row.set("pull_request", entry["pullRequest"]);
    rows.push_back(row.without_nulls());
  }
  app.out().table(rows, {.columns = {"rank", "model_id", "value", "source"},
                         .id = "model_id"});
  return {};
}

constexpr Command kLeaderboard{
    .name = "leaderboard",
    .summary = "List the scores of models on a benchmark dataset.",
    .options = kLeaderboardOptions,
    .examples = kLeaderboardExamples,
    .run = leaderboard,
};
static_assert(well_formed(kLeaderboard));

Result<void> info(App& app, const Args& args) {
  return show_info(app, args, RepoType::kDataset, "dataset_id");
}

Result<void> card(App& app, const Args& args) {
  return show_card(app, args, RepoType::kDataset, "dataset_id");
}

constexpr Command kList{
    .name = "list",
    .aliases = kListAliases,
    .summary = "Search datasets, or list the files of one.",
    .options = kListOptions,
    .examples = kListExamples,
    .run = list,
};
static_assert(well_formed(kList));

constexpr Command kInfo{
    .name = "info",
    .summary = "Show what the hub knows about a dataset.",
    .options = kInfoOptions,
    .examples = kInfoExamples,
    .run = info,
};
static_assert(well_formed(kInfo));

constexpr Command kCard{
    .name = "card",
    .summary = "Print the card (README) of a dataset.",
    .options = kCardOptions,
    .examples = kCardExamples,
    .run = card,
};
static_assert(well_formed(kCard));

constexpr const Command* kChildren[] = {&kList, &kInfo, &kCard, &kLeaderboard};

}  // namespace

extern constexpr Command kDatasets{
    .name = "datasets",
    .summary = "Search datasets and look at them.",
    .children = kChildren,
    .section = "Get",
};
static_assert(well_formed(kDatasets));

}  // namespace hug::cli::cmd
