// One repo's info, and lists of repos.
#include <algorithm>
#include <nlohmann/json.hpp>

#include "data/data.h"
#include "hub/api/handlers.h"
#include "hub/api/paging.h"
#include "hub/git/revision.h"

namespace hug::hub {
namespace {

using Json = nlohmann::json;

constexpr std::size_t kUsualPage = 1000;
constexpr std::size_t kMaxPage = 10'000;

// Values of a parameter that may be repeated, or hold several by commas.
std::vector<std::string> values_of(const Exchange& x, std::string_view name) {
  std::vector<std::string> out;
  for (const auto& [key, value] : x.request.query) {
    if (key != name && key != std::string(name) + "[]") continue;
    for (const std::string_view part : base::split(value, ',')) {
      if (!part.empty()) out.emplace_back(part);
    }
  }
  return out;
}

Json json_of(const std::string& text, const char* name) {
  auto parsed = data::parse_json(text, name);
  return parsed ? std::move(*parsed) : Json::object();
}

// What infos and lists have in common.
Json base_info(const RepoRecord& record, const CardFacts& card) {
  Json out = {{"_id", record.id},
              {"id", record.full_name()},
              {"author", record.name_space},
              {"private", record.is_private},
              {"disabled", record.disabled},
              {"downloads", record.downloads},
              {"likes", record.likes},
              {"trendingScore", 0},
              {"createdAt", record.created},
              {"lastModified", record.updated},
              {"tags", card.tags}};
  out["gated"] = record.gated.empty() ? Json(false) : Json(record.gated);
  if (!record.head.empty()) out["sha"] = record.head;
  if (record.kind == RepoKind::kModel) {
    out["modelId"] = record.full_name();
    if (!card.pipeline_tag.empty()) out["pipeline_tag"] = card.pipeline_tag;
    if (!card.library_name.empty()) out["library_name"] = card.library_name;
  }
  if (record.kind == RepoKind::kDataset) {
    out["description"] = card.description;
    out["citation"] = nullptr;
    out["paperswithcode_id"] = nullptr;
  }
  if (record.kind == RepoKind::kSpace) out["sdk"] = record.sdk;
  return out;
}

void add_details(Json& out, const RepoRecord& record, const CardFacts& card) {
  out["cardData"] = json_of(card.data, "card");
  if (!card.config.empty()) out["config"] = json_of(card.config, "config.json");
  out["downloadsAllTime"] = record.downloads;
  out["usedStorage"] = record.storage;
  if (record.kind == RepoKind::kModel) out["spaces"] = Json::array();
  if (record.kind == RepoKind::kSpace) {
    out["host"] = nullptr;
    out["subdomain"] = nullptr;
    out["models"] = Json::array();
    out["datasets"] = Json::array();
    out["runtime"] = {
        {"stage", "NO_APP_FILE"},
        {"hardware", {{"current", nullptr}, {"requested", nullptr}}}};
  }
}

Json siblings_of(const Listing& listing, bool blobs) {
  Json out = Json::array();
  for (const ListedEntry& entry : listing.entries) {
    if (entry.folder) continue;
    Json sibling = {{"rfilename", entry.path}};
    if (blobs) {
      sibling["size"] = entry.size;
      sibling["blobId"] = entry.oid.hex();
      if (entry.is_lfs()) {
        sibling["lfs"] = {{"sha256", entry.sha256},
                          {"size", entry.size},
                          {"pointerSize", entry.blob_size}};
      }
    }
    out.push_back(std::move(sibling));
  }
  return out;
}

// What the weights consist of; nothing where that is not known.
void add_weights_of(Exchange& x, const RepoTarget& repo,
                    const ListingPtr& listing, Json& out) {
  const WeightCountsPtr counts = repo.open->weights.get(
      repo.git(), x.store().fs(), x.store().objects(), listing);
  if (counts->empty()) return;
  std::uint64_t total = 0;
  for (const auto& [type, count] : *counts)
    total += count;
  out["safetensors"] = {{"parameters", *counts}, {"total", total}};
}

bool wants(const std::vector<std::string>& expand, std::string_view key) {
  return expand.empty() ||
         std::find(expand.begin(), expand.end(), key) != expand.end();
}

void keep_only(Json& out, const std::vector<std::string>& keys) {
  Json kept = {{"_id", out["_id"]}, {"id", out["id"]}};
  for (const std::string& key : keys) {
    if (out.contains(key)) kept[key] = out[key];
  }
  out = std::move(kept);
}

bool contains_ignoring_case(const std::string& text, const std::string& part) {
  return base::to_lower(text).find(base::to_lower(part)) != std::string::npos;
}

// What a list is asked for.
struct ListQuery {
  std::string author;
  std::vector<std::string> search;
  std::vector<std::string> filter;
  std::string pipeline_tag;
  std::optional<bool> gated;
  std::string sort;
  bool ascending = false;
};

Result<ListQuery> list_query(const Exchange& x) {
  ListQuery out;
  out.author = x.request.param("author").value_or("");
  for (const auto& [key, value] : x.request.query) {
    if (key == "search" && !value.empty()) out.search.push_back(value);
  }
  out.filter = values_of(x, "filter");
  for (std::string& tag : values_of(x, "other"))
    out.filter.push_back(tag);
  out.pipeline_tag = x.request.param("pipeline_tag").value_or("");
  if (x.request.param("gated")) out.gated = x.flag("gated");
  out.sort = x.request.param("sort").value_or("lastModified");
  out.ascending = x.request.param("direction") == "1";
  constexpr std::string_view kSorts[] = {"lastModified",    "last_modified",
                                         "createdAt",       "created_at",
                                         "downloads",       "likes",
                                         "trendingScore",   "trending_score",
                                         "likes7d",         "id",
                                         "downloadsAllTime"};
  if (std::find(std::begin(kSorts), std::end(kSorts), out.sort) ==
      std::end(kSorts)) {
    return bad_request("Unknown sort: \"" + out.sort.substr(0, 50) + "\"");
  }
  return out;
}

bool fits(const ListQuery& query, const RepoRecord& record,
          const CardFacts& card) {
  if (!query.author.empty() &&
      !base::equal_ignoring_case(query.author, record.name_space)) {
    return false;
  }
  if (query.gated && *query.gated != !record.gated.empty()) return false;
  if (!query.pipeline_tag.empty() && query.pipeline_tag != card.pipeline_tag) {
    return false;
  }
  const bool found = std::all_of(
      query.search.begin(), query.search.end(), [&](const auto& part) {
        return contains_ignoring_case(record.full_name(), part);
      });
  return found &&
         std::all_of(
             query.filter.begin(), query.filter.end(), [&](const auto& tag) {
               return std::find(card.tags.begin(), card.tags.end(), tag) !=
                      card.tags.end();
             });
}

struct Listed {
  RepoRecordPtr record;
  CardFacts card;
};

void sort_list(std::vector<Listed>& list, const ListQuery& query) {
  const auto less = [&](const Listed& a, const Listed& b) {
    if (query.sort.starts_with("created")) {
      return a.record->created < b.record->created;
    }
    if (query.sort.starts_with("downloads")) {
      return a.record->downloads < b.record->downloads;
    }
    if (query.sort.starts_with("likes")) {
      return a.record->likes < b.record->likes;
    }
    if (query.sort == "id") {
      return a.record->full_name() < b.record->full_name();
    }
    return a.record->updated < b.record->updated;
  };
  std::stable_sort(list.begin(), list.end(), [&](const auto& a, const auto& b) {
    return query.ascending ? less(a, b) : less(b, a);
  });
}

}  // namespace

Reply list_repos(Exchange& x, RepoKind kind) {
  const ListQuery query = HUG_TRY(list_query(x));
  std::vector<Listed> fitting;
  for (const RepoRecordPtr& record : HUG_TRY(x.store().registry().list(kind))) {
    if (record->is_private && !x.caller.owns(record->name_space)) continue;
    Listed listed{record, parse_card(record->card)};
    if (fits(query, *record, listed.card)) fitting.push_back(std::move(listed));
  }
  sort_list(fitting, query);
  const auto expand = values_of(x, "expand");
  const bool full = x.flag("full");
  const Page page = page_of(x, fitting.size(), kUsualPage, kMaxPage);
  Json out = Json::array();
  for (std::size_t i = page.first; i < page.last; ++i) {
    const auto& [record, card] = fitting[i];
    Json info = base_info(*record, card);
    if (full || !expand.empty()) add_details(info, *record, card);
    if (x.flag("cardData")) info["cardData"] = json_of(card.data, "card");
    if (x.flag("config") && !card.config.empty()) {
      info["config"] = json_of(card.config, "config.json");
    }
    const bool wants_files = full || std::find(expand.begin(), expand.end(),
                                               "siblings") != expand.end();
    const auto head = Oid::parse(record->head);
    if (wants_files && head) {
      const OpenRepoPtr repo = HUG_TRY(x.store().repos().open(record->id));
      info["siblings"] = siblings_of(*HUG_TRY(repo->files_of(*head)), false);
    }
    if (!expand.empty()) keep_only(info, expand);
    out.push_back(std::move(info));
  }
  http::ServerResponse response = json_reply(out);
  link_next(x, page, response);
  return response;
}

Reply repo_info(Exchange& x, const RepoTarget& repo, const Rest& rest) {
  Oid commit;
  if (rest.empty()) {
    commit = HUG_TRY(resolve_revision(repo.git(), "HEAD"));
  } else {
    const SplitRevision at = HUG_TRY(split_revision(repo.git(), rest));
    if (at.segments != rest.size()) return revision_not_found(rest.back());
    commit = at.commit;
  }
  const ListingPtr listing = HUG_TRY(repo.open->files_of(commit));
  const CardFactsPtr card =
      HUG_TRY(repo.open->cards.get(repo.git(), repo.record->kind, listing));
  Json out = base_info(*repo.record, *card);
  add_details(out, *repo.record, *card);
  out["sha"] = commit.hex();
  if (commit.hex() != repo.record->head) {
    out["lastModified"] = HUG_TRY(repo.git().commit(commit)).date;
  }
  const auto expand = values_of(x, "expand");
  if (wants(expand, "siblings")) {
    out["siblings"] = siblings_of(*listing, x.flag("blobs"));
  }
  if (repo.record->kind == RepoKind::kModel && wants(expand, "safetensors")) {
    add_weights_of(x, repo, listing, out);
  }
  if (!expand.empty()) keep_only(out, expand);
  http::ServerResponse response = json_reply(out);
  response.headers.set("X-Repo-Commit", commit.hex());
  return response;
}

}  // namespace hug::hub
