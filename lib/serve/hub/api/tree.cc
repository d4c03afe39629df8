// Listings of files and folders, and facts about single paths. A listing of
// 20,000 files is 3 MB of JSON, so it is written as text, not built as a value.
#include <algorithm>
#include <nlohmann/json.hpp>

#include "data/data.h"
#include "http/url.h"
#include "hub/api/handlers.h"
#include "hub/api/paging.h"
#include "hub/git/history.h"
#include "hub/git/revision.h"

namespace hug::hub {
namespace {

using Json = nlohmann::json;

// Some clients read the first page only, so pages are as large as they may be.
constexpr std::size_t kUsualPage = 50'000;
constexpr std::size_t kExpandedPage = 50;
constexpr std::size_t kMaxPaths = 1000;

struct Located {
  Oid commit;
  ListingPtr listing;
  std::string path;  // "" is the root
};

std::string join_path(const Rest& rest, std::size_t from) {
  std::string out;
  for (std::size_t i = from; i < rest.size(); ++i) {
    if (!out.empty()) out += '/';
    out += rest[i];
  }
  while (out.ends_with('/'))
    out.pop_back();
  return out;
}

Result<Located> locate(const RepoTarget& repo, const Rest& rest) {
  const SplitRevision at = HUG_TRY(split_revision(repo.git(), rest));
  return Located{at.commit, HUG_TRY(repo.open->files_of(at.commit)),
                 join_path(rest, at.segments)};
}

void append_entry(std::string& out, const ListedEntry& entry,
                  const GitCommit* last) {
  out += entry.folder ? R"({"type":"directory","oid":")"
                      : R"({"type":"file","oid":")";
  out += entry.oid.hex();
  out += R"(","size":)" + std::to_string(entry.folder ? 0 : entry.size);
  out += R"(,"path":)" + data::quote_json(entry.path);
  if (entry.is_lfs()) {
    out += R"(,"lfs":{"oid":")" + entry.sha256 + R"(","size":)" +
           std::to_string(entry.size) + R"(,"pointerSize":)" +
           std::to_string(entry.blob_size) + "}";
  }
  if (last != nullptr) {
    out += R"(,"lastCommit":{"id":")" + last->id.hex() + R"(","title":)" +
           data::quote_json(last->title) + R"(,"date":")" + last->date + "\"}";
    if (!entry.folder) {
      out += R"(,"securityFileStatus":{"status":"unscanned","avScan":null,)"
             R"("pickleImportScan":null,"jFrogScan":null,)"
             R"("protectAiScan":null})";
    }
  }
  out += '}';
}

Result<std::string> entries_json(const RepoTarget& repo, const Oid& commit,
                                 const std::vector<const ListedEntry*>& entries,
                                 bool expand) {
  std::vector<GitCommit> last;
  if (expand) {
    std::vector<std::string> paths;
    for (const ListedEntry* entry : entries)
      paths.push_back(entry->path);
    last = HUG_TRY(last_commits(repo.git(), commit, paths));
  }
  std::string out = "[";
  out.reserve(entries.size() * 160 + 2);
  for (std::size_t i = 0; i < entries.size(); ++i) {
    if (i != 0) out += ',';
    append_entry(out, *entries[i], expand ? &last[i] : nullptr);
  }
  out += ']';
  return out;
}

Result<std::vector<const ListedEntry*>> entries_below(const Located& at,
                                                      bool recursive) {
  if (!at.path.empty()) {
    const ListedEntry* entry = at.listing->find(at.path);
    if (entry == nullptr || !entry->folder) {
      return entry_not_found(at.path + " does not exist on \"" +
                             at.commit.hex() + "\"");
    }
  }
  const auto [first, last] = at.listing->below(at.path);
  const std::size_t skip = at.path.empty() ? 0 : at.path.size() + 1;
  std::vector<const ListedEntry*> out;
  out.reserve(last - first);
  for (std::size_t i = first; i < last; ++i) {
    const ListedEntry& entry = at.listing->entries[i];
    if (recursive || entry.path.find('/', skip) == std::string::npos) {
      out.push_back(&entry);
    }
  }
  return out;
}

// A form ("paths=a&paths=b") or JSON ({"paths":["a","b"]}).
struct PathsQuery {
  std::vector<std::string> paths;
  bool expand = false;
};

Result<PathsQuery> paths_query(const Exchange& x) {
  PathsQuery out;
  const auto type = x.request.headers.get("Content-Type");
  if (type.find("json") == std::string_view::npos) {
    for (const auto& [key, value] : http::parse_query(x.request.body)) {
      if (key == "paths") out.paths.push_back(value);
      if (key == "expand") out.expand = base::parse_flag(value);
    }
  } else {
    const Json body = HUG_TRY(x.json_body());
    out.expand = data::find_bool(body, "expand");
    if (const Json* paths = data::find_array(body, "paths")) {
      for (const Json& path : *paths) {
        if (path.is_string()) out.paths.push_back(path.get<std::string>());
      }
    } else if (const auto path = data::find_string(body, "paths")) {
      out.paths.push_back(*path);
    }
  }
  if (out.paths.size() > kMaxPaths) {
    return bad_request("At most 1000 paths can be asked for at once");
  }
  return out;
}

}  // namespace

Reply list_tree(Exchange& x, const RepoTarget& repo, const Rest& rest) {
  const Located at = HUG_TRY(locate(repo, rest));
  const bool expand = x.flag("expand");
  auto entries = HUG_TRY(entries_below(at, x.flag("recursive")));
  const Page page =
      page_of(x, entries.size(), expand ? kExpandedPage : kUsualPage,
              expand ? kExpandedPage : kUsualPage);
  entries = {entries.begin() + static_cast<std::ptrdiff_t>(page.first),
             entries.begin() + static_cast<std::ptrdiff_t>(page.last)};
  http::ServerResponse out =
      json_text_reply(HUG_TRY(entries_json(repo, at.commit, entries, expand)));
  out.headers.set("X-Repo-Commit", at.commit.hex());
  link_next(x, page, out);
  return out;
}

Reply paths_info(Exchange& x, const RepoTarget& repo, const Rest& rest) {
  const Located at = HUG_TRY(locate(repo, rest));
  const PathsQuery query = HUG_TRY(paths_query(x));
  std::vector<const ListedEntry*> found;
  for (std::string path : query.paths) {
    while (path.ends_with('/'))
      path.pop_back();
    if (const ListedEntry* entry = at.listing->find(path)) {
      found.push_back(entry);
    }
  }
  http::ServerResponse out = json_text_reply(
      HUG_TRY(entries_json(repo, at.commit, found, query.expand)));
  out.headers.set("X-Repo-Commit", at.commit.hex());
  return out;
}

Reply tree_size(Exchange&, const RepoTarget& repo, const Rest& rest) {
  const Located at = HUG_TRY(locate(repo, rest));
  std::uint64_t size = 0;
  for (const ListedEntry* entry : HUG_TRY(entries_below(at, true))) {
    if (!entry->folder) {
      size = base::checked_add(size, entry->size).value_or(size);
    }
  }
  return json_reply({{"path", "/" + at.path}, {"size", size}});
}

}  // namespace hug::hub
