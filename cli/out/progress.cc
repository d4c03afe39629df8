#include "out/progress.h"

#include <algorithm>

#include "hug/text.h"

namespace hug::cli {

namespace {

using Clock = std::chrono::steady_clock;
using Kind = Event::Kind;
constexpr std::size_t kMostRows = 8;
constexpr auto kFrame = std::chrono::milliseconds(100);
constexpr auto kPlainStep = std::chrono::seconds(10);

}  // namespace

Progress::Progress(Out& out, ProgressStyle style)
    : out_(out), style_(style), last_plain_(Clock::now()) {}

Progress::~Progress() {
  close();
}

void Progress::close() {
  if (!painter_.joinable()) return;
  painter_.request_stop();
  painter_.join();
  out_.draw_bars({}, 0);
}

void Progress::on_event(const Event& event) noexcept {
  if (style_ == ProgressStyle::kJson) {
    const std::lock_guard lock(mutex_);
    out_.standard_error().write(event_json(event).dump() + '\n');
    return;
  }
  if (event.kind == Kind::kWarning || event.kind == Kind::kNote ||
      event.kind == Kind::kRetry || event.kind == Kind::kFinish) {
    note(event);
  }
  if (style_ == ProgressStyle::kNone) return;
  if (event.kind == Kind::kFinish && event.text.empty()) finish(event);
  bool due = false;
  {
    const std::lock_guard lock(mutex_);
    track(event);
    due = style_ == ProgressStyle::kPlain && totals_.total > 0 &&
          Clock::now() - last_plain_ >= kPlainStep;
    if (due) last_plain_ = Clock::now();
    if (style_ == ProgressStyle::kBar && event.kind == Kind::kStart) {
      start_drawing();
    }
  }
  if (due) plain_line();
}

// What is worth a line of its own.
void Progress::note(const Event& event) {
  if (event.text.empty()) return;
  if (event.kind == Kind::kWarning) return out_.warning(event.text);
  if (style_ == ProgressStyle::kNone) return;
  // A line each, whatever a server wants its files to be called.
  const std::string text = escape_for_terminal(event.text);
  if (event.kind == Kind::kRetry) {
    const std::string name = escape_for_terminal(event.name);
    return out_.log("  " + name + (name.empty() ? "" : ": ") + text);
  }
  if (event.kind == Kind::kFinish) {
    // The last state is one line; the bars are gone by then.
    const std::lock_guard lock(mutex_);
    rows_.clear();
    totals_ = {};
  }
  out_.log(text);
}

// The last state: what came over the wire, how long it took.
void Progress::finish(const Event& event) {
  std::string text;
  {
    const std::lock_guard lock(mutex_);
    const std::chrono::duration<double> time = Clock::now() - started_;
    const std::uint64_t moved =
        event.done > totals_.reused ? event.done - totals_.reused : 0;
    if (moved > 0 && totals_.unit == "bytes") {
      text = summary_text(moved, totals_.reused, time.count());
    }
    rows_.clear();
  }
  if (!text.empty()) out_.log(text);
}

void Progress::track(const Event& event) {
  switch (event.kind) {
    case Kind::kPlan:
      started_ = Clock::now();
      totals_ = {};
      totals_.total = event.total;
      totals_.items = event.items;
      totals_.reused = event.reused;
      totals_.unit = event.unit;
      finished_units_ = 0;
      break;
    case Kind::kFinish:
      break;
    default:
      if (event.id != 0) track_item(event);
  }
}

void Progress::track_item(const Event& event) {
  const auto now = Clock::now();
  if (event.kind == Kind::kDone || event.kind == Kind::kFailed) {
    const auto at = rows_.find(event.id);
    if (at == rows_.end()) return;
    finished_units_ += std::max(at->second.done, event.done);
    ++totals_.items_done;
    rows_.erase(at);
  } else {
    ProgressRow& row = rows_[event.id];
    if (!event.name.empty()) row.name = event.name;
    if (event.total != 0) row.total = event.total;
    row.unit = event.unit;
    if (event.kind == Kind::kState) row.state = event.text;
    if (event.kind == Kind::kProgress || event.kind == Kind::kStart) {
      row.done = event.done;
      row.rate.add(now, row.done);
    }
  }
  totals_.done = finished_units_;
  for (const auto& [id, row] : rows_)
    totals_.done += row.done;
  totals_.rate.add(now, totals_.done);
}

void Progress::plain_line() {
  std::string text;
  {
    const std::lock_guard lock(mutex_);
    text = progress_total(totals_, 200);
  }
  out_.log(text);
}

void Progress::start_drawing() {
  if (painter_.joinable()) return;
  painter_ =
      std::jthread([this](const std::stop_token& stop) { draw_loop(stop); });
}

void Progress::draw_loop(const std::stop_token& stop) {
  while (!stop.stop_requested()) {
    draw();
    std::unique_lock lock(mutex_);
    wake_.wait_for(lock, stop, kFrame, [] { return false; });
  }
}

void Progress::draw() {
  std::string frame;
  std::size_t lines = 0;
  {
    const std::lock_guard lock(mutex_);
    const std::size_t width = std::max<std::size_t>(out_.columns(), 20) - 1;
    for (const auto& [id, row] : rows_) {
      if (lines == kMostRows) break;
      frame += progress_row(row, width) + "\x1b[K\n";
      ++lines;
    }
    if (!rows_.empty()) {
      frame += progress_total(totals_, width) + "\x1b[K\n";
      ++lines;
    }
  }
  out_.draw_bars(frame, lines);
}

}  // namespace hug::cli
