// Dates as the Hub and HTTP write them. All of it is UTC.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

namespace hug::base {

using Time = std::chrono::sys_time<std::chrono::milliseconds>;

/// "2026-07-26T09:30:00.000Z"
std::string format_iso(Time time);
/// The same, or with an offset, or without a fraction; nothing otherwise.
std::optional<Time> parse_iso(std::string_view text);
/// "Sun, 26 Jul 2026 09:30:00 GMT" (RFC 9110 IMF-fixdate)
std::string format_http(Time time);
std::optional<Time> parse_http(std::string_view text);

}  // namespace hug::base
