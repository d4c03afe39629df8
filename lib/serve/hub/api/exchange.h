// One request on its way through the API: who asks, for what, and the repo it
// is about, with every check of rights in one place.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/base.h"
#include "hub/api/reply.h"
#include "hub/api/signer.h"
#include "hub/api/transfers.h"
#include "hub/store/accounts.h"
#include "hub/store/store.h"
#include "hug/hub_server.h"

namespace hug::hub {

/// What all requests share.
struct ServiceParts {
  Store& store;
  HubServerOptions options;
  Signer signer;
  Transfers transfers;  // uploads in parts that are under way
};

/// The repo of a request: exists, and the caller may know of it.
struct RepoTarget {
  RepoRecordPtr record;
  OpenRepoPtr open;

  GitRepo& git() const { return *open->git; }
};

class Exchange {
 public:
  Exchange(ServiceParts& parts_in, http::ServerRequest& request_in)
      : parts(parts_in), request(request_in) {}

  /// Reads Authorization, Host and the path. Errors: kUnauthorized, kUsage.
  Result<void> prepare();

  /// The repo for reading; what the caller may not know of is not found.
  /// A former name, or another case, yields a `redirect` instead.
  struct Found {
    std::optional<RepoTarget> target;
    std::string redirect;
  };

  Result<Found> find_repo(RepoKind kind, const std::string& name_space,
                          const std::string& name);

  /// Errors: kUnauthorized when anonymous; kDenied for tokens that only read,
  /// and namespaces of others.
  Result<void> need_login() const;
  Result<void> need_write(std::string_view name_space) const;
  /// For file contents: gated and disabled repos.
  Result<void> need_content(const RepoRecord& record) const;

  /// A repo's page: "http://host/datasets/ns/name".
  std::string repo_url(const RepoRecord& record) const;
  /// A parameter that is a flag ("true", "1"; also "True").
  bool flag(std::string_view name) const;
  /// The body as JSON (an object). Errors: kUsage.
  Result<nlohmann::json> json_body() const;

  ServiceParts& parts;
  http::ServerRequest& request;
  Caller caller;
  std::string base_url;               // "http://host:port"
  std::vector<std::string> raw;       // segments of the path, still encoded
  std::vector<std::string> segments;  // decoded

  Store& store() const { return parts.store; }
};

/// A handler of a route below a repo; `rest` are the segments behind the
/// route's word.
using RepoHandler = Reply (*)(Exchange&, const RepoTarget&,
                              const std::vector<std::string>& rest);

}  // namespace hug::hub
