// What libcurl is told before an exchange.
#include <filesystem>

#include "http/client/wire_run.h"

namespace hug::http {
namespace {

constexpr long kReceiveBuffer = 256 * 1024;
constexpr long kUploadBuffer = 256 * 1024;

/// The directory whose hashed links libcurl looks certificates up in, or empty
/// where the system has none.
const std::string& system_ca_dir() {
  static const std::string dir = [] {
    const std::string path = "/etc/ssl/certs";
    std::error_code error;
    for (std::filesystem::directory_iterator it(path, error), end;
         !error && it != end; it.increment(error)) {
      const auto name = it->path().filename().string();
      if (name.size() == 10 && name.ends_with(".0")) return path;
    }
    return std::string();
  }();
  return dir;
}

}  // namespace

void Wire::Run::set_options() {
  const auto& options = wire_.options_;
  wire_.handles_->error[0] = '\0';
  set(CURLOPT_ERRORBUFFER, wire_.handles_->error.data());
  set(CURLOPT_URL, request_.url.text().c_str());
  set(CURLOPT_PROTOCOLS_STR, "http,https");
  set(CURLOPT_FOLLOWLOCATION, 0L);
  set(CURLOPT_NOSIGNAL, 1L);
  set(CURLOPT_QUICK_EXIT, 1L);  // a hanging resolver must not hold us
  set(CURLOPT_BUFFERSIZE,
      wire_.throttle_.active() ? 16L * 1024 : kReceiveBuffer);
  set(CURLOPT_TCP_KEEPALIVE, 1L);
  set(CURLOPT_SUPPRESS_CONNECT_HEADERS, 1L);
  set(CURLOPT_HTTP_VERSION,
      static_cast<long>(options.http2 ? CURL_HTTP_VERSION_2TLS
                                      : CURL_HTTP_VERSION_1_1));
  set(CURLOPT_CONNECTTIMEOUT_MS,
      static_cast<long>(request_.timeouts.connect.count()));
  set(CURLOPT_ACCEPT_ENCODING,
      request_.compressed ? "gzip, deflate" : "identity");
  set(CURLOPT_USERAGENT, options.user_agent.c_str());
  set_proxy();
  if (request_.url.scheme == "https") set_tls();
  set_method();
  set_headers();
  set(CURLOPT_HEADERFUNCTION, on_header);
  set(CURLOPT_HEADERDATA, this);
  set(CURLOPT_WRITEFUNCTION, on_write);
  set(CURLOPT_WRITEDATA, this);
}

void Wire::Run::set_proxy() {
  const auto proxy = choose_proxy(wire_.options_.proxy, request_.url);
  set(CURLOPT_PROXY, proxy ? proxy->c_str() : "");
  set(CURLOPT_NOPROXY, "");  // decided already
  set(CURLOPT_PROXYAUTH, static_cast<long>(CURLAUTH_BASIC));
}

void Wire::Run::set_tls() {
  const auto& tls = wire_.options_.tls;
  set(CURLOPT_SSLVERSION, static_cast<long>(CURL_SSLVERSION_TLSv1_2));
  set(CURLOPT_SSL_VERIFYPEER, tls.verify ? 1L : 0L);
  set(CURLOPT_SSL_VERIFYHOST, tls.verify ? 2L : 0L);
  // Parsing the system's bundle takes longer than many whole commands;
  // the hashed directory costs one lookup.
  const bool given = !tls.ca_file.empty() || !tls.ca_dir.empty();
  const auto& dir = given ? tls.ca_dir : system_ca_dir();
  if (given || !dir.empty()) {
    set(CURLOPT_CAINFO, tls.ca_file.empty() ? nullptr : tls.ca_file.c_str());
    set(CURLOPT_CAPATH, dir.empty() ? nullptr : dir.c_str());
  }
}

void Wire::Run::set_method() {
  const auto& method = request_.method;
  if (method == "HEAD") {
    set(CURLOPT_NOBODY, 1L);
    return;
  }
  const bool sends = request_.body != nullptr || method == "POST" ||
                     method == "PUT" || method == "PATCH";
  if (!sends) {
    set(CURLOPT_HTTPGET, 1L);
    if (method != "GET") set(CURLOPT_CUSTOMREQUEST, method.c_str());
    return;
  }
  set(CURLOPT_UPLOAD, 1L);
  set(CURLOPT_CUSTOMREQUEST, method.c_str());
  set(CURLOPT_UPLOAD_BUFFERSIZE, kUploadBuffer);
  set(CURLOPT_READFUNCTION, on_read);
  set(CURLOPT_READDATA, this);
  set(CURLOPT_SEEKFUNCTION, on_seek);
  set(CURLOPT_SEEKDATA, this);
  body_size_ = 0;
  if (request_.body != nullptr) body_size_ = request_.body->size();
  set(CURLOPT_INFILESIZE_LARGE,
      body_size_ ? static_cast<curl_off_t>(*body_size_) : curl_off_t{-1});
  sending_ = !body_size_ || *body_size_ != 0;
}

void Wire::Run::set_headers() {
  for (const auto& [name, value] : request_.headers.fields()) {
    if (!is_field_name(name) || !is_field_value(value)) {
      return fail(Error(Code::kUsage,
                        "the header field '" + name + "' cannot be sent"));
    }
    append(list_, value.empty() ? name + ";" : name + ": " + value);
  }
  append(list_, "Expect:");
  set(CURLOPT_HTTPHEADER, list_.get());
}

}  // namespace hug::http
