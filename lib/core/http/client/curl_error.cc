#include "http/client/curl_error.h"

#include <algorithm>
#include <iterator>

#include "http/client/curl_library.h"

namespace hug::http {
namespace {

struct Row {
  CURLcode curl;
  Code code;
  const char* text;
  const char* hint;
};

constexpr const char* kCheckNetwork =
    "check the network connection and the proxy settings";
constexpr const char* kCheckCertificates =
    "set SSL_CERT_FILE or SSL_CERT_DIR to certificates that vouch for it";

constexpr Row kRows[] = {
    {CURLE_COULDNT_RESOLVE_PROXY, Code::kNetwork,
     "the proxy's name cannot be resolved", kCheckNetwork},
    {CURLE_COULDNT_RESOLVE_HOST, Code::kNetwork, "its name cannot be resolved",
     kCheckNetwork},
    {CURLE_COULDNT_CONNECT, Code::kNetwork, "it does not accept connections",
     kCheckNetwork},
    {CURLE_WEIRD_SERVER_REPLY, Code::kNetwork, "it does not speak HTTP",
     nullptr},
    {CURLE_HTTP2, Code::kNetwork, "the HTTP/2 connection broke", nullptr},
    {CURLE_HTTP2_STREAM, Code::kNetwork, "the HTTP/2 stream broke", nullptr},
    {CURLE_PARTIAL_FILE, Code::kNetwork, "it closed before the body's end",
     nullptr},
    {CURLE_OPERATION_TIMEDOUT, Code::kTimeout, "it did not answer in time",
     kCheckNetwork},
    {CURLE_GOT_NOTHING, Code::kNetwork, "it closed without an answer", nullptr},
    {CURLE_SEND_ERROR, Code::kNetwork, "the connection was lost while sending",
     nullptr},
    {CURLE_RECV_ERROR, Code::kNetwork,
     "the connection was lost while receiving", nullptr},
    {CURLE_UPLOAD_FAILED, Code::kNetwork, "the upload broke off", nullptr},
    {CURLE_PROXY, Code::kNetwork, "the proxy refuses", kCheckNetwork},
    {CURLE_SSL_CONNECT_ERROR, Code::kTls, "the TLS handshake failed", nullptr},
    {CURLE_PEER_FAILED_VERIFICATION, Code::kTls,
     "its certificate is not trusted", kCheckCertificates},
    {CURLE_SSL_CACERT_BADFILE, Code::kTls,
     "the certificates to trust cannot be read", kCheckCertificates},
    {CURLE_SSL_ISSUER_ERROR, Code::kTls, "its certificate is not trusted",
     kCheckCertificates},
    {CURLE_SSL_CERTPROBLEM, Code::kTls, "the client certificate is unusable",
     nullptr},
    {CURLE_SSL_CIPHER, Code::kTls, "there is no common cipher", nullptr},
    {CURLE_SSL_PINNEDPUBKEYNOTMATCH, Code::kTls,
     "its key is not the pinned one", nullptr},
    {CURLE_BAD_CONTENT_ENCODING, Code::kCorrupt,
     "the body's compression is broken", nullptr},
    {CURLE_URL_MALFORMAT, Code::kUsage, "the URL is not usable", nullptr},
    // Only http URLs get here: what it does not support is HTTP/0.9.
    {CURLE_UNSUPPORTED_PROTOCOL, Code::kNetwork, "it does not speak HTTP",
     nullptr},
    {CURLE_OUT_OF_MEMORY, Code::kLimit, "memory is exhausted", nullptr},
};

/// libcurl's sentence, to go on after a colon.
std::string clause(std::string text) {
  while (text.ends_with('.'))
    text.pop_back();
  const auto is_upper = [](char c) { return c >= 'A' && c <= 'Z'; };
  if (text.size() > 1 && is_upper(text[0]) && !is_upper(text[1]))
    text[0] = static_cast<char>(text[0] - 'A' + 'a');
  return text;
}

}  // namespace

Error curl_error(int code, const std::string& detail, const std::string& host) {
  const auto* const row = std::ranges::find(
      kRows, code, [](const Row& r) { return static_cast<int>(r.curl); });
  const bool known = row != std::end(kRows);
  std::string text = "cannot talk to " + host + ": ";
  if (known) {
    text += row->text;
  } else {
    text += clause(curl().easy_strerror(static_cast<CURLcode>(code)));
  }
  if (!detail.empty()) text += " (" + detail + ")";
  Error error(known ? row->code : Code::kNetwork, std::move(text));
  if (known && row->hint != nullptr) return std::move(error).hint(row->hint);
  return error;
}

}  // namespace hug::http
