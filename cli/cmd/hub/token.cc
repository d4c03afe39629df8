// hug hub token create|list|revoke
#include "cmd/hub/directory.h"
#include "cmd/options.h"

namespace hug::cli::cmd {

namespace {

constexpr std::string_view kRoles[] = {"read", "write"};

constexpr Option kCreateOptions[] = {
    {.name = "name",
     .kind = Kind::kPositional,
     .value = "NAME",
     .help = "User whom the token stands for; made when there is none.",
     .required = true},
    {.name = "role",
     .kind = Kind::kValue,
     .value = "ROLE",
     .help = "What it may do.",
     .choices = kRoles,
     .fallback = "write",
     .complete = Complete::kChoices},
    {.name = "label",
     .kind = Kind::kValue,
     .value = "TEXT",
     .help = "What to call the token."},
    kHubDir,
};
constexpr Option kListOptions[] = {
    {.name = "name",
     .kind = Kind::kPositional,
     .value = "NAME",
     .help = "Only the tokens of this user."},
    kHubDir,
};
constexpr Option kRevokeOptions[] = {
    {.name = "token",
     .kind = Kind::kPositional,
     .value = "TOKEN",
     .help = "Its number in the list, user/label, or the token itself.",
     .required = true},
    kHubDir,
};

constexpr Example kCreateExamples[] = {
    {"hug hub token create alice --role read"},
    {"HF_TOKEN=$(hug hub token create alice -q) hug upload alice/m ./m"},
};
constexpr Example kListExamples[] = {{"hug hub token list"}};
constexpr Example kRevokeExamples[] = {{"hug hub token revoke 3"}};

std::string_view role_name(HubRole role) {
  return role == HubRole::kRead ? "read" : "write";
}

Result<void> create(App& app, const Args& args) {
  HubDirectory hub = HUG_TRY(open_hub(app, args, HubDirectory::Open::kMake));
  const HubRole role =
      args.text("role") == "read" ? HubRole::kRead : HubRole::kWrite;
  const std::string token = HUG_TRY(
      hub.create_token(args.text("name"), role, args.text("label"), true));
  Out& out = app.out();
  if (out.mode() == Mode::kJson) {
    out.json_line(Value()
                      .set("token", token)
                      .set("user", args.text("name"))
                      .set("role", role_name(role)));
  } else {
    out.line(token);
  }
  out.hint("it is shown this once; only its hash is kept");
  return {};
}

Result<void> list(App& app, const Args& args) {
  const HubDirectory hub =
      HUG_TRY(open_hub(app, args, HubDirectory::Open::kMustExist));
  const auto tokens = HUG_TRY(hub.tokens(args.text("name")));
  std::vector<Value> rows;
  for (const HubToken& token : tokens) {
    rows.push_back(
        Value()
            .set("id", token.id)
            .set("user", token.user)
            .set("name", token.name)
            .set("role", role_name(token.role))
            .set("preview", token.preview)
            .set("created_at", token.created_at)
            .set("last_used_at", Value::text_or_null(token.last_used_at)));
  }
  app.out().table(rows);
  return {};
}

Result<void> revoke(App& app, const Args& args) {
  HubDirectory hub =
      HUG_TRY(open_hub(app, args, HubDirectory::Open::kMustExist));
  const HubToken token = HUG_TRY(hub.revoke_token(args.text("token")));
  app.out().result(
      "Token revoked",
      {{"id", token.id}, {"user", token.user}, {"name", token.name}});
  return {};
}

constexpr Command kCreate{
    .name = "create",
    .summary = "Make a token and print it.",
    .options = kCreateOptions,
    .examples = kCreateExamples,
    .run = create,
};
static_assert(well_formed(kCreate));

constexpr Command kList{
    .name = "list",
    .aliases = kListAliases,
    .summary = "List the valid tokens.",
    .options = kListOptions,
    .examples = kListExamples,
    .run = list,
};
static_assert(well_formed(kList));

constexpr Command kRevoke{
    .name = "revoke",
    .summary = "Make a token invalid.",
    .options = kRevokeOptions,
    .examples = kRevokeExamples,
    .run = revoke,
};
static_assert(well_formed(kRevoke));

constexpr const Command* kChildren[] = {&kCreate, &kList, &kRevoke};

}  // namespace

extern constexpr Command kHubToken{
    .name = "token",
    .summary = "Tokens of your hub.",
    .children = kChildren,
};
static_assert(well_formed(kHubToken));

}  // namespace hug::cli::cmd
