// hug spaces
#include "cmd/catalog/search.h"

namespace hug::cli::cmd {

namespace {

constexpr std::string_view kSorts[] = {"created_at", "last_modified", "likes",
                                       "trending_score"};

constexpr Option kSpaceId{.name = "space_id",
                          .kind = Kind::kPositional,
                          .value = "SPACE_ID",
                          .help = "The space, as owner/name.",
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
constexpr Option kInfoOptions[] = {kSpaceId, kRevision, kExpand};
constexpr Option kCardOptions[] = {kSpaceId, kMetadata, kCardText};
constexpr Option kSearchOptions[] = {
    {.name = "query",
     .kind = Kind::kPositional,
     .value = "QUERY",
     .help = "What it should do, in your words.",
     .required = true},
    kFilter,
    {.name = "sdk",
     .kind = Kind::kValue,
     .value = "SDK",
     .help = "Only with this SDK.",
     .many = true},
    {.name = "include-non-running",
     .help = "Also those that do not run.",
     .negation = true},
    {.name = "description", .help = "With the descriptions.", .negation = true},
    {.name = "limit",
     .kind = Kind::kValue,
     .type = Type::kInteger,
     .value = "N",
     .help = "Show at most so many.",
     .fallback = "10",
     .maximum = kMany},
};

constexpr Example kListExamples[] = {
    {"hug spaces ls --search chatbot --limit 10"},
    {"hug spaces ls acme/demo -R", "the files of one space"},
};
constexpr Example kInfoExamples[] = {{"hug spaces info acme/demo"}};
constexpr Example kCardExamples[] = {{"hug spaces card acme/demo"}};
constexpr Example kSearchExamples[] = {
    {"hug spaces search \"remove the background of an image\""},
};
constexpr Example kTemplatesExamples[] = {{"hug spaces templates"}};

Result<void> list(App& app, const Args& args) {
  return search_or_list(app, args, RepoType::kSpace);
}

std::string two_digits(double value) {
  const auto hundredths = static_cast<std::int64_t>(value * 100 + 0.5);
  const std::string rest = std::to_string(hundredths % 100);
  return std::to_string(hundredths / 100) + '.' + (rest.size() < 2 ? "0" : "") +
         rest;
}

Value match_row(const Value& match, bool description) {
  Value row;
  row.set("id", match["id"]);
  row.set("title", match["title"]);
  row.set("sdk", match["sdk"]);
  row.set("likes", match["likes"]);
  row.set("stage", match["runtime"]["stage"]);
  row.set("category", match["ai_category"]);
  const Value& score = match["semanticRelevancyScore"];
  if (score.is_number()) row.set("score", two_digits(score.as_double()));
  if (description) row.set("description", match["ai_short_description"]);
  return row;
}

Result<void> search(App& app, const Args& args) {
  ApiCall call{.path = "/api/spaces/semantic-search"};
  call.query.emplace_back("q", args.text("query"));
  for (std::string& tag : args.list("filter")) {
    call.query.emplace_back("filter", tag);
  }
  for (std::string& sdk : args.list("sdk"))
    call.query.emplace_back("sdk", sdk);
  if (args.flag("include-non-running")) {
    call.query.emplace_back("includeNonRunning", "true");
  }
  Hub* hub = HUG_TRY(app.hub());
  const ApiAnswer answer = HUG_TRY(call_api(*hub, call));
  const Value matches = HUG_TRY(Value::parse(answer.body));
  const auto limit = static_cast<std::size_t>(args.integer("limit"));
  std::vector<Value> rows;
  for (const Value& match : matches.items()) {
    if (rows.size() >= limit) break;
    rows.push_back(match_row(match, args.flag("description")));
  }
  app.out().table(rows);
  if (!rows.empty() && !args.flag("description")) {
    app.out().hint("use --description to show AI-generated descriptions");
  }
  return {};
}

Result<void> templates(App& app, const Args&) {
  Hub* hub = HUG_TRY(app.hub());
  const ApiAnswer answer =
      HUG_TRY(call_api(*hub, {.path = "/api/spaces/templates"}));
  const Value wire = HUG_TRY(Value::parse(answer.body));
  std::vector<Value> rows;
  for (const Value& one : wire["templates"].items()) {
    rows.push_back(Value()
                       .set("name", one["name"])
                       .set("repo_id", one["repoId"])
                       .set("sdk", one["sdk"])
                       .set("preferred_private", one["preferredPrivate"]));
  }
  app.out().table(rows, {.id = "name"});
  return {};
}

constexpr Command kSearchCommand{
    .name = "search",
    .summary = "Find spaces by what they do.",
    .options = kSearchOptions,
    .examples = kSearchExamples,
    .run = search,
};
static_assert(well_formed(kSearchCommand));

constexpr Command kTemplates{
    .name = "templates",
    .summary = "List the templates that spaces can start from.",
    .examples = kTemplatesExamples,
    .run = templates,
};
static_assert(well_formed(kTemplates));

Result<void> info(App& app, const Args& args) {
  return show_info(app, args, RepoType::kSpace, "space_id");
}

Result<void> card(App& app, const Args& args) {
  return show_card(app, args, RepoType::kSpace, "space_id");
}

constexpr Command kList{
    .name = "list",
    .aliases = kListAliases,
    .summary = "Search spaces, or list the files of one.",
    .options = kListOptions,
    .examples = kListExamples,
    .run = list,
};
static_assert(well_formed(kList));

constexpr Command kInfo{
    .name = "info",
    .summary = "Show what the hub knows about a space.",
    .options = kInfoOptions,
    .examples = kInfoExamples,
    .run = info,
};
static_assert(well_formed(kInfo));

constexpr Command kCard{
    .name = "card",
    .summary = "Print the card (README) of a space.",
    .options = kCardOptions,
    .examples = kCardExamples,
    .run = card,
};
static_assert(well_formed(kCard));

constexpr const Command* kChildren[] = {&kList, &kInfo, &kCard, &kSearchCommand,
                                        &kTemplates};

}  // namespace

extern constexpr Command kSpaces{
    .name = "spaces",
    .summary = "Search spaces and look at them.",
    .children = kChildren,
    .section = "Get",
};
static_assert(well_formed(kSpaces));

}  // namespace hug::cli::cmd
