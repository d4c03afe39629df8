// hug models
#include "cmd/catalog/search.h"

namespace hug::cli::cmd {

namespace {

constexpr std::string_view kSorts[] = {
    "created_at", "downloads", "last_modified", "likes", "trending_score"};

constexpr Option kModelId{.name = "model_id",
                          .kind = Kind::kPositional,
                          .value = "MODEL_ID",
                          .help = "The model, as owner/name.",
                          .required = true,
                          .complete = Complete::kRepo};

constexpr Option kSort{.name = "sort",
                       .kind = Kind::kValue,
                       .value = "KEY",
                       .help = "Order, largest or newest first.",
                       .choices = kSorts,
                       .complete = Complete::kChoices};

constexpr std::string_view kProviders[] = {
    "cerebras",  "cohere",       "fal-ai",  "fireworks-ai",
    "groq",      "hf-inference", "nebius",  "novita",
    "replicate", "sambanova",    "together"};

constexpr Option kListOptions[] = {
    kListRepo,
    kSearch,
    kAuthor,
    kFilter,
    {.name = "pipeline-tag",
     .kind = Kind::kValue,
     .value = "TASK",
     .help = "Only for this task, such as summarization."},
    {.name = "gated",
     .help = "Only gated ones, or only others.",
     .negation = true},
    {.name = "apps",
     .kind = Kind::kValue,
     .value = "APP",
     .help = "Only what this program runs, such as ollama.",
     .many = true},
    {.name = "num-parameters",
     .kind = Kind::kValue,
     .value = "RANGE",
     .help = "Only of this size, such as min:6B,max:128B."},
    {.name = "inference-provider",
     .kind = Kind::kValue,
     .value = "NAME",
     .help = "Only what this provider serves.",
     .choices = kProviders,
     .open_choices = true,
     .many = true,
     .complete = Complete::kChoices},
    {.name = "warm", .help = "Only what some provider serves now."},
    kSort,
    kLimit,
    kExpand,
    kHumanReadable,
    kTree,
    kRecursive,
    kListRevision,
};
constexpr Option kInfoOptions[] = {kModelId, kRevision, kExpand};
constexpr Option kCardOptions[] = {kModelId, kMetadata, kCardText};

constexpr Example kListExamples[] = {
    {"hug models ls --sort downloads --limit 10"},
    {"hug models ls --search llama --author meta-llama"},
    {"hug models ls acme/tiny --tree -h", "the files of one model"},
};
constexpr Example kInfoExamples[] = {
    {"hug models info acme/tiny"},
    {"hug models info acme/tiny --expand downloads,likes,tags"},
};
constexpr Example kCardExamples[] = {{"hug models card acme/tiny --metadata"}};

Result<void> list(App& app, const Args& args) {
  std::vector<std::pair<std::string, std::string>> query;
  if (args.has("pipeline-tag")) {
    query.emplace_back("pipeline_tag", args.text("pipeline-tag"));
  }
  if (const auto gated = args.choice("gated")) {
    query.emplace_back("gated", *gated ? "true" : "false");
  }
  for (std::string& name : args.list("apps"))
    query.emplace_back("apps", name);
  if (args.has("num-parameters")) {
    query.emplace_back("num_parameters", args.text("num-parameters"));
  }
  const bool warm = args.flag("warm");
  if (warm && args.has("inference-provider")) {
    return Error(Code::kUsage,
                 "'--warm' cannot be used together with "
                 "'--inference-provider'");
  }
  if (warm) query.emplace_back("inference", "warm");
  for (std::string& name : args.list("inference-provider")) {
    query.emplace_back("inference_provider", name);
  }
  HUG_TRY(search_or_list(app, args, RepoType::kModel, std::move(query)));
  if ((warm || args.has("inference-provider")) && !args.has("expand")) {
    app.out().hint(
        "use `--expand inferenceProviderMapping` to see which "
        "provider serves each model and the provider-specific "
        "model id");
  }
  return {};
}

Result<void> info(App& app, const Args& args) {
  return show_info(app, args, RepoType::kModel, "model_id");
}

Result<void> card(App& app, const Args& args) {
  return show_card(app, args, RepoType::kModel, "model_id");
}

constexpr Command kList{
    .name = "list",
    .aliases = kListAliases,
    .summary = "Search models, or list the files of one.",
    .options = kListOptions,
    .examples = kListExamples,
    .run = list,
};
static_assert(well_formed(kList));

constexpr Command kInfo{
    .name = "info",
    .summary = "Show what the hub knows about a model.",
    .options = kInfoOptions,
    .examples = kInfoExamples,
    .run = info,
};
static_assert(well_formed(kInfo));

constexpr Command kCard{
    .name = "card",
    .summary = "Print the card (README) of a model.",
    .options = kCardOptions,
    .examples = kCardExamples,
    .run = card,
};
static_assert(well_formed(kCard));

constexpr const Command* kChildren[] = {&kList, &kInfo, &kCard};

}  // namespace

extern constexpr Command kModels{
    .name = "models",
    .summary = "Search models and look at them.",
    .children = kChildren,
    .section = "Get",
};
static_assert(well_formed(kModels));

}  // namespace hug::cli::cmd
