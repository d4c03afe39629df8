// hug repos list
#include <algorithm>

#include "cmd/catalog/listing.h"
#include "cmd/options.h"
#include "cmd/repo_choice.h"

namespace hug::cli::cmd {

namespace {

constexpr std::string_view kTypes[] = {"model", "dataset", "space", "bucket"};

constexpr Option kOptions[] = {
    {.name = "namespace",
     .kind = Kind::kValue,
     .value = "NAME",
     .help = "Organization whose repositories to list, instead of yours."},
    {.name = "type",
     .also = "repo-type",
     .kind = Kind::kValue,
     .value = "TYPE",
     .help = "Only repositories of this kind.",
     .choices = kTypes,
     .complete = Complete::kChoices},
    kSearch,
    kLimit,
};

constexpr Example kExamples[] = {
    {"hug repos ls"},
    {"hug repos ls --namespace my-org --search bert"},
};

std::string lower(std::string text) {
  std::ranges::transform(text, text.begin(), [](unsigned char c) {
    return static_cast<char>(c >= 'A' && c <= 'Z' ? c + 32 : c);
  });
  return text;
}

std::string percent(double value) {
  const auto tenths = static_cast<std::int64_t>(value * 10 + 0.5);
  return std::to_string(tenths / 10) + '.' + std::to_string(tenths % 10) + '%';
}

Value row_of(const OwnRepo& repo) {
  return Value()
      .set("id", repo.id)
      .set("type", repo.type)
      .set("updated", repo.updated_at.substr(0, 10))
      .set("visibility", repo.visibility)
      .set("storage", listing_size(repo.storage, SizeStyle::kHuman))
      .set("%_of_total", percent(repo.storage_percent));
}

Result<void> run(App& app, const Args& args) {
  Hub* hub = HUG_TRY(app.hub());
  auto repos = HUG_TRY(list_own_repos(*hub, args.text("namespace")));
  const std::string type = args.text("type");
  const std::string search = lower(args.text("search"));
  std::erase_if(repos, [&](const OwnRepo& repo) {
    return (!type.empty() && repo.type != type) ||
           lower(repo.id).find(search) == std::string::npos;
  });
  const std::size_t total = repos.size();
  const auto limit = static_cast<std::size_t>(args.integer("limit"));
  std::vector<Value> rows;
  for (const OwnRepo& repo : repos) {
    if (limit == 0 || rows.size() < limit) rows.push_back(row_of(repo));
  }
  Out& out = app.out();
  out.table(rows, {.id = "id", .right = {"storage", "%_of_total"}});
  if (limit > 0 && total > limit) {
    out.hint("showing " + std::to_string(limit) + " of " +
             std::to_string(total) + " repos; use `--limit 0` to list all");
  }
  return {};
}

}  // namespace

extern constexpr Command kReposList{
    .name = "list",
    .aliases = kListAliases,
    .summary = "List your repositories and what they store.",
    .options = kOptions,
    .examples = kExamples,
    .run = run,
};
static_assert(well_formed(kReposList));

}  // namespace hug::cli::cmd
