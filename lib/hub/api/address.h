// Where the resources of a hub are.
#pragma once

#include <string>
#include <string_view>

#include "http/url.h"
#include "hug/hub.h"
#include "hug/repo.h"

namespace hug::api {

/// The endpoint with an encoded path appended ("/api/whoami-v2").
http::Url hub_url(const Hub& hub, std::string_view encoded_path);
/// "{E}/api/models/owner/name" + `rest` (encoded, with its slash).
http::Url repo_url(const Hub& hub, const RepoId& repo,
                   std::string_view rest = {});
/// "{E}/[datasets/]owner/name/resolve/{rev}/{path}"
http::Url file_url(const Hub& hub, const RepoId& repo,
                   std::string_view revision, std::string_view path);
/// "{E}/[datasets/]owner/name.git/info/lfs/objects/batch"
http::Url lfs_url(const Hub& hub, const RepoId& repo);
/// "", "datasets/", "spaces/", "kernels/"
std::string_view web_prefix(RepoType type);
/// "main" for an empty revision.
std::string_view or_main(std::string_view revision);
/// "/" + the revision as one encoded segment.
std::string revision_segment(std::string_view revision);
/// "hf://models/owner/name" for messages.
std::string describe(const RepoId& repo);

/// The default endpoint.
inline constexpr std::string_view kDefaultEndpoint = "https://huggingface.co";

}  // namespace hug::api
