// Percent-encoding in the flavours that the Hub's clients use.
#include <array>

#include "http/url.h"

namespace hug::http {
namespace {

constexpr std::string_view kUnreserved =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.~";

constexpr std::array<bool, 256> keep_set(std::string_view more) {
  std::array<bool, 256> keep{};
  for (const char c : kUnreserved)
    keep[static_cast<unsigned char>(c)] = true;
  for (const char c : more)
    keep[static_cast<unsigned char>(c)] = true;
  return keep;
}

std::string encode(std::string_view text, const std::array<bool, 256>& keep) {
  static constexpr std::string_view kDigits = "0123456789ABCDEF";
  std::string out;
  out.reserve(text.size());
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (keep[byte]) {
      out += c;
    } else {
      out += '%';
      out += kDigits[byte >> 4];
      out += kDigits[byte & 15];
    }
  }
  return out;
}

int digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

std::optional<std::string> decode_with(std::string_view text, bool plus) {
  std::string out;
  out.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '+' && plus) {
      out += ' ';
    } else if (text[i] != '%') {
      out += text[i];
    } else {
      if (text.size() - i < 3) return std::nullopt;
      const int high = digit(text[i + 1]);
      const int low = digit(text[i + 2]);
      if (high < 0 || low < 0) return std::nullopt;
      out += static_cast<char>(high * 16 + low);
      i += 2;
    }
  }
  return out;
}

std::string decode_or_keep(std::string_view text) {
  if (auto decoded = decode_form(text)) return *std::move(decoded);
  return std::string(text);
}

}  // namespace

std::string encode_path(std::string_view text) {
  static constexpr auto kKeep = keep_set("/");
  return encode(text, kKeep);
}

std::string encode_segment(std::string_view text) {
  static constexpr auto kKeep = keep_set("");
  return encode(text, kKeep);
}

std::string encode_component(std::string_view text) {
  static constexpr auto kKeep = keep_set("!'()*");
  return encode(text, kKeep);
}

std::optional<std::string> decode(std::string_view text) {
  return decode_with(text, false);
}

std::optional<std::string> decode_form(std::string_view text) {
  return decode_with(text, true);
}

Query parse_query(std::string_view query) {
  Query out;
  while (!query.empty()) {
    const auto end = query.find('&');
    const auto pair = query.substr(0, end);
    query = end == query.npos ? std::string_view() : query.substr(end + 1);
    if (pair.empty()) continue;
    const auto equals = pair.find('=');
    const auto value =
        equals == pair.npos ? std::string_view() : pair.substr(equals + 1);
    out.emplace_back(decode_or_keep(pair.substr(0, equals)),
                     decode_or_keep(value));
  }
  return out;
}

std::string format_query(const Query& query) {
  std::string out;
  for (const auto& [key, value] : query) {
    if (!out.empty()) out += '&';
    out += encode_segment(key) + "=" + encode_segment(value);
  }
  return out;
}

}  // namespace hug::http
