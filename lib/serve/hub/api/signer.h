// URLs that carry their own permission: clients send no Authorization when
// they put or get a large object, so the URL says what it allows and until
// when, under an HMAC (SHA-256).
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/base.h"
#include "http/server/server.h"
#include "hug/result.h"

namespace hug::hub {

class Signer {
 public:
  explicit Signer(base::Secret key) : key_(std::move(key)) {}

  /// "?size=..&exp=..&sig=..." for `what` ("put/<oid>"), valid until `expires`
  /// (unix seconds).
  std::string query(std::string_view what, std::uint64_t size,
                    std::int64_t expires) const;
  /// The size that the URL of the request was signed for. Errors: kDenied.
  Result<std::uint64_t> check(std::string_view what,
                              const http::ServerRequest& request,
                              std::int64_t now) const;

 private:
  std::string mac(std::string_view message) const;

  base::Secret key_;
};

/// HMAC with SHA-256 (RFC 2104), in hex.
std::string hmac_sha256(std::string_view key, std::string_view message);

}  // namespace hug::hub
