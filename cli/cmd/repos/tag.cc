// hug repos tag create|list|delete
#include "cmd/options.h"
#include "cmd/repo_choice.h"

namespace hug::cli::cmd {

namespace {

constexpr Option kTag{.name = "tag",
                      .kind = Kind::kPositional,
                      .value = "TAG",
                      .help = "Name of the tag.",
                      .required = true,
                      .complete = Complete::kRevision};

constexpr Option kCreateOptions[] = {
    kRepoId,
    kTag,
    {.name = "message",
     .letter = 'm',
     .kind = Kind::kValue,
     .value = "TEXT",
     .help = "What the tag stands for."},
    kRevision,
    kType,
};
constexpr Option kListOptions[] = {kRepoId, kType};
constexpr Option kDeleteOptions[] = {kRepoId, kTag, kYes, kType};

constexpr Example kCreateExamples[] = {
    {"hug repos tag create acme/my-model v1.0"},
    {"hug repos tag create acme/my-model v1.0 -m \"First release\""},
};
constexpr Example kListExamples[] = {{"hug repos tag list acme/my-model"}};
constexpr Example kDeleteExamples[] = {
    {"hug repos tag delete acme/my-model v1.0 --yes"},
};

void say(App& app, std::string_view what, const Args& args,
         const RepoId& repo) {
  app.out().result(what, {{"tag", args.text("tag")},
                          {"repo_type", type_text(repo)},
                          {"repo_id", repo.full()}});
}

Result<void> create(App& app, const Args& args) {
  const RepoChoice choice = HUG_TRY(choose_repo(app, args));
  Hub* hub = HUG_TRY(app.hub());
  HUG_TRY(create_tag(*hub, choice.repo, args.text("tag"), choice.revision,
                     args.text("message")));
  say(app, "Tag created", args, choice.repo);
  return {};
}

Result<void> list(App& app, const Args& args) {
  const RepoChoice choice = HUG_TRY(choose_repo(app, args));
  Hub* hub = HUG_TRY(app.hub());
  const RepoRefs refs = HUG_TRY(list_refs(*hub, choice.repo));
  std::vector<Value> rows;
  for (const RefInfo& tag : refs.tags) {
    rows.push_back(Value()
                       .set("name", tag.name)
                       .set("target_commit", tag.commit)
                       .set("ref", tag.ref));
  }
  app.out().table(rows);
  return {};
}

Result<void> remove(App& app, const Args& args) {
  const RepoChoice choice = HUG_TRY(choose_repo(app, args));
  Out& out = app.out();
  out.text("You are about to delete tag " + args.text("tag") + " on " +
           type_text(choice.repo) + ' ' + choice.repo.full());
  HUG_TRY(out.confirm("Proceed?", args.flag("yes")));
  Hub* hub = HUG_TRY(app.hub());
  HUG_TRY(delete_tag(*hub, choice.repo, args.text("tag")));
  say(app, "Tag deleted", args, choice.repo);
  return {};
}

constexpr Command kCreate{
    .name = "create",
    .summary = "Create a tag.",
    .options = kCreateOptions,
    .examples = kCreateExamples,
    .run = create,
};
static_assert(well_formed(kCreate));

constexpr Command kList{
    .name = "list",
    .aliases = kListAliases,
    .summary = "List the tags.",
    .options = kListOptions,
    .examples = kListExamples,
    .run = list,
};
static_assert(well_formed(kList));

constexpr Command kDelete{
    .name = "delete",
    .summary = "Delete a tag.",
    .options = kDeleteOptions,
    .examples = kDeleteExamples,
    .run = remove,
};
static_assert(well_formed(kDelete));

constexpr const Command* kChildren[] = {&kCreate, &kList, &kDelete};

}  // namespace

extern constexpr Command kReposTag{
    .name = "tag",
    .summary = "Create, list and delete tags.",
    .children = kChildren,
};
static_assert(well_formed(kReposTag));

}  // namespace hug::cli::cmd
