#include "transfer/range_fetch.h"

#include <algorithm>
#include <utility>

#include "api/address.h"
#include "api/session.h"
#include "base/hex.h"
#include "base/strings.h"
#include "http/http.h"

namespace hug::transfer {

namespace {

constexpr int kMostRenewals = 2;

bool strong(std::string_view etag) {
  return etag.size() > 2 && etag.starts_with('"');
}

bool coded(const http::Headers& headers) {
  const auto coding = base::trim(headers.get("Content-Encoding"));
  return !coding.empty() && !base::equal_ignoring_case(coding, "identity");
}

/// True when an ETag is a digest of content and another one than `etag`.
bool contradicts(std::string_view field, std::string_view etag) {
  const auto plain = http::normalize_etag(field);
  return plain.size() == etag.size() && plain != etag &&
         (base::is_lower_hex(plain, 64) || base::is_lower_hex(plain, 40));
}

Error changed(const std::string& path) {
  return Error(Code::kConflict, "'" + path + "' changed on the hub");
}

}  // namespace

/// Checks the head of an answer, then passes on the bytes that were asked for.
class RangeFetch::Sink final : public http::BodySink {
 public:
  Sink(RangeFetch& owner, http::ByteRange asked, const TakeBytes& take,
       std::uint64_t& position)
      : owner_(owner), asked_(asked), take_(take), position_(position) {}

  Result<void> begin(const http::ResponseHead& head) override {
    const auto& path = owner_.file_.path;
    const auto size = owner_.file_.size;
    if (coded(head.headers)) {
      return Error(Code::kCorrupt,
                   "the server compressed '" + path + "' unasked");
    }
    HUG_TRY(owner_.pin(head.headers));
    const auto reply =
        HUG_TRY_WITH(http::check_range_reply(head.status, head.headers, asked_),
                     "fetching '" + path + "'");
    if (reply.total && *reply.total != size) {
      return Error(Code::kCorrupt, "the server says '" + path + "' has " +
                                       std::to_string(*reply.total) +
                                       " bytes, the listing says " +
                                       std::to_string(size));
    }
    at_ = reply.whole ? 0 : reply.offset;
    return {};
  }

  Result<void> write(std::span<const std::byte> bytes) override {
    const auto end = asked_.offset + asked_.size;
    if (at_ < asked_.offset) {  // the server sent all of it: drop the front
      const auto skip =
          std::min<std::uint64_t>(asked_.offset - at_, bytes.size());
      at_ += skip;
      bytes = bytes.subspan(static_cast<std::size_t>(skip));
    }
    if (at_ + bytes.size() > end) {
      if (at_ >= end || end == owner_.file_.size) {
        return Error(Code::kCorrupt, "the server sends more of '" +
                                         owner_.file_.path + "' than there is");
      }
      bytes = bytes.first(static_cast<std::size_t>(end - at_));
    }
    if (bytes.empty()) return {};
    HUG_TRY(take_(at_, bytes));
    at_ += bytes.size();
    position_ = at_;
    return {};
  }

 private:
  RangeFetch& owner_;
  http::ByteRange asked_;
  const TakeBytes& take_;
  std::uint64_t& position_;
  std::uint64_t at_ = 0;
};

RangeFetch::RangeFetch(Hub& hub, RemoteFile file)
    : hub_(hub),
      file_(std::move(file)),
      address_(api::file_url(hub, file_.repo, file_.commit, file_.path)) {}

void RangeFetch::restart() {
  const std::lock_guard lock(mutex_);
  location_.reset();
  pinned_.clear();
}

Result<void> RangeFetch::pin(const http::Headers& headers) {
  const auto etag = headers.get("ETag");
  if (contradicts(etag, file_.etag)) return changed(file_.path);
  const std::lock_guard lock(mutex_);
  if (pinned_.empty()) {
    pinned_ = etag;
  } else if (!etag.empty() && etag != pinned_) {
    return changed(file_.path);
  }
  return {};
}

Result<http::Request> RangeFetch::request(http::ByteRange range) const {
  http::Request out;
  const std::lock_guard lock(mutex_);
  out.url = location_ ? *location_ : address_;
  out.bucket = location_ ? "" : "resolvers";
  out.headers.set("X-HF-Download-Counter", "1");
  const bool whole = range.offset == 0 && range.size == file_.size;
  if (!whole) {
    out.headers.set("Range", http::format_range(range));
    if (strong(pinned_)) out.headers.set("If-Range", pinned_);
  }
  return out;
}

void RangeFetch::remember(const http::Response& response) {
  const std::lock_guard lock(mutex_);
  renewals_ = 0;
  if (!response.hops.empty()) location_ = response.url;
}

Result<void> RangeFetch::refused(const http::Response& response, bool direct) {
  const std::lock_guard lock(mutex_);
  const auto status = response.status;
  const bool expired =
      direct && (status == 400 || status == 401 || status == 403 ||
                 status == 404 || status == 410);
  auto error = api::hub_error(response, "fetch '" + file_.path + "'");
  if (!expired || renewals_ >= kMostRenewals) return error;
  // A signed address that ran out: ask the hub for another one.
  ++renewals_;
  location_.reset();
  return std::move(error).code(Code::kNetwork);
}

Result<void> RangeFetch::attempt(http::ByteRange range, const TakeBytes& take,
                                 std::uint64_t& position) {
  auto wanted = HUG_TRY(request(range));
  const bool direct = !(wanted.url == address_);
  wanted.credential = HUG_TRY(api::credential(hub_));
  auto& parts = hub_.parts();
  Sink sink(*this, range, take, position);
  const auto response =
      HUG_TRY(parts.client->send(wanted, parts.surroundings().stop, &sink));
  if (!response.ok()) {
    if (response.status == 416) {
      return Error(Code::kCorrupt, "the server has no bytes " +
                                       http::format_range(range) + " of '" +
                                       file_.path + "'");
    }
    return refused(response, direct);
  }
  remember(response);
  if (position < range.offset + range.size) {
    return Error(Code::kCorrupt, "'" + file_.path + "' ended early at byte " +
                                     std::to_string(position));
  }
  return {};
}

Result<void> RangeFetch::fetch(
    http::ByteRange range, const TakeBytes& take,
    const std::function<void(const Error&)>& on_retry) {
  const auto end = range.offset + range.size;
  if (end < range.offset || end > file_.size) {
    return Error(Code::kCorrupt,
                 "'" + file_.path + "' is shorter than what is asked for");
  }
  if (range.size == 0) return {};
  const auto& surroundings = hub_.parts().surroundings();
  http::Retry retry(hub_.parts().client->options().retry, surroundings.clock,
                    surroundings.stop);
  auto position = range.offset;
  for (;;) {
    const auto before = position;
    auto result = attempt({position, end - position}, take, position);
    if (result || position == end) return {};
    HUG_TRY(retry.wait(result.error(), position > before));
    if (on_retry) on_retry(result.error());
  }
}

}  // namespace hug::transfer
