// hug hub user add|list
#include "cmd/hub/directory.h"
#include "cmd/options.h"

namespace hug::cli::cmd {

namespace {

constexpr Option kAddOptions[] = {
    {.name = "name",
     .kind = Kind::kPositional,
     .value = "NAME",
     .help = "Name of the user or organization.",
     .required = true},
    {.name = "member",
     .kind = Kind::kValue,
     .value = "USER",
     .help = "Make it an organization with this member.",
     .many = true},
    kHubDir,
};
constexpr Option kListOptions[] = {kHubDir};

constexpr Example kAddExamples[] = {
    {"hug hub user add alice"},
    {"hug hub user add acme --member alice --member bob"},
};
constexpr Example kListExamples[] = {{"hug hub user list"}};

Result<void> add(App& app, const Args& args) {
  HubDirectory hub = HUG_TRY(open_hub(app, args, HubDirectory::Open::kMake));
  const HubUser user =
      HUG_TRY(hub.add_user(args.text("name"), args.list("member")));
  app.out().result(user.organization ? "Organization added" : "User added",
                   {{"name", user.name}});
  return {};
}

Result<void> list(App& app, const Args& args) {
  const HubDirectory hub =
      HUG_TRY(open_hub(app, args, HubDirectory::Open::kMustExist));
  const auto users = HUG_TRY(hub.users());
  std::vector<Value> rows;
  for (const HubUser& user : users) {
    rows.push_back(Value()
                       .set("name", user.name)
                       .set("kind", user.organization ? "organization" : "user")
                       .set("tokens", user.tokens)
                       .set("created_at", user.created_at));
  }
  app.out().table(rows);
  return {};
}

constexpr Command kAdd{
    .name = "add",
    .summary = "Add a user or an organization.",
    .options = kAddOptions,
    .examples = kAddExamples,
    .run = add,
};
static_assert(well_formed(kAdd));

constexpr Command kList{
    .name = "list",
    .aliases = kListAliases,
    .summary = "List the users.",
    .options = kListOptions,
    .examples = kListExamples,
    .run = list,
};
static_assert(well_formed(kList));

constexpr const Command* kChildren[] = {&kAdd, &kList};

}  // namespace

extern constexpr Command kHubUser{
    .name = "user",
    .summary = "Users of your hub.",
    .children = kChildren,
};
static_assert(well_formed(kHubUser));

}  // namespace hug::cli::cmd
