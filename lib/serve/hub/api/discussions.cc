// Discussions and pull requests.
#include "hub/store/discussions.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "data/data.h"
#include "hub/api/handlers.h"
#include "hub/git/history.h"
#include "hub/git/revision.h"

namespace hug::hub {
namespace {

using Json = nlohmann::json;

constexpr std::size_t kPage = 50;
constexpr std::size_t kMaxText = 65536;

Json summary_json(const RepoRecord& record, const Discussion& d) {
  return {{"num", d.number},
          {"title", d.title},
          {"author", {{"name", d.author}}},
          {"createdAt", d.created},
          {"status", d.status},
          {"isPullRequest", d.pull_request},
          {"repo",
           {{"name", record.full_name()}, {"type", kind_name(record.kind)}}}};
}

Json event_json(const DiscussionEvent& event) {
  Json out = {{"id", std::to_string(event.id)},
              {"type", event.type},
              {"createdAt", event.created},
              {"author", {{"name", event.author}}}};
  auto parsed = data::parse_json(event.data, "event");
  Json stored = parsed ? std::move(*parsed) : Json::object();
  if (event.type != "comment") {
    out["data"] = std::move(stored);
    return out;
  }
  const std::string text = data::find_string(stored, "text").value_or("");
  const bool hidden = data::find_bool(stored, "hidden");
  out["data"] = {{"edited", data::find_bool(stored, "edited")},
                 {"hidden", hidden},
                 {"latest",
                  {{"raw", hidden ? "" : text},
                   {"html", ""},
                   {"updatedAt", event.created},
                   {"author", {{"name", event.author}}}}},
                 {"history", Json::array()}};
  return out;
}

// The commits of a pull request as events, oldest first.
Result<Json> commit_events(const RepoTarget& repo, const Discussion& d) {
  Json out = Json::array();
  const auto head =
      HUG_TRY(repo.git().find_ref("refs/pr/" + std::to_string(d.number)));
  const auto base = HUG_TRY(repo.git().find_ref(d.base));
  if (!head || !base) return out;
  const CommitList mine = HUG_TRY(repo.open->histories.get(repo.git(), *head));
  const CommitList theirs =
      HUG_TRY(repo.open->histories.get(repo.git(), *base));
  for (const Oid& oid : *mine) {
    const bool known =
        std::find(theirs->begin(), theirs->end(), oid) != theirs->end();
    if (known || out.size() >= kPage) break;
    const GitCommit commit = HUG_TRY(repo.git().commit(oid));
    out.push_back(
        {{"id", commit.id.hex()},
         {"type", "commit"},
         {"createdAt", commit.date},
         {"author", {{"name", commit.author}}},
         {"data", {{"subject", commit.title}, {"oid", commit.id.hex()}}}});
  }
  std::reverse(out.begin(), out.end());
  return out;
}

Result<Discussion> find_discussion(Exchange& x, const RepoTarget& repo,
                                   const Rest& rest) {
  const auto number =
      base::parse_unsigned(rest.empty() ? "" : rest[0]).value_or(0);
  Discussions discussions(x.store());
  auto found = HUG_TRY(discussions.find(*repo.record, number));
  if (!found) return Error(Code::kNotFound, "This discussion does not exist");
  return std::move(*found);
}

Result<std::string> text_of(const Json& body, const char* key) {
  auto text = data::find_string(body, key);
  if (!text || text->size() > kMaxText) {
    return bad_request(std::string("The request has no usable \"") + key +
                       "\"");
  }
  return std::move(*text);
}

// Owners and the author may change a discussion; everybody who reads the repo
// and has a token that writes may comment.
Result<void> need_part(const Exchange& x, const RepoTarget& repo,
                       const Discussion& d) {
  if (d.author == x.caller.name) return {};
  return x.need_write(repo.record->name_space);
}

// Adds to what happened in a discussion; gives it as the API shows it.
Result<Json> add_event(Exchange& x, const RepoTarget& repo, const Discussion& d,
                       const char* kind, const Json& stored) {
  return event_json(HUG_TRY(Discussions(x.store()).add_event(
      *repo.record, d.number, kind, x.caller.name, data::dump_json(stored))));
}

Reply add_comment(Exchange& x, const RepoTarget& repo, const Discussion& d,
                  const Json& body) {
  const Json stored = {{"text", HUG_TRY(text_of(body, "comment"))}};
  return json_reply(
      {{"newMessage", HUG_TRY(add_event(x, repo, d, "comment", stored))}});
}

Reply change_title(Exchange& x, const RepoTarget& repo, const Discussion& d,
                   const Json& body) {
  HUG_TRY(need_part(x, repo, d));
  const std::string title = HUG_TRY(text_of(body, "title"));
  Discussions discussions(x.store());
  HUG_TRY(discussions.set_title(*repo.record, d.number, title));
  const Json stored = {{"from", d.title}, {"to", title}};
  return json_reply(
      {{"newTitle", HUG_TRY(add_event(x, repo, d, "title-change", stored))}});
}

Reply change_status(Exchange& x, const RepoTarget& repo, const Discussion& d,
                    const Json& body) {
  HUG_TRY(need_part(x, repo, d));
  const std::string status = HUG_TRY(text_of(body, "status"));
  if ((status != "open" && status != "closed") || d.status == "merged") {
    return bad_request("The status cannot be changed to \"" +
                       status.substr(0, 20) + "\"");
  }
  Discussions discussions(x.store());
  HUG_TRY(discussions.set_status(*repo.record, d.number, status));
  if (data::find_string(body, "comment").value_or("") != "") {
    (void)HUG_TRY(add_comment(x, repo, d, body));
  }
  const Json stored = {{"status", status}};
  return json_reply(
      {{"newStatus", HUG_TRY(add_event(x, repo, d, "status-change", stored))}});
}

Reply merge(Exchange& x, const RepoTarget& repo, const Discussion& d,
            const Json& body) {
  HUG_TRY(x.need_write(repo.record->name_space));
  Discussions discussions(x.store());
  HUG_TRY(discussions.merge(*repo.record, repo.open, d));
  if (data::find_string(body, "comment").value_or("") != "") {
    (void)HUG_TRY(add_comment(x, repo, d, body));
  }
  const Json stored = {{"status", "merged"}};
  (void)HUG_TRY(discussions.add_event(*repo.record, d.number, "status-change",
                                      x.caller.name, data::dump_json(stored)));
  return json_text_reply("{}");
}

}  // namespace

Reply list_discussions(Exchange& x, const RepoTarget& repo, const Rest&) {
  Discussions discussions(x.store());
  std::vector<Discussion> all = HUG_TRY(discussions.list(*repo.record));
  const auto type = x.request.param("type").value_or("all");
  const auto status = x.request.param("status").value_or("all");
  const auto author = x.request.param("author").value_or("");
  std::erase_if(all, [&](const Discussion& d) {
    const bool open = d.status == "open" || d.status == "draft";
    return (type == "pull_request" && !d.pull_request) ||
           (type == "discussion" && d.pull_request) ||
           (status == "open" && !open) || (status == "closed" && open) ||
           (!author.empty() && author != d.author);
  });
  const std::uint64_t page =
      base::parse_unsigned(x.request.param("p").value_or("")).value_or(0);
  const std::size_t start = static_cast<std::size_t>(std::min<std::uint64_t>(
      all.size(), std::min<std::uint64_t>(page, all.size()) * kPage));
  Json items = Json::array();
  for (std::size_t i = start; i < all.size() && i < start + kPage; ++i) {
    items.push_back(summary_json(*repo.record, all[i]));
  }
  return json_reply({{"count", all.size()},
                     {"start", start},
                     {"discussions", std::move(items)}});
}

Reply create_discussion(Exchange& x, const RepoTarget& repo, const Rest&) {
  HUG_TRY(x.need_login());
  if (!x.caller.can_write) return not_allowed("write: the token only reads");
  const Json body = HUG_TRY(x.json_body());
  NewDiscussion wanted{
      .title = HUG_TRY(text_of(body, "title")),
      .description = data::find_string(body, "description").value_or(""),
      .author = x.caller.name,
      .pull_request = data::find_bool(body, "pullRequest")};
  if (wanted.title.empty()) return bad_request("The title is empty");
  Discussions discussions(x.store());
  std::uint64_t number = 0;
  if (wanted.pull_request) {
    wanted.base = "refs/heads/main";
    wanted.status = "draft";
    const Oid head = HUG_TRY(resolve_revision(repo.git(), "HEAD"));
    const WriteLock lock = HUG_TRY(WriteLock::take(x.store().fs(), repo.open));
    number = HUG_TRY(
        discussions.open_pull_request(*repo.record, *repo.open, wanted, head));
  } else {
    number = HUG_TRY(discussions.open(*repo.record, wanted));
  }
  return json_reply({{"num", number},
                     {"url", x.repo_url(*repo.record) + "/discussions/" +
                                 std::to_string(number)},
                     {"pullRequest", wanted.pull_request}});
}

Reply read_discussion(Exchange& x, const RepoTarget& repo, const Rest& rest) {
  const Discussion d = HUG_TRY(find_discussion(x, repo, rest));
  Discussions discussions(x.store());
  Json events = Json::array();
  for (const DiscussionEvent& event :
       HUG_TRY(discussions.events(*repo.record, d.number))) {
    events.push_back(event_json(event));
  }
  Json out = summary_json(*repo.record, d);
  if (d.pull_request) {
    out["changes"] = {{"base", d.base}};
    if (!d.merged.empty()) out["changes"]["mergeCommitId"] = d.merged;
    out["filesWithConflicts"] = Json::array();
    out["diff"] = "";
    for (Json& event : HUG_TRY(commit_events(repo, d))) {
      events.push_back(std::move(event));
    }
  }
  out["events"] = std::move(events);
  return json_reply(out);
}

Reply change_discussion(Exchange& x, const RepoTarget& repo, const Rest& rest) {
  HUG_TRY(x.need_login());
  if (!x.caller.can_write) return not_allowed("write: the token only reads");
  const Discussion d = HUG_TRY(find_discussion(x, repo, rest));
  const Json body = HUG_TRY(x.json_body());
  const std::string what = rest.size() == 2 ? rest[1] : "";
  if (what == "comment") return add_comment(x, repo, d, body);
  if (what == "title") return change_title(x, repo, d, body);
  if (what == "status") return change_status(x, repo, d, body);
  if (what == "merge") return merge(x, repo, d, body);
  return Error(Code::kUnsupported, "This hub does not do that");
}

}  // namespace hug::hub
