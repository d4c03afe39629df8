#include "hug/error.h"

#include <array>
#include <utility>

namespace hug {

namespace {

struct CodeRow {
  std::string_view name;
  int exit;
};

// Indexed by Code; the exit statuses are the ones of hug-exit-codes(7).
constexpr std::array<CodeRow, 19> kCodes{{
    {"failure", 1},      {"usage", 2},    {"not_found", 3},
    {"unauthorized", 4}, {"denied", 4},   {"gated", 4},
    {"conflict", 8},     {"busy", 8},     {"rate_limited", 9},
    {"network", 5},      {"timeout", 5},  {"tls", 5},
    {"offline", 11},     {"corrupt", 6},  {"unsupported", 10},
    {"limit", 12},       {"no_space", 7}, {"io", 7},
    {"cancelled", 130},
}};

}  // namespace

std::string_view code_name(Code code) noexcept {
  const auto i = static_cast<std::size_t>(code);
  return i < kCodes.size() ? kCodes[i].name : "internal";
}

int exit_status(Code code) noexcept {
  const auto i = static_cast<std::size_t>(code);
  return i < kCodes.size() ? kCodes[i].exit : 1;
}

struct Error::Data {
  Code code = Code::kFailure;
  std::string message = {};
  std::string hint = {};
  std::vector<std::string> context = {};  // innermost first
  int http_status = 0;
  std::string request_id = {};
  std::string remote_code = {};
  std::optional<std::chrono::milliseconds> retry_after = {};
};

Error::Error(Code code, std::string message) : data_(std::make_unique<Data>()) {
  data_->code = code;
  data_->message = std::move(message);
}

Error::Error(const Error& other)
    : data_(std::make_unique<Data>(*other.data_)) {}

Error::Error(Error&&) noexcept = default;

Error& Error::operator=(const Error& other) {
  if (this != &other) data_ = std::make_unique<Data>(*other.data_);
  return *this;
}

Error& Error::operator=(Error&&) noexcept = default;
Error::~Error() = default;

Code Error::code() const noexcept {
  return data_->code;
}

const std::string& Error::message() const noexcept {
  return data_->message;
}

const std::string& Error::hint() const noexcept {
  return data_->hint;
}

std::vector<std::string> Error::chain() const {
  return {data_->context.rbegin(), data_->context.rend()};
}

int Error::http_status() const noexcept {
  return data_->http_status;
}

const std::string& Error::request_id() const noexcept {
  return data_->request_id;
}

std::optional<std::chrono::milliseconds> Error::retry_after() const noexcept {
  return data_->retry_after;
}

const std::string& Error::remote_code() const noexcept {
  return data_->remote_code;
}

Error&& Error::with(std::string context) && {
  data_->context.push_back(std::move(context));
  return std::move(*this);
}

Error&& Error::hint(std::string text) && {
  data_->hint = std::move(text);
  return std::move(*this);
}

Error&& Error::code(Code code) && {
  data_->code = code;
  return std::move(*this);
}

Error&& Error::http(int status, std::string request_id) && {
  data_->http_status = status;
  data_->request_id = std::move(request_id);
  return std::move(*this);
}

Error&& Error::remote(std::string remote_code) && {
  data_->remote_code = std::move(remote_code);
  return std::move(*this);
}

Error&& Error::retry_after(std::chrono::milliseconds wait) && {
  data_->retry_after = wait;
  return std::move(*this);
}

}  // namespace hug
