// Branches, tags and history.
#include <algorithm>
#include <chrono>
#include <nlohmann/json.hpp>

#include "data/data.h"
#include "hub/api/handlers.h"
#include "hub/api/paging.h"
#include "hub/git/history.h"
#include "hub/git/revision.h"
#include "hub/store/commit.h"

namespace hug::hub {
namespace {

using Json = nlohmann::json;

constexpr std::size_t kCommitsPage = 50;
constexpr std::size_t kMaxCommitsPage = 1000;

Json ref_json(const GitRef& ref, std::string_view prefix) {
  const bool full = ref.name.starts_with("refs/pr/");
  return {{"name", full ? ref.name : ref.name.substr(prefix.size())},
          {"ref", ref.name},
          {"targetCommit", ref.commit.hex()}};
}

Result<Json> refs_json(const GitRepo& git, std::string_view prefix) {
  auto refs = HUG_TRY(git.refs(prefix));
  // Some clients take the first branch when they find none they know.
  std::stable_partition(refs.begin(), refs.end(), [](const GitRef& ref) {
    return ref.name == "refs/heads/main";
  });
  Json out = Json::array();
  for (const GitRef& ref : refs)
    out.push_back(ref_json(ref, prefix));
  return out;
}

std::string html_of(std::string_view text) {
  std::string out;
  for (const char c : text) {
    switch (c) {
      case '<':
        out += "&lt;";
        break;
      case '>':
        out += "&gt;";
        break;
      case '&':
        out += "&amp;";
        break;
      default:
        out += c;
    }
  }
  return out;
}

std::string joined(const Rest& rest) {
  return base::join(rest, "/");
}

Error ref_exists(const std::string& ref) {
  return Error(Code::kConflict, "Reference " + ref + " already exists");
}

// The full name of the branch or tag to make. Errors: kUsage.
Result<std::string> new_ref(const char* prefix, const std::string& name) {
  if (!is_valid_ref_name(name) || name.starts_with("refs/") ||
      is_commit_id(name)) {
    return bad_request("Invalid reference name: \"" + name.substr(0, 200) +
                       "\"");
  }
  return prefix + name;
}

Result<Oid> starting_point(Exchange& x, const RepoTarget& repo,
                           const Json& body) {
  if (data::find_bool(body, "emptyBranch")) {
    return write_empty_commit(x.store(), *repo.record, repo.open,
                              x.caller.name);
  }
  const auto start = data::find_string(body, "startingPoint");
  return resolve_revision(repo.git(), start.value_or("HEAD"));
}

// An annotated tag object, or the commit itself when there is no message.
Result<Oid> tag_object(Exchange& x, const RepoTarget& repo, const Oid& commit,
                       const std::string& name, const std::string& message) {
  if (message.empty()) return commit;
  const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(
      x.store().clock().wall().time_since_epoch());
  const std::string text =
      "object " + commit.hex() + "\ntype commit\ntag " + name + "\ntagger " +
      x.caller.name + " <" + x.caller.name + "@localhost> " +
      std::to_string(seconds.count()) + " +0000\n\n" + message + "\n";
  return repo.git().write_loose(ObjectType::kTag, text);
}

}  // namespace

Reply list_refs(Exchange& x, const RepoTarget& repo, const Rest&) {
  Json out = {{"branches", HUG_TRY(refs_json(repo.git(), "refs/heads/"))},
              {"tags", HUG_TRY(refs_json(repo.git(), "refs/tags/"))},
              {"converts", HUG_TRY(refs_json(repo.git(), "refs/convert/"))}};
  if (x.flag("include_prs") || x.flag("include_pull_requests")) {
    out["pullRequests"] = HUG_TRY(refs_json(repo.git(), "refs/pr/"));
  }
  return json_reply(out);
}

Reply list_commits(Exchange& x, const RepoTarget& repo, const Rest& rest) {
  const SplitRevision at =
      HUG_TRY(split_revision(repo.git(), rest.empty() ? Rest{"main"} : rest));
  const CommitList all =
      HUG_TRY(repo.open->histories.get(repo.git(), at.commit));
  Page page = page_of(x, all->size(), kCommitsPage, kMaxCommitsPage);
  // JavaScript counts pages ("p") instead of following links.
  const auto number = base::parse_unsigned(x.request.param("p").value_or(""));
  if (number && !x.request.param("cursor")) {
    const std::size_t size = std::max<std::size_t>(page.last - page.first, 1);
    page.first = static_cast<std::size_t>(std::min<std::uint64_t>(
        base::checked_mul<std::uint64_t>(*number, size).value_or(all->size()),
        all->size()));
    page.last = std::min(page.first + size, all->size());
    page.more = page.last < all->size();
  }
  bool formatted = false;
  for (const auto& [key, value] : x.request.query) {
    formatted |= key.starts_with("expand") && value == "formatted";
  }
  Json out = Json::array();
  for (std::size_t i = page.first; i < page.last; ++i) {
    const GitCommit commit = HUG_TRY(repo.git().commit((*all)[i]));
    Json item = {{"id", commit.id.hex()},
                 {"title", commit.title},
                 {"message", commit.message},
                 {"authors", {{{"user", commit.author}, {"avatar", ""}}}},
                 {"date", commit.date}};
    if (formatted) {
      item["formatted"] = {{"title", html_of(commit.title)},
                           {"message", html_of(commit.message)}};
    }
    out.push_back(std::move(item));
  }
  http::ServerResponse response = json_reply(out);
  response.headers.set("X-Total-Count", std::to_string(all->size()));
  link_next(x, page, response);
  return response;
}

Reply create_branch(Exchange& x, const RepoTarget& repo, const Rest& rest) {
  HUG_TRY(x.need_write(repo.record->name_space));
  const Json body = HUG_TRY(x.json_body());
  const std::string ref = HUG_TRY(new_ref("refs/heads/", joined(rest)));
  const Oid start = HUG_TRY(starting_point(x, repo, body));
  const WriteLock lock = HUG_TRY(WriteLock::take(x.store().fs(), repo.open));
  const auto present = HUG_TRY(repo.git().find_ref(ref));
  if (present && !data::find_bool(body, "overwrite")) return ref_exists(ref);
  HUG_TRY(repo.git().set_ref(ref, start, present.value_or(Oid{})));
  if (ref == "refs/heads/main") {
    (void)x.store().refresh_derived(*repo.record, *repo.open);
  }
  return json_text_reply("{}");
}

Reply delete_branch(Exchange& x, const RepoTarget& repo, const Rest& rest) {
  HUG_TRY(x.need_write(repo.record->name_space));
  const std::string ref = branch_ref(joined(rest));
  if (ref == "refs/heads/main") return not_allowed("delete the main branch");
  const WriteLock lock = HUG_TRY(WriteLock::take(x.store().fs(), repo.open));
  if (ref.empty() || !HUG_TRY(repo.git().find_ref(ref))) {
    return revision_not_found(joined(rest));
  }
  HUG_TRY(repo.git().delete_ref(ref));
  return json_text_reply("{}");
}

Reply create_tag(Exchange& x, const RepoTarget& repo, const Rest& rest) {
  HUG_TRY(x.need_write(repo.record->name_space));
  const Json body = HUG_TRY(x.json_body());
  const std::string name = data::find_string(body, "tag").value_or("");
  const std::string ref = HUG_TRY(new_ref("refs/tags/", name));
  const Oid commit = HUG_TRY(
      resolve_revision(repo.git(), rest.empty() ? "main" : joined(rest)));
  const WriteLock lock = HUG_TRY(WriteLock::take(x.store().fs(), repo.open));
  if (HUG_TRY(repo.git().find_ref(ref))) return ref_exists(ref);
  const Oid target = HUG_TRY(tag_object(
      x, repo, commit, name, data::find_string(body, "message").value_or("")));
  HUG_TRY(repo.git().set_ref(ref, target, Oid{}));
  return json_text_reply("{}");
}

Reply delete_tag(Exchange& x, const RepoTarget& repo, const Rest& rest) {
  HUG_TRY(x.need_write(repo.record->name_space));
  const std::string name = joined(rest);
  const std::string ref = "refs/tags/" + name;
  const WriteLock lock = HUG_TRY(WriteLock::take(x.store().fs(), repo.open));
  if (!is_valid_ref_name(name) || !HUG_TRY(repo.git().find_ref(ref))) {
    return revision_not_found(name);
  }
  HUG_TRY(repo.git().delete_ref(ref));
  return json_text_reply("{}");
}

Reply super_squash(Exchange& x, const RepoTarget& repo, const Rest& rest) {
  HUG_TRY(x.need_write(repo.record->name_space));
  const Json body = HUG_TRY(x.json_body());
  const std::string branch = rest.empty() ? "main" : joined(rest);
  const std::string ref = branch_ref(branch);
  if (ref.empty()) return revision_not_found(branch);
  const std::string message =
      data::find_string(body, "message")
          .value_or("Super-squash branch '" + branch + "'");
  const Oid commit = HUG_TRY(squash_branch(x.store(), *repo.record, repo.open,
                                           ref, x.caller.name, message));
  return json_reply({{"commitOid", commit.hex()}});
}

}  // namespace hug::hub
