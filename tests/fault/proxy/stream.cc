#include "stream.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <charconv>

#include "base/strings.h"

namespace hug::fault {
namespace {

constexpr std::size_t kBlock = 64 * 1024;
constexpr std::size_t kLongestHead = 256 * 1024;

sockaddr_in loopback(std::uint16_t port) {
  sockaddr_in out{};
  out.sin_family = AF_INET;
  out.sin_port = htons(port);
  out.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  return out;
}

bool read_exactly(Stream& from, std::uint64_t left,
                  const std::function<bool(std::string_view)>& take) {
  while (left > 0) {
    const auto piece = from.read_some(
        static_cast<std::size_t>(std::min<std::uint64_t>(left, kBlock)));
    if (piece.empty() || !take(piece)) return false;
    left -= piece.size();
  }
  return true;
}

bool read_chunks(Stream& from,
                 const std::function<bool(std::string_view)>& take) {
  for (;;) {
    const auto line = from.read_line();
    if (!line) return false;
    std::uint64_t size = 0;
    const auto* const end = line->data() + line->size();
    if (std::from_chars(line->data(), end, size, 16).ec != std::errc()) {
      return false;
    }
    if (size != 0 && !read_exactly(from, size, take)) return false;
    // After data an empty line; after the last chunk the trailers.
    for (;;) {
      const auto rest = from.read_line();
      if (!rest) return false;
      if (rest->empty()) break;
    }
    if (size == 0) return true;
  }
}

}  // namespace

bool Stream::fill() {
  char block[kBlock];
  const auto count = ::recv(fd_.get(), block, sizeof block, 0);
  if (count <= 0) return false;
  buffer_.append(block, static_cast<std::size_t>(count));
  return true;
}

std::optional<std::string> Stream::read_head() {
  for (;;) {
    const auto end = buffer_.find("\r\n\r\n");
    if (end != buffer_.npos) {
      auto head = buffer_.substr(0, end + 4);
      buffer_.erase(0, end + 4);
      return head;
    }
    if (buffer_.size() > kLongestHead || !fill()) return std::nullopt;
  }
}

std::optional<std::string> Stream::read_line() {
  for (;;) {
    const auto end = buffer_.find("\r\n");
    if (end != buffer_.npos) {
      auto line = buffer_.substr(0, end);
      buffer_.erase(0, end + 2);
      return line;
    }
    if (buffer_.size() > kLongestHead || !fill()) return std::nullopt;
  }
}

std::string Stream::read_some(std::size_t most) {
  if (buffer_.empty() && !fill()) return {};
  auto out = buffer_.substr(0, most);
  buffer_.erase(0, out.size());
  return out;
}

bool Stream::write(std::string_view bytes) {
  while (!bytes.empty()) {
    const auto count =
        ::send(fd_.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (count <= 0) return false;
    bytes.remove_prefix(static_cast<std::size_t>(count));
  }
  return true;
}

void Stream::reset() {
  const linger now{1, 0};
  ::setsockopt(fd_.get(), SOL_SOCKET, SO_LINGER, &now, sizeof now);
  close();
}

void Stream::wait_for_close(int seconds) {
  for (int i = 0; i < seconds * 10; ++i) {
    pollfd poll{fd_.get(), POLLIN | POLLRDHUP, 0};
    if (::poll(&poll, 1, 100) > 0) {
      if ((poll.revents & (POLLHUP | POLLRDHUP | POLLERR)) != 0) return;
      if (!fill()) return;
    }
  }
}

std::string Message::text() const {
  std::string out = first + "\r\n";
  for (const auto& [name, value] : headers.fields()) {
    out += name + ": " + value + "\r\n";
  }
  return out + "\r\n";
}

std::optional<Message> parse_message(std::string_view head) {
  Message out;
  for (auto line : base::split(head, '\n')) {
    if (line.ends_with('\r')) line.remove_suffix(1);
    if (out.first.empty()) {
      out.first = line;
      continue;
    }
    const auto colon = line.find(':');
    if (colon == line.npos) continue;
    out.headers.add(line.substr(0, colon), base::trim(line.substr(colon + 1)));
  }
  if (out.first.empty()) return std::nullopt;
  return out;
}

BodyShape request_body(const Message& request) {
  if (request.headers.has("Transfer-Encoding")) return {BodyKind::kChunked, 0};
  const auto length = http::content_length(request.headers);
  if (length && *length != 0) return {BodyKind::kLength, *length};
  return {};
}

BodyShape response_body(const Message& response, std::string_view method,
                        int status) {
  if (method == "HEAD" || status == 204 || status == 304) return {};
  if (response.headers.has("Transfer-Encoding")) {
    return {BodyKind::kChunked, 0};
  }
  const auto length = http::content_length(response.headers);
  if (length) return {BodyKind::kLength, *length};
  return {BodyKind::kToEnd, 0};
}

bool read_body(Stream& from, const BodyShape& shape,
               const std::function<bool(std::string_view)>& take) {
  switch (shape.kind) {
    case BodyKind::kNone:
      return true;
    case BodyKind::kLength:
      return read_exactly(from, shape.length, take);
    case BodyKind::kChunked:
      return read_chunks(from, take);
    case BodyKind::kToEnd:
      for (;;) {
        const auto piece = from.read_some(kBlock);
        if (piece.empty()) return true;
        if (!take(piece)) return false;
      }
  }
  return false;
}

sys::Fd connect_to(std::uint16_t port) {
  sys::Fd fd(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  const auto address = loopback(port);
  if (::connect(fd.get(), reinterpret_cast<const sockaddr*>(&address),
                sizeof address) != 0) {
    return {};
  }
  const int on = 1;
  ::setsockopt(fd.get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  return fd;
}

sys::Fd listen_on_loopback(std::uint16_t& port) {
  sys::Fd fd(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  const int on = 1;
  ::setsockopt(fd.get(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  auto address = loopback(port);
  auto* const any = reinterpret_cast<sockaddr*>(&address);
  if (::bind(fd.get(), any, sizeof address) != 0) return {};
  if (::listen(fd.get(), 256) != 0) return {};
  socklen_t size = sizeof address;
  ::getsockname(fd.get(), any, &size);
  port = ntohs(address.sin_port);
  return fd;
}

}  // namespace hug::fault
