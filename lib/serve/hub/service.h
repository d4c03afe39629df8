// The hub as an HTTP handler: logs in, finds the route and the repo, turns
// errors into answers.
#pragma once

#include "http/server/server.h"
#include "hub/api/exchange.h"

namespace hug::hub {

class Service : public http::Handler {
 public:
  Service(Context& context, Store& store, HubServerOptions options,
          Signer signer);

  std::optional<http::ServerResponse> on_head(
      http::ServerRequest& request) override;
  http::ServerResponse handle(http::ServerRequest& request) override;

 private:
  http::ServerResponse answer(http::ServerRequest& request);
  bool origin_allowed(const http::ServerRequest& request) const;
  http::ServerResponse preflight(const http::ServerRequest& request) const;
  void finish(const http::ServerRequest& request,
              http::ServerResponse& response);
  http::ServerResponse report(const http::ServerRequest& request,
                              const Error& error);

  Context& context_;
  ServiceParts parts_;
};

/// routes.cc: the answer to a prepared request.
Reply dispatch(Exchange& exchange);
/// Called when the head of a request is in: says where the bodies of uploads
/// go. The checks of rights are those of the handler.
Result<void> dispatch_head(Exchange& exchange);

}  // namespace hug::hub
