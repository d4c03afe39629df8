// How progress looks, apart from when it is drawn.
#include <algorithm>
#include <cmath>
#include <cstdio>

#include "hug/text.h"
#include "out/progress.h"

namespace hug::cli {

namespace {

constexpr std::size_t kBarCells = 20;

std::string bar(std::uint64_t done, std::uint64_t total) {
  static constexpr std::string_view kEighths[] = {
      "", "\u258f", "\u258e", "\u258d", "\u258c", "\u258b", "\u258a", "\u2589"};
  if (total == 0) return std::string(kBarCells, ' ');
  const double part =
      std::min(1.0, static_cast<double>(done) / static_cast<double>(total));
  const auto eighths =
      static_cast<std::size_t>(part * static_cast<double>(kBarCells * 8));
  std::string out;
  for (std::size_t i = 0; i < eighths / 8; ++i)
    out += "\u2588";
  std::size_t cells = eighths / 8;
  if (cells < kBarCells && eighths % 8 != 0) {
    out += kEighths[eighths % 8];
    ++cells;
  }
  for (; cells < kBarCells; ++cells)
    out += "\u00b7";
  return out;
}

std::string amount(std::uint64_t value, const std::string& unit) {
  return unit == "bytes" ? format_bytes(value) : std::to_string(value);
}

std::string fixed(double value, int digits) {
  char buffer[48];
  const int n = std::snprintf(buffer, sizeof buffer, "%.*f", digits, value);
  return {buffer, static_cast<std::size_t>(std::max(0, n))};
}

// "1.12/1.94 GB": one unit for both.
std::string share(std::uint64_t done, std::uint64_t total,
                  const std::string& unit) {
  if (total == 0) return amount(done, unit);
  if (unit != "bytes") {
    return std::to_string(done) + '/' + std::to_string(total) + ' ' + unit;
  }
  static constexpr std::string_view kUnits[] = {"B", "kB", "MB", "GB", "TB"};
  double scale = 1;
  std::size_t step = 0;
  while (static_cast<double>(total) / scale >= 1000 && step < 4) {
    scale *= 1000;
    ++step;
  }
  const int digits = step == 0 ? 0 : 2;
  return fixed(static_cast<double>(done) / scale, digits) + '/' +
         fixed(static_cast<double>(total) / scale, digits) + ' ' +
         std::string(kUnits[step]);
}

std::string rate_text(double per_second, const std::string& unit) {
  if (per_second <= 0) return {};
  return amount(static_cast<std::uint64_t>(per_second), unit) + "/s";
}

std::string left_text(std::uint64_t done, std::uint64_t total,
                      double per_second) {
  if (per_second <= 0 || total <= done) return {};
  return clock_text(static_cast<double>(total - done) / per_second);
}

std::string pad_right(std::string text, std::size_t width) {
  const std::size_t size = display_width(text);
  if (size < width) text.append(width - size, ' ');
  return text;
}

std::string pad_left(const std::string& text, std::size_t width) {
  const std::size_t size = display_width(text);
  return size < width ? std::string(width - size, ' ') + text : text;
}

// The end of a long name tells files of one folder apart.
std::string shortened(const std::string& name, std::size_t width) {
  if (display_width(name) <= width) return name;
  std::size_t at = 0;
  while (at < name.size() && display_width(name.substr(at)) + 1 > width) {
    (void)next_code_point(name, at);
  }
  return "\u2026" + name.substr(at);
}

std::string cut_line(const std::string& line, std::size_t width) {
  std::size_t at = 0;
  std::size_t used = 0;
  while (at < line.size()) {
    std::size_t next = at;
    (void)next_code_point(line, next);
    used += display_width(line.substr(at, next - at));
    if (used > width) break;
    at = next;
  }
  return line.substr(0, at);
}

}  // namespace

void RateMeter::add(Time now, std::uint64_t done) {
  constexpr auto kStep = std::chrono::milliseconds(200);
  constexpr auto kWindow = std::chrono::seconds(6);
  if (!samples_.empty() && done < samples_.back().done) samples_.clear();
  if (samples_.size() >= 2 && now - samples_[samples_.size() - 2].at < kStep) {
    samples_.back() = {now, done};
  } else {
    samples_.push_back({now, done});
  }
  while (samples_.size() > 2 && now - samples_.front().at > kWindow) {
    samples_.pop_front();
  }
}

double RateMeter::per_second() const {
  if (samples_.size() < 2) return 0;
  const std::chrono::duration<double> time =
      samples_.back().at - samples_.front().at;
  if (time.count() < 0.05) return 0;
  return static_cast<double>(samples_.back().done - samples_.front().done) /
         time.count();
}

std::string clock_text(double seconds) {
  if (!(seconds >= 0) || seconds > 359'999) return "-:--";
  const auto all = static_cast<std::uint64_t>(std::llround(seconds));
  auto two = [](std::uint64_t n) {
    return (n < 10 ? "0" : "") + std::to_string(n);
  };
  if (all >= 3600) {
    return std::to_string(all / 3600) + ':' + two(all / 60 % 60) + ':' +
           two(all % 60);
  }
  return std::to_string(all / 60) + ':' + two(all % 60);
}

std::string progress_row(const ProgressRow& row, std::size_t width) {
  const std::size_t name_width = width > 100 ? 40 : width > 70 ? 24 : 16;
  const std::string name =
      pad_right(shortened(Out::one_line(row.name), name_width), name_width);
  std::string line = "  " + name + "  ";
  if (!row.state.empty() && (row.total == 0 || row.done >= row.total)) {
    return cut_line(line + row.state, width);
  }
  if (width >= 90) line += bar(row.done, row.total) + "  ";
  line += pad_left(share(row.done, row.total, row.unit), 16) + "  ";
  line += pad_left(rate_text(row.rate.per_second(), row.unit), 11) + "  ";
  line += left_text(row.done, row.total, row.rate.per_second());
  return cut_line(line, width);
}

std::string progress_total(const ProgressTotals& totals, std::size_t width) {
  const double speed = totals.rate.per_second();
  std::string line = "total  " + share(totals.done, totals.total, totals.unit);
  if (totals.total > 0) {
    const double part = 100.0 * static_cast<double>(totals.done) /
                        static_cast<double>(totals.total);
    line += "  " + fixed(std::min(part, 100.0), 0) + " %";
  }
  if (speed > 0) line += "  " + rate_text(speed, totals.unit);
  const std::string left = left_text(totals.done, totals.total, speed);
  if (!left.empty()) line += "  " + left + " left";
  if (totals.items > 1) {
    line += "   " + std::to_string(totals.items_done) + " of " +
            std::to_string(totals.items) + " files";
  }
  if (totals.reused > 0) {
    line +=
        " \u00b7 " + amount(totals.reused, totals.unit) + " were here already";
  }
  return cut_line(line, width);
}

std::string summary_text(std::uint64_t moved, std::uint64_t reused,
                         double seconds) {
  std::string text = format_bytes(moved) + " in " + fixed(seconds, 1) + " s";
  if (seconds > 0.05) {
    const double speed = static_cast<double>(moved) / seconds;
    text += " (" + rate_text(speed, "bytes") + ')';
  }
  if (reused > 0) text += ", " + format_bytes(reused) + " were here already";
  return text;
}

Value event_json(const Event& event) {
  static constexpr std::string_view kNames[] = {
      "plan",   "start", "progress", "state",   "done",
      "failed", "retry", "note",     "warning", "finish"};
  Value value;
  value.set("event", kNames[static_cast<std::size_t>(event.kind)]);
  if (event.id != 0) value.set("id", event.id);
  if (!event.name.empty()) value.set("name", event.name);
  const bool counts = event.kind != Event::Kind::kNote &&
                      event.kind != Event::Kind::kWarning &&
                      event.kind != Event::Kind::kState;
  if (counts) {
    value.set("done", event.done);
    value.set("total", event.total);
    value.set("unit", event.unit);
  }
  if (event.items != 0) value.set("items", event.items);
  if (event.reused != 0) value.set("reused", event.reused);
  if (!event.text.empty()) value.set("text", event.text);
  return value;
}

}  // namespace hug::cli
