// Which handler answers what. Paths are split at '/' before they are decoded,
// so an encoded slash stays part of its segment.
#include <algorithm>
#include <nlohmann/json.hpp>

#include "hub/api/handlers.h"
#include "hub/service.h"

namespace hug::hub {
namespace {

struct RepoRoute {
  std::string_view method;  // "GET" answers HEAD too
  std::string_view word;    // the segment behind the repo's id
  RepoHandler handler;
};

constexpr RepoRoute kRepoRoutes[] = {
    {"GET", "", repo_info},
    {"GET", "revision", repo_info},
    {"GET", "tree", list_tree},
    {"GET", "treesize", tree_size},
    {"POST", "paths-info", paths_info},
    {"GET", "refs", list_refs},
    {"GET", "commits", list_commits},
    {"POST", "branch", create_branch},
    {"DELETE", "branch", delete_branch},
    {"POST", "tag", create_tag},
    {"DELETE", "tag", delete_tag},
    {"POST", "super-squash", super_squash},
    {"POST", "preupload", preupload},
    {"POST", "commit", commit},
    {"GET", "xet-read-token", no_xet},
    {"GET", "xet-write-token", no_xet},
    {"GET", "lfs-files", list_lfs_files},
    {"POST", "lfs-files", duplicate_lfs_files},
    {"PUT", "settings", change_settings},
    {"POST", "duplicate", duplicate_repo},
    {"GET", "auth-check", auth_check},
    {"POST", "like", like_repo},
    {"DELETE", "like", like_repo},
    {"GET", "likers", list_likers},
    {"GET", "user-access-request", access_request},
    {"POST", "user-access-request", access_request},
    {"GET", "discussions", list_discussions},
    {"POST", "discussions", create_discussion},
};

Error no_such_page() {
  return Error(Code::kNotFound,
               "Sorry, we can't find the page you are "
               "looking for.");
}

Error wrong_method() {
  return Error(Code::kUsage, "This method is not possible here").http(405, "");
}

bool method_fits(std::string_view method, std::string_view wanted) {
  return method == wanted || (method == "HEAD" && wanted == "GET");
}

http::ServerResponse redirect_to(const std::string& target) {
  http::ServerResponse out = json_text_reply("{}", 307);
  out.headers.set("Location", target);
  return out;
}

// "/api/models/ns/name/..." and "[datasets/]ns/name/...": the parts.
struct RepoPath {
  RepoKind kind = RepoKind::kModel;
  std::string name_space;
  std::string name;
  Rest rest;
};

std::optional<RepoPath> api_repo_path(const Rest& s) {
  if (s.size() < 4 || s[0] != "api") return std::nullopt;
  const auto kind = parse_kind_plural(s[1]);
  if (!kind) return std::nullopt;
  return RepoPath{*kind, s[2], s[3], Rest(s.begin() + 4, s.end())};
}

std::optional<RepoPath> web_repo_path(const Rest& s) {
  const bool prefixed = !s.empty() && (s[0] == "datasets" || s[0] == "spaces");
  const std::size_t at = prefixed ? 1 : 0;
  if (s.size() < at + 3) return std::nullopt;
  RepoPath out{prefixed ? *parse_kind_plural(s[0]) : RepoKind::kModel, s[at],
               s[at + 1],
               Rest(s.begin() + static_cast<std::ptrdiff_t>(at) + 2, s.end())};
  if (out.name.ends_with(".git")) out.name.resize(out.name.size() - 4);
  return out;
}

bool is_lfs_path(const RepoPath& path) {
  return path.rest.size() >= 3 && path.rest[0] == "info" &&
         path.rest[1] == "lfs";
}

// Discussions have sub-resources of their own.
Reply discussion_route(Exchange& x, const RepoTarget& repo, const Rest& rest) {
  if (x.request.method == "POST") return change_discussion(x, repo, rest);
  return read_discussion(x, repo, rest);
}

Reply repo_api(Exchange& x, const RepoTarget& repo, const RepoPath& path) {
  const std::string word = path.rest.empty() ? "" : path.rest[0];
  Rest rest;
  if (!path.rest.empty()) rest.assign(path.rest.begin() + 1, path.rest.end());
  if (word == "discussions" && !rest.empty()) {
    return discussion_route(x, repo, rest);
  }
  bool known = false;
  for (const RepoRoute& route : kRepoRoutes) {
    if (route.word != word) continue;
    if (method_fits(x.request.method, route.method)) {
      return route.handler(x, repo, rest);
    }
    known = true;
  }
  return known ? wrong_method() : no_such_page();
}

Reply lfs_api(Exchange& x, const RepoTarget& repo, const RepoPath& path) {
  if (x.request.method != "POST") return wrong_method();
  const Rest rest(path.rest.begin() + 2, path.rest.end());
  if (rest == Rest{"objects", "batch"}) return lfs_batch(x, repo);
  if (rest == Rest{"verify"}) return lfs_verify(x, repo);
  if (rest == Rest{"locks", "verify"}) return lfs_locks(x, repo);
  return no_such_page();
}

Reply web_repo(Exchange& x, const RepoTarget& repo, const RepoPath& path) {
  if (is_lfs_path(path)) return lfs_api(x, repo, path);
  const std::string& word = path.rest[0];
  if (word != "resolve" && word != "raw") return no_such_page();
  if (!method_fits(x.request.method, "GET")) return wrong_method();
  const Rest rest(path.rest.begin() + 1, path.rest.end());
  return serve_repo_file(x, repo, rest,
                         word == "raw" ? FileView::kRaw : FileView::kResolve);
}

using RepoPart = Reply (*)(Exchange&, const RepoTarget&, const RepoPath&);

Reply with_repo(Exchange& x, const RepoPath& path, RepoPart part) {
  auto found = HUG_TRY(x.find_repo(path.kind, path.name_space, path.name));
  if (!found.target) return redirect_to(found.redirect);
  return part(x, *found.target, path);
}

// Pages below /api that are about no one repo.
Reply plain_api(Exchange& x) {
  const Rest& s = x.segments;
  const std::string word = s.size() > 1 ? s[1] : "";
  const bool get = method_fits(x.request.method, "GET");
  if (s.size() == 2) {
    if (const auto kind = parse_kind_plural(word)) {
      return get ? list_repos(x, *kind) : Reply(wrong_method());
    }
    if (word == "whoami-v2" || word == "whoami") return whoami(x);
    if (word == "validate-yaml") return validate_yaml(x);
    if (word == "agent-harnesses") {
      return json_text_reply(R"({"standardEnvVars":[],"harnesses":{}})");
    }
    if (word == "models-tags-by-type" || word == "datasets-tags-by-type") {
      return json_text_reply("{}");
    }
  }
  if (word == "repos" && s.size() == 3) {
    if (s[2] == "create" && x.request.method == "POST") return create_repo(x);
    if (s[2] == "delete" && x.request.method == "DELETE") {
      return delete_repo(x);
    }
    if (s[2] == "move" && x.request.method == "POST") return move_repo(x);
  }
  if (word == "settings" && get && s.size() == 3 && s[2] == "repositories") {
    return list_own_repos(x, "");
  }
  if (word == "organizations" && get && s.size() == 5 && s[3] == "settings" &&
      s[4] == "repositories") {
    return list_own_repos(x, s[2]);
  }
  const Rest rest = s.size() > 2 ? Rest(s.begin() + 2, s.end()) : Rest();
  if (word == "users" && get) return user_overview(x, rest);
  if (word == "organizations" && get) return organization_page(x, rest);
  if (s.size() == 3 && parse_kind_plural(word)) {
    // One segment is no repo here; clients look for this code.
    return repo_not_found();
  }
  return no_such_page();
}

}  // namespace

Reply no_xet(Exchange&, const RepoTarget&, const Rest&) {
  return Error(Code::kNotFound, "This hub has no Xet storage")
      .hint("set HF_HUB_DISABLE_XET=1: large files go through LFS then");
}

Reply dispatch(Exchange& x) {
  const Rest& s = x.segments;
  if (s[0] == "api") {
    const auto path = api_repo_path(s);
    return path ? with_repo(x, *path, repo_api) : plain_api(x);
  }
  if (s[0] == "lfs") {
    return lfs_transfer(x, Rest(s.begin() + 1, s.end()));
  }
  if (s[0] == "healthz") return json_text_reply(R"({"status":"ok"})");
  const auto path = web_repo_path(s);
  return path ? with_repo(x, *path, web_repo) : no_such_page();
}

Result<void> dispatch_head(Exchange& x) {
  const Rest& s = x.segments;
  if (s[0] == "lfs") {
    return begin_lfs_transfer(x, Rest(s.begin() + 1, s.end()));
  }
  const auto path = api_repo_path(s);
  if (!path || path->rest.empty() || path->rest[0] != "commit" ||
      x.request.method != "POST") {
    return {};
  }
  auto found = HUG_TRY(x.find_repo(path->kind, path->name_space, path->name));
  // The handler answers with the redirect; the body is small or lost.
  if (!found.target) return {};
  return begin_commit(x, *found.target,
                      Rest(path->rest.begin() + 1, path->rest.end()));
}

}  // namespace hug::hub
