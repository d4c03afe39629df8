#include "base/time.h"

#include <array>
#include <cstdint>

#include "base/strings.h"

namespace hug::base {

namespace {

using std::chrono::days;
using std::chrono::floor;
using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;

constexpr std::array<std::string_view, 12> kMonths = {
    "Jan", "Feb", "Mar", "Apr", "May", "Jun",
    "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
constexpr std::array<std::string_view, 7> kWeekdays = {
    "Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};

std::string padded(std::int64_t value, std::size_t width) {
  std::string out = std::to_string(value);
  return out.size() < width ? std::string(width - out.size(), '0') + out : out;
}

std::optional<int> digits(std::string_view text, std::size_t at,
                          std::size_t n) {
  if (at + n > text.size()) return {};
  const auto value = parse_unsigned(text.substr(at, n));
  if (!value) return {};
  return static_cast<int>(*value);
}

std::optional<Time> make_time(int year, int month, int day, int hour,
                              int minute, int second) {
  const std::chrono::year_month_day date{
      std::chrono::year{year}, std::chrono::month{static_cast<unsigned>(month)},
      std::chrono::day{static_cast<unsigned>(day)}};
  if (!date.ok() || hour > 23 || minute > 59 || second > 60) return {};
  return Time{std::chrono::sys_days{date}} + hours{hour} + minutes{minute} +
         seconds{second};
}

struct Parts {
  std::chrono::year_month_day date;
  std::chrono::hh_mm_ss<milliseconds> clock;
  unsigned weekday;
};

Parts parts_of(Time time) {
  const auto day = floor<days>(time);
  return {std::chrono::year_month_day{day},
          std::chrono::hh_mm_ss<milliseconds>{time - day},
          std::chrono::weekday{day}.c_encoding()};
}

std::string clock_text(const Parts& p) {
  return padded(p.clock.hours().count(), 2) + ":" +
         padded(p.clock.minutes().count(), 2) + ":" +
         padded(p.clock.seconds().count(), 2);
}

// "Z", "+02:00" or nothing, as an offset to subtract.
std::optional<minutes> parse_offset(std::string_view text) {
  if (text.empty() || text == "Z" || text == "z") return minutes{0};
  const auto h = digits(text, 1, 2);
  const auto m = digits(text, text.size() == 6 ? 4 : 3, 2);
  if ((text[0] != '+' && text[0] != '-') || !h || !m || text.size() > 6) {
    return {};
  }
  const minutes out = hours{*h} + minutes{*m};
  return text[0] == '-' ? -out : out;
}

}  // namespace

std::string format_iso(Time time) {
  const Parts p = parts_of(time);
  return padded(int{p.date.year()}, 4) + "-" +
         padded(unsigned{p.date.month()}, 2) + "-" +
         padded(unsigned{p.date.day()}, 2) + "T" + clock_text(p) + "." +
         padded(p.clock.subseconds().count(), 3) + "Z";
}

std::optional<Time> parse_iso(std::string_view text) {
  const auto year = digits(text, 0, 4);
  const auto month = digits(text, 5, 2);
  const auto day = digits(text, 8, 2);
  const auto hour = digits(text, 11, 2);
  const auto minute = digits(text, 14, 2);
  const auto second = digits(text, 17, 2);
  if (!year || !month || !day || !hour || !minute || !second) return {};
  if (text[4] != '-' || text[7] != '-' || text[13] != ':' || text[16] != ':' ||
      (text[10] != 'T' && text[10] != ' ')) {
    return {};
  }
  std::string_view rest = text.substr(19);
  int fraction = 0;
  if (rest.starts_with('.')) {
    rest.remove_prefix(1);
    std::size_t n = 0;
    for (; n < rest.size() && rest[n] >= '0' && rest[n] <= '9'; ++n) {
      if (n < 3) fraction = fraction * 10 + (rest[n] - '0');
    }
    if (n == 0) return {};
    for (std::size_t i = n; i < 3; ++i)
      fraction *= 10;
    rest.remove_prefix(n);
  }
  const auto offset = parse_offset(rest);
  const auto time = make_time(*year, *month, *day, *hour, *minute, *second);
  if (!offset || !time) return {};
  return *time + milliseconds{fraction} - *offset;
}

std::string format_http(Time time) {
  const Parts p = parts_of(time);
  return std::string(kWeekdays[p.weekday]) + ", " +
         padded(unsigned{p.date.day()}, 2) + " " +
         std::string(kMonths[unsigned{p.date.month()} - 1]) + " " +
         padded(int{p.date.year()}, 4) + " " + clock_text(p) + " GMT";
}

std::optional<Time> parse_http(std::string_view text) {
  if (text.size() != 29 || text.substr(25) != " GMT" || text[3] != ',') {
    return {};
  }
  std::size_t month = 0;
  while (month < kMonths.size() && kMonths[month] != text.substr(8, 3)) {
    ++month;
  }
  const auto day = digits(text, 5, 2);
  const auto year = digits(text, 12, 4);
  const auto hour = digits(text, 17, 2);
  const auto minute = digits(text, 20, 2);
  const auto second = digits(text, 23, 2);
  if (month == kMonths.size() || !day || !year || !hour || !minute || !second) {
    return {};
  }
  return make_time(*year, static_cast<int>(month) + 1, *day, *hour, *minute,
                   *second);
}

}  // namespace hug::base
