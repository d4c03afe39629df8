// hug __complete: what the completion scripts ask for.
#include "spec/complete.h"

#include <algorithm>
#include <chrono>
#include <optional>
#include <set>

#include "app/app.h"
#include "hug/auth.h"
#include "hug/cache.h"
#include "hug/repo.h"
#include "spec/command.h"

namespace hug::cli::cmd {

namespace {

// Somebody waits with a finger on the key: a hub that does not answer within
// this time is left out.
constexpr std::chrono::milliseconds kPatience{1500};
constexpr std::size_t kMostAnswers = 500;

constexpr Option kOptions[] = {
    {.name = "words",
     .kind = Kind::kPositional,
     .value = "WORD",
     .help = "The command line behind the program's name.",
     .many = true},
};

/// The hub, asked once and not for long. Nothing where that is not possible.
std::optional<Hub> quick_hub(App& app) {
  auto context = app.context();
  if (!context) return std::nullopt;
  HubOptions options;
  options.retries = 0;
  options.timeout = options.connect_timeout = kPatience;
  auto hub = Hub::open(**context, std::move(options));
  if (!hub || hub->offline()) return std::nullopt;
  return std::move(*hub);
}

/// "owner/name", or "model/owner/name" for commands that speak of the cache.
std::string spelled(const RepoId& id, bool with_type) {
  if (!with_type) return id.full();
  return std::string(repo_type_name(id.type)) + '/' + id.full();
}

CacheScan cached(App& app) {
  auto context = app.context();
  if (!context) return {};
  auto scan = scan_cache(**context);
  return scan ? std::move(*scan) : CacheScan();
}

/// What is in the cache, then the caller's own.
std::set<std::string> repos(App& app, bool only_cached) {
  std::set<std::string> out;
  for (const auto& repo : cached(app).repos) {
    out.insert(spelled(repo.id, only_cached));
  }
  if (only_cached) return out;
  auto hub = quick_hub(app);
  if (!hub || !active_token(*hub)) return out;
  if (const auto own = list_own_repos(*hub)) {
    for (const auto& repo : *own)
      out.insert(repo.id);
  }
  return out;
}

/// Branches and tags as the cache knows them, else as the hub says.
std::set<std::string> revisions(App& app, const std::string& repo) {
  std::set<std::string> out;
  for (const auto& one : cached(app).repos) {
    if (one.id.full() == repo) out.insert(one.refs.begin(), one.refs.end());
  }
  if (const auto id = parse_repo_id(repo)) {
    if (auto hub = quick_hub(app)) {
      if (const auto refs = list_refs(*hub, *id)) {
        for (const auto& branch : refs->branches)
          out.insert(branch.name);
        for (const auto& tag : refs->tags)
          out.insert(tag.name);
      }
    }
  }
  return out;
}

std::set<std::string> tokens(App& app) {
  std::set<std::string> out;
  auto context = app.context();
  if (!context) return out;
  if (const auto stored = list_tokens(**context)) {
    for (const auto& token : stored->tokens)
      out.insert(token.name);
  }
  return out;
}

/// Names come from hubs and files: what could confuse a shell stays out.
bool plain(const std::string& value) {
  return !value.empty() && value.size() <= 256 &&
         std::all_of(value.begin(), value.end(),
                     [](unsigned char c) { return c > ' ' && c < 0x7f; });
}

std::set<std::string> answers(App& app, const Completion& completion,
                              const std::vector<std::string>& words) {
  switch (completion.wanted) {
    case Complete::kRepo:
    case Complete::kModel:
      return repos(app, !words.empty() && words.front() == "cache");
    case Complete::kRevision:
      return revisions(app, completion.repo);
    case Complete::kToken:
      return tokens(app);
    default:
      return {};
  }
}

Result<void> run(App& app, const Args& args) {
  const auto words = args.list("words");
  const Completion completion = complete(app.root(), words);
  std::string text;
  for (const Candidate& candidate : completion.candidates) {
    text += candidate.value;
    if (!candidate.meaning.empty()) text += '\t' + candidate.meaning;
    text += '\n';
  }
  auto typing = words.empty() ? std::string() : words.back();
  std::string before;  // "--revision=" is part of the word
  if (const auto equals = typing.find('=');
      typing.starts_with("--") && equals != typing.npos) {
    before = typing.substr(0, equals + 1);
    typing.erase(0, equals + 1);
  }
  std::size_t count = 0;
  for (const auto& value : answers(app, completion, words)) {
    if (!value.starts_with(typing) || !plain(value)) continue;
    if (++count > kMostAnswers) break;
    text += before + value + '\n';
  }
  if (text.empty() && (completion.wanted == Complete::kFile ||
                       completion.wanted == Complete::kModel)) {
    text = ":files\n";
  }
  if (text.empty() && completion.wanted == Complete::kFolder) {
    text = ":folders\n";
  }
  return app.out().raw(text);
}

}  // namespace

extern constexpr Command kCompleteHidden{
    .name = "__complete",
    .summary = "Print what may come next on a command line.",
    .options = kOptions,
    .hidden = true,
    .run = run,
};
static_assert(well_formed(kCompleteHidden));

}  // namespace hug::cli::cmd
