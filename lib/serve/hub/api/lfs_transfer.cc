// The transfers of large objects, behind their signed links.
#include <chrono>
#include <nlohmann/json.hpp>

#include "data/data.h"
#include "hub/api/handlers.h"
#include "hub/api/lfs_links.h"

namespace hug::hub {
namespace {

using Json = nlohmann::json;

constexpr auto kLinkLives = std::chrono::hours(12);

std::int64_t unix_now(const Exchange& x) {
  return std::chrono::duration_cast<std::chrono::seconds>(
             x.parts.store.clock().wall().time_since_epoch())
      .count();
}

// The size that a link was signed for. Errors: those of the signer.
Result<std::uint64_t> check_link(Exchange& x, const std::string& what) {
  return x.parts.signer.check(what, x.request, unix_now(x));
}

// Bytes on their way into the object store.
struct PutState {
  std::unique_ptr<ObjectUpload> upload;  // a whole object
  std::shared_ptr<PartUpload> parts;     // or a part of one
  std::uint64_t part = 0;
  std::uint64_t size = 0;
  std::uint64_t done = 0;
  base::Hasher part_hash{base::HashKind::kSha1};
  std::optional<Error> failed;
};

class PutSink : public http::BodySink {
 public:
  explicit PutSink(std::shared_ptr<PutState> state)
      : state_(std::move(state)) {}

  Result<void> write(std::span<const std::byte> bytes) override {
    PutState& s = *state_;
    if (s.failed) return {};
    Result<void> written;
    if (s.upload) {
      written = s.upload->write(bytes);
    } else if (s.parts) {
      written = s.parts->write(s.part, s.done, bytes);
      s.part_hash.update(bytes);
    }
    if (!written) s.failed = written.error();
    s.done += bytes.size();
    return {};
  }

 private:
  std::shared_ptr<PutState> state_;
};

using PutStatePtr = std::shared_ptr<PutState>;

Error no_such_upload() {
  return Error(Code::kNotFound, "This upload is not known (any more)");
}

Result<void> note_upload(Exchange& x, const std::string& oid,
                         const std::string& user) {
  const auto id = base::parse_signed(user);
  if (!id) return no_such_upload();
  return x.store().registry().note_upload(oid, *id);
}

Reply finish_put(Exchange& x, const Rest& rest) {
  const auto* held = std::any_cast<PutStatePtr>(&x.request.context);
  if (held == nullptr) return no_such_upload();
  PutState& state = **held;
  if (state.failed) return *state.failed;
  if (state.done != state.size) {
    return bad_request("The body does not have the announced size");
  }
  http::ServerResponse out;
  if (state.parts) {
    const std::string etag = state.part_hash.finish();
    state.parts->finish_part(state.part, etag);
    out.headers.set("ETag", "\"" + etag + "\"");
  } else if (state.upload) {
    HUG_TRY(x.store().objects().publish(*state.upload, rest[1], state.size));
    HUG_TRY(note_upload(x, rest[1], rest[2]));
    out.headers.set("ETag", "\"" + rest[1] + "\"");
  }
  return out;
}

Reply complete(Exchange& x, const Rest& rest) {
  (void)HUG_TRY(check_link(x, "complete/" + rest[1] + "/" + rest[2]));
  const auto upload = x.parts.transfers.find(rest[1]);
  const Json body = HUG_TRY(x.json_body());
  if (!upload) {
    // The answer to an earlier call may have been lost.
    const auto oid = data::find_string(body, "oid").value_or("");
    if (is_sha256(oid) && x.store().objects().size(oid)) {
      return json_text_reply("{}");
    }
    return no_such_upload();
  }
  const Json* parts = data::find_array(body, "parts");
  if (parts == nullptr) return bad_request("The request names no parts");
  std::vector<std::pair<std::uint64_t, std::string>> named;
  for (const Json& part : *parts) {
    std::string etag = data::find_string(part, "etag").value_or("");
    std::erase(etag, '"');
    named.emplace_back(data::find_unsigned(part, "partNumber").value_or(0),
                       std::move(etag));
  }
  HUG_TRY(upload->check(named));
  HUG_TRY(x.store().objects().publish(*upload));
  HUG_TRY(note_upload(x, upload->oid(), rest[2]));
  x.parts.transfers.remove(rest[1]);
  return json_text_reply("{}");
}

Reply download(Exchange& x, const Rest& rest) {
  (void)HUG_TRY(check_link(x, "get/" + rest[1]));
  if (!is_sha256(rest[1])) return no_such_upload();
  auto file = HUG_TRY(http::open_handle(x.store().objects().path(rest[1])));
  const auto size = x.store().objects().size(rest[1]).value_or(0);
  return http::serve_file(
      x.request,
      {.file = std::move(file), .size = size, .etag = "\"" + rest[1] + "\""});
}

}  // namespace

std::string signed_lfs_url(const Exchange& x, const std::string& what,
                           std::uint64_t size) {
  const auto expires = unix_now(x) + std::chrono::seconds(kLinkLives).count();
  return x.base_url + "/lfs/" + what +
         x.parts.signer.query(what, size, expires);
}

Result<void> begin_lfs_transfer(Exchange& x, const Rest& rest) {
  if (x.request.method != "PUT" || rest.size() < 2) return {};
  auto state = std::make_shared<PutState>();
  if (rest[0] == "put" && rest.size() == 3 && is_sha256(rest[1])) {
    state->size = HUG_TRY(check_link(x, "put/" + rest[1] + "/" + rest[2]));
    state->upload = HUG_TRY(x.store().objects().begin(state->size));
  } else if (rest[0] == "part" && rest.size() == 3) {
    state->size = HUG_TRY(check_link(x, "part/" + rest[1] + "/" + rest[2]));
    state->part = base::parse_unsigned(rest[2]).value_or(0);
    state->parts = x.parts.transfers.find(rest[1]);
    if (!state->parts) return no_such_upload();
  } else {
    return no_such_upload();
  }
  x.request.limit_body(state->size);
  x.request.context = state;
  x.request.stream_body(std::make_shared<PutSink>(std::move(state)));
  return {};
}

Reply lfs_transfer(Exchange& x, const Rest& rest) {
  const std::string& method = x.request.method;
  if (method == "PUT") return finish_put(x, rest);
  if (rest.size() == 3 && rest[0] == "complete" && method == "POST") {
    return complete(x, rest);
  }
  if (rest.size() == 2 && rest[0] == "get" &&
      (method == "GET" || method == "HEAD")) {
    return download(x, rest);
  }
  return no_such_upload();
}

}  // namespace hug::hub
