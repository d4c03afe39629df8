// Repositories of a hub: their names, what is in them, and how they are made,
// changed and removed.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "hug/export.h"
#include "hug/hub.h"
#include "hug/result.h"

namespace hug {

enum class RepoType : std::uint8_t { kModel, kDataset, kSpace, kKernel };

/// "model", "dataset", "space", "kernel"
HUG_EXPORT std::string_view repo_type_name(RepoType type) noexcept;
/// The same words, singular or plural. Errors: kUsage.
HUG_EXPORT Result<RepoType> parse_repo_type(std::string_view text);

struct RepoId {
  RepoType type = RepoType::kModel;
  std::string owner = {};  ///< empty for the few one-word ids ("gpt2")
  std::string name = {};

  /// "owner/name" or "name"
  std::string full() const { return owner.empty() ? name : owner + '/' + name; }

  friend bool operator==(const RepoId&, const RepoId&) = default;
};

/// "name", "owner/name", or with a plural type in front
/// ("datasets/owner/name"), checked against the Hub's rule for names. A type
/// in the text and a different `type` given contradict each other: kUsage.
HUG_EXPORT Result<RepoId> parse_repo_id(std::string_view text,
                                        std::optional<RepoType> type = {});

/// A place on a hub: hf://[type/]owner/name[@revision][/path], or a web address
/// (https://huggingface.co/owner/name/blob/main/path) of `endpoint` or of a
/// known host.
struct HubUri {
  RepoId repo = {};
  std::string revision = {};  ///< empty when none was written
  std::string path = {};      ///< empty for the whole repository
  bool bucket = false;        ///< hf://buckets/owner/name/path
  bool folder = false;        ///< a slash was written at the end
};

/// True when the text starts like a hf:// URI.
HUG_EXPORT bool is_hub_uri(std::string_view text) noexcept;
/// Errors: kUsage, saying what is wrong with it.
HUG_EXPORT Result<HubUri> parse_hub_uri(std::string_view text,
                                        std::string_view endpoint = {});
/// "hf://models/owner/name@rev/path"
HUG_EXPORT std::string format_hub_uri(const HubUri& uri);
/// Address of a repo's page, or of a file in it, for people.
HUG_EXPORT std::string web_url(const Hub& hub, const RepoId& repo,
                               std::string_view revision = {},
                               std::string_view path = {});

// ---------------------------------------------------------------- reading

struct LastCommit {
  std::string id = {};
  std::string title = {};
  std::string date = {};  ///< "2026-09-01T10:00:00.000Z"
};

/// A file or folder of a revision.
struct TreeEntry {
  std::string path = {};
  bool folder = false;
  std::uint64_t size = 0;    ///< real size, also of large files
  std::string blob_id = {};  ///< git id of the blob (of the pointer) or tree
  std::string sha256 = {};   ///< of large files only
  std::uint64_t pointer_size = 0;
  std::string xet_hash = {};
  std::optional<LastCommit> last_commit = {};  ///< with expand
  std::string json = {};  ///< as the hub sent it; with expand only

  /// What names the content: sha256 of large files, else the git id.
  const std::string& etag() const noexcept {
    return sha256.empty() ? blob_id : sha256;
  }
};

/// Numbers of a type among the weights in safetensors files.
struct WeightCount {
  std::string type = {};  ///< "BF16"
  std::uint64_t count = 0;
};

struct RepoInfo {
  RepoId id = {};
  std::string sha = {};  ///< commit the rest describes
  std::string created_at = {};
  std::string last_modified = {};
  bool is_private = false;
  bool disabled = false;
  std::string gated = {};  ///< "", "auto" or "manual"
  std::uint64_t downloads = 0;
  std::uint64_t likes = 0;
  std::string pipeline_tag = {};
  std::string library_name = {};
  std::string sdk = {};  ///< of spaces
  std::vector<std::string> tags = {};
  std::vector<TreeEntry> files = {};      ///< siblings; sizes only with `blobs`
  std::vector<WeightCount> weights = {};  ///< of models, where the hub knows
  std::string json = {};  ///< the whole object as the hub sent it
};

struct RepoInfoOptions {
  std::string revision = {};  ///< empty: the default branch
  bool blobs = false;         ///< sizes and digests of the files
  std::vector<std::string> expand = {};
};

HUG_EXPORT Result<RepoInfo> repo_info(Hub& hub, const RepoId& repo,
                                      const RepoInfoOptions& options = {});
/// False when there is no such repo, or no such revision where one is given.
HUG_EXPORT Result<bool> repo_exists(Hub& hub, const RepoId& repo,
                                    std::string_view revision = {});

struct RepoListOptions {
  std::string author = {};
  std::string search = {};
  std::vector<std::string> filter = {};  ///< tags
  /// created_at, downloads, last_modified, likes, trending_score; or empty
  std::string sort = {};
  std::size_t limit = 30;  ///< 0: all
  std::vector<std::string> expand = {};
  /// Any further query parameters ("pipeline_tag", "gated", "apps" ...).
  std::vector<std::pair<std::string, std::string>> query = {};
};

HUG_EXPORT Result<std::vector<RepoInfo>> list_repos(
    Hub& hub, RepoType type, const RepoListOptions& options = {});

struct OwnRepo {
  std::string id = {};
  std::string type = {};
  std::string updated_at = {};
  std::string visibility = {};
  std::uint64_t storage = 0;
  double storage_percent = 0;
  std::string json = {};
};

/// The repositories of the caller (empty) or of an organisation.
HUG_EXPORT Result<std::vector<OwnRepo>> list_own_repos(
    Hub& hub, std::string_view organization = {});

struct TreeOptions {
  std::string revision = {};  ///< empty: the default branch
  std::string path = {};      ///< a folder; empty: all of it
  bool recursive = true;
  bool expand = false;  ///< with the last commit of each; slow on the Hub
};

/// Sorted by path. Errors: kNotFound for a missing repo, revision or folder.
HUG_EXPORT Result<std::vector<TreeEntry>> list_tree(
    Hub& hub, const RepoId& repo, const TreeOptions& options = {});
/// The entries for the given paths; absent ones are left out.
HUG_EXPORT Result<std::vector<TreeEntry>> paths_info(
    Hub& hub, const RepoId& repo, std::string_view revision,
    const std::vector<std::string>& paths);

struct RefInfo {
  std::string name = {};  ///< "main"
  std::string ref = {};   ///< "refs/heads/main"
  std::string commit = {};
};

struct RepoRefs {
  std::vector<RefInfo> branches = {};
  std::vector<RefInfo> tags = {};
  std::vector<RefInfo> converts = {};
  std::vector<RefInfo> pull_requests = {};
};

HUG_EXPORT Result<RepoRefs> list_refs(Hub& hub, const RepoId& repo,
                                      bool pull_requests = false);

struct CommitInfo {
  std::string id = {};
  std::string title = {};
  std::string message = {};
  std::vector<std::string> authors = {};
  std::string date = {};
};

/// Newest first.
HUG_EXPORT Result<std::vector<CommitInfo>> list_commits(
    Hub& hub, const RepoId& repo, std::string_view revision = {},
    std::size_t limit = 0);

/// The bytes of a small file (a card, a config), at most `limit` of them
/// (kLimit beyond). Asks the hub each time; download.h uses the cache.
HUG_EXPORT Result<std::string> read_file(Hub& hub, const RepoId& repo,
                                         std::string_view revision,
                                         std::string_view path,
                                         std::uint64_t limit = 16U << 20);

// ---------------------------------------------------------------- changing

enum class Visibility : std::uint8_t {
  kDefault,
  kPublic,
  kPrivate,
  kProtected
};

struct NameValue {
  std::string name = {};
  std::string value = {};
};

struct CreateRepoOptions {
  Visibility visibility = Visibility::kDefault;
  bool exist_ok = false;
  std::string sdk = {};  ///< of spaces: gradio, streamlit, docker, static
  std::string template_repo = {};
  std::string hardware = {};
  std::optional<std::int64_t> sleep_seconds = {};
  std::string resource_group = {};
  std::string region = {};
  std::vector<NameValue> secrets = {};
  std::vector<NameValue> variables = {};
  std::string volumes_json = {};  ///< a JSON array, or empty
};

struct CreatedRepo {
  RepoId id = {};  ///< as the hub spells it
  std::string url = {};
  bool existed = false;
  bool files_pending = false;  ///< of duplicates: still being copied
};

/// A name without an owner goes to the caller. Errors: kConflict when it
/// exists and exist_ok is not set.
HUG_EXPORT Result<CreatedRepo> create_repo(
    Hub& hub, const RepoId& repo, const CreateRepoOptions& options = {});
HUG_EXPORT Result<void> delete_repo(Hub& hub, const RepoId& repo,
                                    bool missing_ok = false);
/// Both with an owner, of the same type.
HUG_EXPORT Result<void> move_repo(Hub& hub, const RepoId& from,
                                  const RepoId& to);
/// `to` without a name keeps the name; without an owner goes to the caller.
HUG_EXPORT Result<CreatedRepo> duplicate_repo(
    Hub& hub, const RepoId& from, const RepoId& to,
    const CreateRepoOptions& options = {});

struct RepoSettings {
  Visibility visibility = Visibility::kDefault;
  std::optional<std::string> gated = {};  ///< "auto", "manual" or "false"
};

/// Errors: kUsage when nothing is set.
HUG_EXPORT Result<void> update_repo_settings(Hub& hub, const RepoId& repo,
                                             const RepoSettings& settings);

/// `start`: revision the branch starts from; empty: the head of main.
HUG_EXPORT Result<void> create_branch(Hub& hub, const RepoId& repo,
                                      std::string_view branch,
                                      std::string_view start = {},
                                      bool exist_ok = false);
HUG_EXPORT Result<void> delete_branch(Hub& hub, const RepoId& repo,
                                      std::string_view branch);
HUG_EXPORT Result<void> create_tag(Hub& hub, const RepoId& repo,
                                   std::string_view tag,
                                   std::string_view revision = {},
                                   std::string_view message = {},
                                   bool exist_ok = false);
HUG_EXPORT Result<void> delete_tag(Hub& hub, const RepoId& repo,
                                   std::string_view tag);

}  // namespace hug
