// Who the caller is, other users, and the check of cards.
#include <algorithm>
#include <nlohmann/json.hpp>

#include "data/data.h"
#include "hub/api/handlers.h"

namespace hug::hub {
namespace {

using Json = nlohmann::json;

Json organization_json(const Account& account) {
  return {{"type", "org"},         {"id", std::to_string(account.id)},
          {"name", account.name},  {"fullname", account.name},
          {"isEnterprise", false}, {"avatarUrl", ""},
          {"roleInOrg", "admin"}};
}

// The account with this name, of this sort.
Result<Account> find_account(Exchange& x, const Rest& rest, bool organization) {
  const std::string name = rest.empty() ? std::string() : rest[0];
  auto account = HUG_TRY(x.store().accounts().find(name));
  if (!account || account->organization != organization) {
    return Error(Code::kNotFound, organization
                                      ? "This organization does not exist"
                                      : "This user does not exist");
  }
  return std::move(*account);
}

std::size_t count_visible(const std::vector<RepoRecordPtr>& repos,
                          const Exchange& x, const std::string& name,
                          RepoKind kind) {
  return static_cast<std::size_t>(
      std::count_if(repos.begin(), repos.end(), [&](const auto& repo) {
        return repo->kind == kind &&
               base::equal_ignoring_case(repo->name_space, name) &&
               (!repo->is_private || x.caller.owns(name));
      }));
}

}  // namespace

Reply whoami(Exchange& x) {
  HUG_TRY(x.need_login());
  Json organizations = Json::array();
  for (const std::string& name : x.caller.organizations) {
    if (const auto account = HUG_TRY(x.store().accounts().find(name))) {
      organizations.push_back(organization_json(*account));
    }
  }
  return json_reply({{"type", "user"},
                     {"id", std::to_string(x.caller.user_id)},
                     {"name", x.caller.name},
                     {"fullname", x.caller.name},
                     {"email", x.caller.name + "@localhost"},
                     {"emailVerified", true},
                     {"isPro", false},
                     {"canPay", false},
                     {"periodEnd", nullptr},
                     {"avatarUrl", ""},
                     {"orgs", std::move(organizations)},
                     {"auth",
                      {{"type", "access_token"},
                       {"accessToken",
                        {{"displayName", x.caller.token_name},
                         {"role", x.caller.can_write ? "write" : "read"},
                         {"createdAt", x.caller.token_created}}}}}});
}

Reply user_overview(Exchange& x, const Rest& rest) {
  const Account account = HUG_TRY(find_account(x, rest, false));
  const std::string what = rest.size() > 1 ? rest[1] : "overview";
  if (what == "followers" || what == "following" || what == "likes") {
    return json_text_reply("[]");
  }
  const auto repos = HUG_TRY(x.store().registry().list({}));
  Json organizations = Json::array();
  for (const std::string& name : account.organizations) {
    organizations.push_back({{"name", name}, {"fullname", name}});
  }
  const auto count = [&](RepoKind kind) {
    return count_visible(repos, x, account.name, kind);
  };
  return json_reply({{"_id", std::to_string(account.id)},
                     {"user", account.name},
                     {"fullname", account.name},
                     {"avatarUrl", ""},
                     {"type", "user"},
                     {"isPro", false},
                     {"createdAt", account.created},
                     {"numModels", count(RepoKind::kModel)},
                     {"numDatasets", count(RepoKind::kDataset)},
                     {"numSpaces", count(RepoKind::kSpace)},
                     {"orgs", std::move(organizations)}});
}

Reply organization_page(Exchange& x, const Rest& rest) {
  const Account account = HUG_TRY(find_account(x, rest, true));
  const std::string what = rest.size() > 1 ? rest[1] : "overview";
  if (what == "followers") return json_text_reply("[]");
  if (what == "members") {
    Json members = Json::array();
    for (const HubUser& user : HUG_TRY(x.store().accounts().users())) {
      const auto member = HUG_TRY(x.store().accounts().find(user.name));
      if (!member) continue;
      const auto& of = member->organizations;
      if (std::find(of.begin(), of.end(), account.name) == of.end()) continue;
      members.push_back({{"user", user.name},
                         {"fullname", user.name},
                         {"type", "user"},
                         {"avatarUrl", ""},
                         {"isPro", false}});
    }
    return json_reply(members);
  }
  return json_reply({{"_id", std::to_string(account.id)},
                     {"name", account.name},
                     {"fullname", account.name},
                     {"avatarUrl", ""},
                     {"type", "org"}});
}

Reply list_own_repos(Exchange& x, std::string_view organization) {
  HUG_TRY(x.need_login());
  if (!organization.empty()) HUG_TRY(x.need_write(organization));
  std::vector<RepoRecordPtr> own;
  std::uint64_t all = 0;
  for (auto& record : HUG_TRY(x.store().registry().list({}))) {
    const bool listed = organization.empty()
                            ? x.caller.owns(record->name_space)
                            : record->name_space == organization;
    if (!listed) continue;
    all += record->storage;
    own.push_back(std::move(record));
  }
  Json out = Json::array();
  for (const RepoRecordPtr& record : own) {
    const auto part = static_cast<double>(record->storage) * 100 /
                      static_cast<double>(std::max<std::uint64_t>(all, 1));
    out.push_back({{"id", record->full_name()},
                   {"type", std::string(kind_name(record->kind))},
                   {"updatedAt", record->updated},
                   {"visibility", record->is_private ? "private" : "public"},
                   {"storage", record->storage},
                   {"storagePercent", part}});
  }
  return json_reply(out);
}

Reply validate_yaml(Exchange& x) {
  const Json body = HUG_TRY(x.json_body());
  const auto content = data::find_string(body, "content");
  if (!content) return bad_request("The request has no content");
  const CardProblems problems = check_card(*content);
  const auto messages = [](const std::vector<std::string>& texts) {
    Json out = Json::array();
    for (const std::string& text : texts)
      out.push_back({{"message", text}});
    return out;
  };
  Json out = {{"errors", messages(problems.errors)},
              {"warnings", messages(problems.warnings)}};
  if (problems.errors.empty()) return json_reply(out);
  out["error"] = "Invalid metadata in README.md";
  return json_reply(out, 400);
}

}  // namespace hug::hub
