#include "http/server/server_exchange.h"

#include <unistd.h>

#include <algorithm>
#include <exception>

#include "base/strings.h"
#include "http/server/mhd_library.h"

namespace hug::http {
namespace {

ServerResponse refuse(int status, std::string_view text) {
  return ServerResponse::text(status, std::string(text) + "\n");
}

MHD_Result add_field(void* to, MHD_ValueKind, const char* name,
                     const char* value) {
  static_cast<Headers*>(to)->add(name, value == nullptr ? "" : value);
  return MHD_YES;
}

/// The host of a Host field, without the port.
std::string_view host_of(std::string_view field) {
  field = base::trim(field);
  if (field.starts_with('[')) return field.substr(0, field.find(']') + 1);
  return field.substr(0, field.find(':'));
}

bool is_local_name(std::string_view host, std::string_view bound) {
  if (host.starts_with('[') && host.ends_with(']')) {
    host = host.substr(1, host.size() - 2);
  }
  return base::equal_ignoring_case(host, "localhost") || is_loopback(host) ||
         (!bound.empty() && base::equal_ignoring_case(host, bound));
}

// --- answers as libmicrohttpd's objects --------------------------------------

struct StreamState {
  BodyStream read;
};

ssize_t read_stream(void* state, std::uint64_t, char* buffer,
                    std::size_t size) {
  try {
    const auto count =
        static_cast<StreamState*>(state)->read(std::span(buffer, size));
    if (!count) return MHD_CONTENT_READER_END_WITH_ERROR;
    if (*count == 0) return MHD_CONTENT_READER_END_OF_STREAM;
    return static_cast<ssize_t>(std::min(*count, size));
  } catch (const std::exception&) {
    return MHD_CONTENT_READER_END_WITH_ERROR;
  }
}

void free_stream(void* state) {
  delete static_cast<StreamState*>(state);
}

MHD_Response* make_body(const std::string& body) {
  // libmicrohttpd does not write to it: it makes its own copy.
  return mhd().create_response_from_buffer(
      body.size(), const_cast<char*>(body.data()), MHD_RESPMEM_MUST_COPY);
}

MHD_Response* make_body(const FilePart& part) {
  if (part.size == 0) return make_body(std::string());
  const int fd = ::dup(part.file->fd());
  if (fd < 0) return nullptr;
  auto* out =
      mhd().create_response_from_fd_at_offset64(part.size, fd, part.offset);
  if (out == nullptr) ::close(fd);
  return out;
}

MHD_Response* make_body(const StreamBody& body) {
  constexpr std::size_t kBlock = 64 * 1024;
  auto state = std::make_unique<StreamState>(StreamState{body.read});
  auto* out = mhd().create_response_from_callback(
      body.size.value_or(MHD_SIZE_UNKNOWN), kBlock, read_stream, state.get(),
      free_stream);
  if (out != nullptr) (void)state.release();
  return out;
}

bool is_servers_field(std::string_view name) {
  return base::equal_ignoring_case(name, "Content-Length") ||
         base::equal_ignoring_case(name, "Date") ||
         base::equal_ignoring_case(name, "Transfer-Encoding");
}

}  // namespace

int status_for(Code code) noexcept {
  switch (code) {
    case Code::kUsage:
    case Code::kCorrupt:
      return 400;
    case Code::kNotFound:
      return 404;
    case Code::kUnauthorized:
      return 401;
    case Code::kDenied:
    case Code::kGated:
      return 403;
    case Code::kConflict:
      return 409;
    case Code::kLimit:
      return 413;
    case Code::kRateLimited:
      return 429;
    case Code::kUnsupported:
      return 501;
    case Code::kBusy:
      return 503;
    case Code::kNoSpace:
      return 507;
    default:
      return 500;
  }
}

ServerExchange::ServerExchange(ServerCore& core, MHD_Connection* raw,
                               std::string target)
    : core_(core), raw_(raw) {
  request_.target = std::move(target);
  core_.table.set_phase(connection(), Phase::kHeader);
}

ServerExchange::~ServerExchange() {
  core_.table.set_phase(connection(), Phase::kIdle);
  if (counted_) core_.leave();
}

Connection* ServerExchange::connection() const {
  const auto* info =
      mhd().get_connection_info(raw_, MHD_CONNECTION_INFO_SOCKET_CONTEXT);
  return info == nullptr ? nullptr
                         : static_cast<Connection*>(info->socket_context);
}

MHD_Result ServerExchange::step(const char* method, const char* data,
                                std::size_t* size) {
  try {
    if (state_ == State::kNew) return on_head(method);
    if (*size != 0) {
      const auto result = on_body({data, *size});
      *size = 0;
      return result;
    }
    return state_ == State::kBody ? on_end() : MHD_YES;
  } catch (const std::exception&) {
    return state_ == State::kAnswered ? MHD_NO
                                      : answer(refuse(500, "internal error"));
  }
}

/// Refusals that no handler needs to know of.
std::optional<ServerResponse> ServerExchange::check_head() {
  const auto& options = core_.options;
  const auto& headers = request_.headers;
  if (request_.target.size() > options.max_target) {
    return refuse(414, "the request's target is too long");
  }
  if (headers.fields().size() > options.max_header_fields) {
    return refuse(431, "too many header fields");
  }
  if (headers.has("Transfer-Encoding") && headers.has("Content-Length")) {
    return refuse(400, "both Transfer-Encoding and Content-Length");
  }
  if (headers.has("Content-Length") && !content_length(headers)) {
    return refuse(400, "Content-Length is broken");
  }
  if (headers.count("Content-Length") > 1 || headers.count("Host") > 1) {
    return refuse(400, "a field is there twice");
  }
  const bool good_names =
      std::ranges::all_of(headers.fields(), [](const auto& field) {
        return is_field_name(field.first) && is_field_value(field.second);
      });
  if (!good_names) return refuse(400, "a header field is broken");
  const auto host = host_of(headers.get("Host"));
  const bool known = options.host_allowed
                         ? options.host_allowed(host)
                         : is_local_name(host, core_.bound_host);
  if (!known) return refuse(421, "this server does not answer for that host");
  if (!request_.path.starts_with('/')) {
    return refuse(400, "the request's target is broken");
  }
  return std::nullopt;
}

std::uint64_t ServerExchange::body_limit() const {
  return request_.max_body_.value_or(core_.options.max_body);
}

std::optional<ServerResponse> ServerExchange::check_body_size() const {
  const auto length = content_length(request_.headers);
  if (length && *length > body_limit()) {
    return refuse(413, "the body is too large");
  }
  return std::nullopt;
}

MHD_Result ServerExchange::on_head(const char* method) {
  core_.enter();
  counted_ = true;
  request_.method = method;
  mhd().get_connection_values(raw_, MHD_HEADER_KIND, add_field,
                              &request_.headers);
  // A proxy's form of the target: the host is the Host field's business.
  std::string_view target = request_.target;
  if (target.starts_with("http://")) {
    const auto slash = target.find('/', 7);
    target = slash == target.npos ? "/" : target.substr(slash);
  }
  const auto mark = target.find('?');
  request_.path = target.substr(0, mark);
  if (mark != target.npos)
    request_.query = parse_query(target.substr(mark + 1));
  auto* const at = connection();
  if (at != nullptr) request_.peer = at->peer;
  if (auto refusal = check_head()) return answer(*std::move(refusal));
  if (auto early = core_.handler->on_head(request_)) {
    return answer(*std::move(early));
  }
  if (auto refusal = check_body_size()) return answer(*std::move(refusal));
  state_ = State::kBody;
  core_.table.set_phase(at, Phase::kBody);
  if (request_.sink_ != nullptr) {
    if (auto begun = request_.sink_->begin({0, request_.headers}); !begun) {
      body_error_ = std::move(begun).error();
    }
  }
  return MHD_YES;
}

MHD_Result ServerExchange::on_body(std::string_view bytes) {
  core_.table.count_body(connection(), bytes.size());
  request_.body_bytes += bytes.size();
  // Only a chunked body gets here: it may not be answered half-way.
  if (request_.body_bytes > body_limit()) return MHD_NO;
  if (body_error_) return MHD_YES;  // the rest is read and forgotten
  if (request_.sink_ == nullptr) {
    request_.body.append(bytes);
    return MHD_YES;
  }
  auto taken = request_.sink_->write(std::as_bytes(std::span(bytes)));
  if (!taken) body_error_ = std::move(taken).error();
  return MHD_YES;
}

MHD_Result ServerExchange::on_end() {
  request_.sink_.reset();
  core_.table.set_phase(connection(), Phase::kAnswer);
  if (body_error_) {
    return answer(
        refuse(status_for(body_error_->code()), body_error_->message()));
  }
  return answer(core_.handler->handle(request_));
}

MHD_Result ServerExchange::answer(ServerResponse response) {
  state_ = State::kAnswered;
  core_.table.set_phase(connection(), Phase::kAnswer);
  auto* const out = std::visit([](const auto& body) { return make_body(body); },
                               response.body);
  if (out == nullptr) return MHD_NO;
  for (const auto& [name, value] : response.headers.fields()) {
    if (is_servers_field(name)) continue;
    mhd().add_response_header(out, name.c_str(), value.c_str());
  }
  if (!core_.options.server_name.empty() && !response.headers.has("Server")) {
    mhd().add_response_header(out, "Server", core_.options.server_name.c_str());
  }
  if (core_.is_draining() && !response.headers.has("Connection")) {
    mhd().add_response_header(out, "Connection", "close");
  }
  const auto result =
      mhd().queue_response(raw_, static_cast<unsigned>(response.status), out);
  mhd().destroy_response(out);
  return result;
}

}  // namespace hug::http
