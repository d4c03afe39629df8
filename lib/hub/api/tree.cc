// What is in a revision.
#include "api/tree.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "api/address.h"
#include "api/parse.h"
#include "api/session.h"
#include "data/json.h"
#include "hug/repo.h"

namespace hug {

namespace {

// More entries than any repository has: a listing that grows beyond it is an
// attack or a mistake.
constexpr std::size_t kMostEntries = 20'000'000;
constexpr std::size_t kPathsPerQuestion = 1000;

Result<void> count_entry(std::size_t& count) {
  if (count++ < kMostEntries) return {};
  return Error(Code::kLimit, "the hub lists more than " +
                                 std::to_string(kMostEntries) + " files");
}

void sort_by_path(std::vector<TreeEntry>& entries) {
  std::sort(entries.begin(), entries.end(),
            [](const auto& a, const auto& b) { return a.path < b.path; });
}

}  // namespace

Result<void> api::each_tree_entry(
    Hub& hub, const RepoId& repo, const TreeOptions& options,
    const std::function<void(TreeEntry entry)>& take) {
  Call call;
  call.action = "list the files of " + describe(repo);
  auto rest = "/tree" + revision_segment(options.revision);
  if (!options.path.empty()) rest += "/" + http::encode_segment(options.path);
  call.url = repo_url(hub, repo, rest);
  call.url.add_query("recursive", options.recursive ? "true" : "false");
  call.url.add_query("expand", options.expand ? "true" : "false");
  std::size_t count = 0;
  return fetch_pages(hub, call, [&](const auto& item) -> Result<bool> {
    HUG_TRY(count_entry(count));
    take(HUG_TRY(parse_tree_entry(item, options.expand)));
    return true;
  });
}

Result<std::vector<TreeEntry>> list_tree(Hub& hub, const RepoId& repo,
                                         const TreeOptions& options) {
  std::vector<TreeEntry> entries;
  HUG_TRY(api::each_tree_entry(hub, repo, options, [&](TreeEntry entry) {
    entries.push_back(std::move(entry));
  }));
  sort_by_path(entries);
  return entries;
}

Result<std::vector<TreeEntry>> paths_info(
    Hub& hub, const RepoId& repo, std::string_view revision,
    const std::vector<std::string>& paths) {
  std::vector<TreeEntry> entries;
  std::size_t count = 0;
  for (std::size_t at = 0; at < paths.size(); at += kPathsPerQuestion) {
    api::Call call;
    call.action = "look for files in " + api::describe(repo);
    call.method = "POST";
    call.url = api::repo_url(hub, repo,
                             "/paths-info" + api::revision_segment(revision));
    http::Query form;
    const auto end = std::min(paths.size(), at + kPathsPerQuestion);
    for (auto i = at; i < end; ++i)
      form.emplace_back("paths", paths[i]);
    form.emplace_back("expand", "false");
    api::set_form(call, form);
    const auto json = HUG_TRY(api::fetch_json(hub, call));
    if (!json.is_array()) {
      return Error(Code::kCorrupt, "the hub's answer about paths is no array");
    }
    for (const auto& item : json) {
      HUG_TRY(count_entry(count));
      entries.push_back(HUG_TRY(api::parse_tree_entry(item)));
    }
  }
  sort_by_path(entries);
  return entries;
}

}  // namespace hug
