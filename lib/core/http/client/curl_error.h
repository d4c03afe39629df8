// What libcurl's codes mean to a caller of ours: one table.
#pragma once

#include <string>

#include "hug/error.h"

namespace hug::http {

/// `code` is a CURLcode other than CURLE_OK; `detail` is libcurl's own text,
/// which may be empty; `host` and port name the other side.
Error curl_error(int code, const std::string& detail, const std::string& host);

}  // namespace hug::http
