// Bytes of one file of a hub, by ranges: the address they come from (followed
// through redirects once, then kept), the identity they are pinned to, and
// what is done when a connection breaks.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <mutex>
#include <optional>
#include <span>
#include <string>

#include "http/client/client.h"
#include "http/range.h"
#include "hug/hub.h"
#include "hug/target.h"

namespace hug::transfer {

/// Takes bytes that belong at `offset`. Called in order within one range.
using TakeBytes = std::function<Result<void>(std::uint64_t offset,
                                             std::span<const std::byte>)>;

/// Threads may fetch ranges of one file at the same time.
class RangeFetch {
 public:
  RangeFetch(Hub& hub, RemoteFile file);

  const RemoteFile& file() const noexcept { return file_; }

  /// Fetches [offset, offset + size). A broken connection is resumed where it
  /// broke; `take` sees every byte once, in order. `on_retry` hears why.
  /// Errors: what `take` returns; kConflict when the content changed on the
  /// hub; kNetwork, kTimeout, kRateLimited when nothing helped; what the hub
  /// refuses.
  Result<void> fetch(http::ByteRange range, const TakeBytes& take,
                     const std::function<void(const Error&)>& on_retry = {});

  /// Forgets address and identity, before everything is fetched anew.
  void restart();

 private:
  class Sink;

  Result<void> attempt(http::ByteRange range, const TakeBytes& take,
                       std::uint64_t& position);
  Result<http::Request> request(http::ByteRange range) const;
  Result<void> refused(const http::Response& response, bool direct);
  void remember(const http::Response& response);
  Result<void> pin(const http::Headers& headers);

  Hub& hub_;
  RemoteFile file_;
  http::Url address_;  // on the hub
  mutable std::mutex mutex_;
  std::optional<http::Url> location_;  // where redirects led to
  std::string pinned_;                 // ETag field, as it was sent
  int renewals_ = 0;                   // of the location, without progress
};

}  // namespace hug::transfer
