#include "base/secret.h"

#include <string.h>  // explicit_bzero

#include <array>
#include <utility>

#include "base/strings.h"

namespace hug::base {

void Secret::wipe() noexcept {
  explicit_bzero(text_.data(), text_.size());
  text_.clear();
}

Secret& Secret::operator=(const Secret& other) {
  if (this != &other) {
    wipe();
    text_ = other.text_;
  }
  return *this;
}

// A short string moves by copy and would leave itself behind.
Secret::Secret(Secret&& other) noexcept : text_(std::move(other.text_)) {
  other.wipe();
}

Secret& Secret::operator=(Secret&& other) noexcept {
  if (this != &other) {
    wipe();
    text_ = std::move(other.text_);
    other.wipe();
  }
  return *this;
}

Secret::~Secret() {
  wipe();
}

namespace {

bool is_token_char(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
         (c >= '0' && c <= '9') || c == '_' || c == '-' || c == '.' ||
         c == '%' || c == '+' || c == '/' || c == '=' || c == '~';
}

// Where the value behind a marker at `at` begins; npos when there is none.
std::size_t value_begin(std::string_view text, std::size_t at) {
  static constexpr std::array<std::string_view, 9> kMarkers = {
      "bearer ",
      "basic ",
      "x-amz-signature=",
      "x-amz-credential=",
      "x-amz-security-token=",
      "signature=",
      "key-pair-id=",
      "policy=",
      "access_token="};
  for (const auto marker : kMarkers) {
    if (equal_ignoring_case(text.substr(at, marker.size()), marker)) {
      return at + marker.size();
    }
  }
  return std::string_view::npos;
}

// "://user:password@host": the position behind '@', or npos.
std::size_t userinfo_end(std::string_view text, std::size_t at) {
  if (!text.substr(at).starts_with("://")) return std::string_view::npos;
  const auto stop = text.find_first_of("/?# \t\n\"'", at + 3);
  const auto mark = text.substr(0, stop).rfind('@');
  return mark == text.npos || mark < at + 3 ? std::string_view::npos : mark;
}

}  // namespace

std::string redact(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size();) {
    std::size_t begin = value_begin(text, i);
    if (text.substr(i).starts_with("hf_") &&
        (i == 0 || !is_token_char(text[i - 1]) || text[i - 1] == '=' ||
         text[i - 1] == '/')) {
      begin = i + 3;
    }
    if (begin != text.npos) {
      std::size_t end = begin;
      while (end < text.size() && is_token_char(text[end]))
        ++end;
      out += text.substr(i, begin - i);
      if (end > begin) out += "***";
      i = end;
    } else if (const auto at = userinfo_end(text, i); at != text.npos) {
      out += "://***";
      i = at;
    } else {
      out += text[i++];
    }
  }
  return out;
}

}  // namespace hug::base
