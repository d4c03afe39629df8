#include "cmd/catalog/search.h"

#include <algorithm>

#include "cmd/catalog/listing.h"
#include "cmd/catalog/wire.h"
#include "hug/byte_source.h"
#include "hug/download.h"

namespace hug::cli::cmd {

namespace {

std::string plural(RepoType type) {
  return std::string(repo_type_name(type)) + 's';
}

Result<std::vector<std::string>> expand_list(RepoType type,
                                             const std::string& text) {
  std::vector<std::string> names;
  std::string_view rest = text;
  while (!rest.empty()) {
    const auto comma = rest.find(',');
    std::string_view name = rest.substr(0, comma);
    while (name.starts_with(' '))
      name.remove_prefix(1);
    while (name.ends_with(' '))
      name.remove_suffix(1);
    const auto known = expand_names(type);
    if (std::ranges::find(known, name) == known.end()) {
      std::string all;
      for (std::string_view one : known) {
        all += (all.empty() ? "" : ", ") + std::string(one);
      }
      return Error(Code::kUsage, "invalid value for '--expand': '" +
                                     std::string(name) + "' is not one of " +
                                     all);
    }
    names.emplace_back(name);
    rest = comma == rest.npos ? std::string_view() : rest.substr(comma + 1);
  }
  return names;
}

// Options of the search make no sense for files, and the other way round.
Result<void> refuse(const Args& args, bool files, RepoType type) {
  for (const Option& option : args.command().options) {
    if (option.kind == Kind::kPositional || !args.has(option.name)) continue;
    const bool of_files = option.group == kOfFiles;
    if (of_files == files) continue;
    return Error(Code::kUsage,
                 "'--" + std::string(option.name) +
                     "' cannot be used when listing " +
                     (files ? std::string("files") : plural(type)));
  }
  return {};
}

Result<void> list_matches(
    App& app, const Args& args, RepoType type,
    std::vector<std::pair<std::string, std::string>> extra) {
  RepoListOptions options{
      .author = args.text("author"),
      .search = args.text("search"),
      .filter = args.list("filter"),
      .sort = args.text("sort"),
      .limit = static_cast<std::size_t>(args.integer("limit")),
      .expand = HUG_TRY(expand_list(type, args.text("expand"))),
      .query = std::move(extra)};
  Hub* hub = HUG_TRY(app.hub());
  const auto repos = HUG_TRY(list_repos(*hub, type, options));
  std::vector<Value> rows;
  for (const RepoInfo& repo : repos) {
    rows.push_back(HUG_TRY(info_json(type, repo.json)));
  }
  app.out().table(rows, {.id = "id"});
  return {};
}

// The text behind the front matter.
std::string_view body_of(std::string_view card) {
  if (!card.starts_with("---")) return card;
  const auto end = card.find("\n---", 3);
  if (end == card.npos) return card;
  const auto line = card.find('\n', end + 1);
  return line == card.npos ? std::string_view() : card.substr(line + 1);
}

Result<std::string> card_text(Hub& hub, const RepoId& repo) {
  const DownloadResult got =
      HUG_TRY(download(hub, {.repo = repo, .files = {"README.md"}}));
  const auto source = HUG_TRY(open_file(got.path, FileAccess::kRead));
  constexpr std::uint64_t kMost = 16 << 20;
  if (source->size() > kMost) {
    return Error(Code::kLimit,
                 "the card of '" + repo.full() + "' is larger than 16 MiB");
  }
  std::string text(source->size(), '\0');
  HUG_TRY(source->read_at(0, std::as_writable_bytes(std::span(text))));
  return text;
}

}  // namespace

Result<void> search_or_list(
    App& app, const Args& args, RepoType type,
    std::vector<std::pair<std::string, std::string>> extra) {
  const bool files = args.has("repo_id");
  HUG_TRY(refuse(args, files, type));
  if (!files) return list_matches(app, args, type, std::move(extra));
  const RepoId repo = HUG_TRY(parse_repo_id(args.text("repo_id"), type));
  return list_files(app, repo,
                    {.sizes = args.flag("human-readable") ? SizeStyle::kHuman
                                                          : SizeStyle::kExact,
                     .tree = args.flag("tree"),
                     .recursive = args.flag("recursive"),
                     .revision = args.text("revision")});
}

Result<void> show_info(App& app, const Args& args, RepoType type,
                       std::string_view id) {
  const RepoId repo = HUG_TRY(parse_repo_id(args.text(id), type));
  const auto expand = HUG_TRY(expand_list(type, args.text("expand")));
  Hub* hub = HUG_TRY(app.hub());
  const RepoInfo info = HUG_TRY(repo_info(
      *hub, repo, {.revision = args.text("revision"), .expand = expand}));
  // hf prints the whole object even when asked to be quiet.
  app.out().dict(HUG_TRY(info_json(type, info.json)), app.as_hf() ? "" : "id");
  return {};
}

Result<void> show_card(App& app, const Args& args, RepoType type,
                       std::string_view id) {
  if (args.flag("metadata") && args.flag("text")) {
    return Error(Code::kUsage,
                 "'--metadata' and '--text' are mutually exclusive");
  }
  const RepoId repo = HUG_TRY(parse_repo_id(args.text(id), type));
  Hub* hub = HUG_TRY(app.hub());
  Out& out = app.out();
  if (args.flag("metadata")) {
    const RepoInfo info =
        HUG_TRY(repo_info(*hub, repo, {.expand = {"cardData"}}));
    const Value wire = HUG_TRY(Value::parse(info.json));
    out.dict(card_json(type, wire["cardData"]));
    return {};
  }
  const std::string text = HUG_TRY(card_text(*hub, repo));
  if (args.flag("text")) {
    out.page(body_of(text));
    return {};
  }
  out.page(text);
  out.hint("use `hug " + plural(type) + " card " + repo.full() +
           " --metadata` to extract only the card metadata");
  return {};
}

}  // namespace hug::cli::cmd
