// What a hub knows of a repo from its files: the front matter of README.md,
// tags, the library and the task. Derived, so it never fails: a card that
// cannot be read counts as absent.
#pragma once

#include <list>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "hub/git/git_repo.h"
#include "hub/git/listing.h"
#include "hub/names.h"

namespace hug::hub {

struct CardFacts {
  std::string data = "{}";  // the front matter as a JSON object
  std::vector<std::string> tags;
  std::string pipeline_tag;
  std::string library_name;
  std::string config;       // JSON of the interesting part; empty: none
  std::string description;  // of datasets: the first paragraph
};

using CardFactsPtr = std::shared_ptr<const CardFacts>;

/// `readme` and `config` are the files' texts, empty when absent.
CardFacts make_card(RepoKind kind, const Listing& listing,
                    std::string_view readme, std::string_view config);

/// As the registry keeps them, and back (an empty card from anything else).
std::string format_card(const CardFacts& card);
CardFacts parse_card(std::string_view json);

/// What POST /api/validate-yaml answers: problems with a card's front matter.
struct CardProblems {
  std::vector<std::string> errors;
  std::vector<std::string> warnings;
};

CardProblems check_card(std::string_view content);

/// Cards of the trees that were asked for last. Threads: any.
class CardCache {
 public:
  Result<CardFactsPtr> get(const GitRepo& repo, RepoKind kind,
                           const ListingPtr& listing);

 private:
  std::mutex mutex_;
  std::list<std::pair<Oid, CardFactsPtr>> recent_;
};

}  // namespace hug::hub
