// Requests and answers of the server, and how a file is served.
#include <fcntl.h>
#include <unistd.h>

#include <cerrno>

#include "base/strings.h"
#include "base/time.h"
#include "http/server/server.h"
#include "sys/fs.h"

namespace hug::http {
namespace {

/// Weak comparison of RFC 9110, 8.8.3.2, against a list or "*".
bool matches_any(std::string_view list, std::string_view etag) {
  if (base::trim(list) == "*") return !etag.empty();
  const auto opaque = [](std::string_view tag) {
    return tag.starts_with("W/") ? tag.substr(2) : tag;
  };
  for (const auto one : base::split(list, ',')) {
    const auto tag = base::trim(one);
    if (!tag.empty() && opaque(tag) == opaque(etag)) return true;
  }
  return false;
}

bool is_newer(const FileAnswer& answer, std::string_view date) {
  const auto since = base::parse_http(date);
  return !since || !answer.modified ||
         std::chrono::floor<std::chrono::seconds>(*answer.modified) >
             std::chrono::floor<std::chrono::seconds>(*since);
}

/// If-Range: the range counts only while the file is the one the client has.
bool range_counts(const ServerRequest& request, const FileAnswer& answer) {
  const auto condition = base::trim(request.headers.get("If-Range"));
  if (condition.empty()) return true;
  if (condition.starts_with('"')) return condition == answer.etag;
  if (condition.starts_with("W/")) return false;  // must be a strong one
  return !is_newer(answer, condition);
}

bool unchanged(const ServerRequest& request, const FileAnswer& answer) {
  if (const auto tags = request.headers.find("If-None-Match")) {
    return matches_any(*tags, answer.etag);
  }
  const auto date = request.headers.find("If-Modified-Since");
  return date && answer.modified && !is_newer(answer, *date);
}

}  // namespace

FileHandle::~FileHandle() {
  if (fd_ >= 0) ::close(fd_);
}

Result<FileHandlePtr> open_handle(const std::string& path) {
  const int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
  if (fd < 0) return sys::os_error(errno, "cannot open '" + path + "'");
  return std::make_shared<FileHandle>(fd);
}

std::optional<std::string_view> ServerRequest::param(
    std::string_view name) const {
  for (const auto& [key, value] : query) {
    if (key == name) return value;
  }
  return std::nullopt;
}

ServerResponse ServerResponse::text(int status, std::string body,
                                    std::string_view type) {
  ServerResponse out;
  out.status = status;
  out.headers.add("Content-Type", std::string(type) + "; charset=utf-8");
  out.body = std::move(body);
  return out;
}

ServerResponse ServerResponse::json(int status, std::string body) {
  return text(status, std::move(body), "application/json");
}

ServerResponse serve_file(const ServerRequest& request, FileAnswer answer) {
  ServerResponse out;
  out.headers = std::move(answer.headers);
  if (!answer.etag.empty()) out.headers.set("ETag", answer.etag);
  if (answer.modified) {
    out.headers.set("Last-Modified", base::format_http(*answer.modified));
  }
  out.headers.set("Accept-Ranges", "bytes");
  const auto wanted = request.headers.find("If-Match");
  if (wanted && !matches_any(*wanted, answer.etag)) {
    out.status = 412;
    return out;
  }
  if (unchanged(request, answer)) {
    out.status = 304;
    return out;
  }
  out.headers.set("Content-Type", answer.type);
  RequestedRange range{RangeKind::kWhole, {0, answer.size}};
  const auto field = request.headers.find("Range");
  if (field && request.method == "GET" && range_counts(request, answer)) {
    range = parse_range(*field, answer.size);
  }
  const auto total = std::to_string(answer.size);
  if (range.kind == RangeKind::kUnsatisfiable) {
    out.status = 416;
    out.headers.set("Content-Range", "bytes */" + total);
    return out;
  }
  if (range.kind == RangeKind::kPart) {
    const auto last = range.range.offset + range.range.size - 1;
    out.status = 206;
    out.headers.set("Content-Range",
                    "bytes " + std::to_string(range.range.offset) + "-" +
                        std::to_string(last) + "/" + total);
  }
  out.body =
      FilePart{std::move(answer.file), range.range.offset, range.range.size};
  return out;
}

}  // namespace hug::http
