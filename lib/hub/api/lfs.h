// Large objects by the Git LFS batch API: basic and multipart uploads.
#pragma once

#include <cstdint>
#include <functional>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "http/client/client.h"
#include "hug/hub.h"
#include "hug/repo.h"

namespace hug::api {

struct LfsObject {
  std::string oid = {};  ///< sha256
  std::uint64_t size = 0;
};

/// Where to send something, with fields for that address only.
struct LfsAction {
  http::Url url = {};
  std::vector<std::pair<std::string, std::string>> header = {};
};

struct LfsTask {
  LfsObject object = {};
  /// Nothing: the hub has the object.
  std::optional<LfsAction> upload = {};
  std::optional<LfsAction> verify = {};
  std::uint64_t part_size = 0;            ///< 0: in one piece
  std::vector<http::Url> part_urls = {};  ///< in order
};

inline constexpr std::size_t kLfsBatch = 256;

/// What a hub answered to an offer: a task for each of the objects, in their
/// order. `endpoint` replaces the default one in addresses.
Result<std::vector<LfsTask>> parse_lfs_batch(
    const std::string& endpoint, const nlohmann::json& json,
    const std::vector<LfsObject>& objects);

/// At most kLfsBatch objects, in their order. `revision` empty: none is named
/// (pull requests). Errors: as the hub says about any object.
Result<std::vector<LfsTask>> lfs_batch(Hub& hub, const RepoId& repo,
                                       std::string_view revision,
                                       const std::vector<LfsObject>& objects);

using OnSent = std::function<void(std::uint64_t sent)>;

/// One PUT of the whole object.
Result<void> lfs_put(Hub& hub, const LfsTask& task, http::BodySourcePtr body,
                     const OnSent& on_sent);
/// One part; returns its ETag verbatim.
Result<std::string> lfs_put_part(Hub& hub, const LfsTask& task,
                                 std::size_t part, http::BodySourcePtr body,
                                 const OnSent& on_sent);
/// Ends a multipart upload with the ETags of all parts in order.
Result<void> lfs_complete(Hub& hub, const LfsTask& task,
                          const std::vector<std::string>& etags);
/// Does what the hub asked for to confirm the object, if it asked.
Result<void> lfs_verify(Hub& hub, const LfsTask& task);

}  // namespace hug::api
