// Progress on standard error: bars on a terminal, one plain line each ten
// seconds elsewhere, JSON lines for programs, or nothing.
//
// Enters: events from the library, from any thread. Leaves: lines through Out.
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <map>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "hug/events.h"
#include "out/out.h"

namespace hug::cli {

enum class ProgressStyle : std::uint8_t { kNone, kBar, kPlain, kJson };

/// Units a second over the last seconds, from absolute counts.
class RateMeter {
 public:
  using Time = std::chrono::steady_clock::time_point;

  void add(Time now, std::uint64_t done);
  double per_second() const;

 private:
  struct Sample {
    Time at;
    std::uint64_t done;
  };

  std::deque<Sample> samples_ = {};
};

struct ProgressRow {
  std::string name = {};
  std::string state = {};  // "verifying", instead of a bar
  std::uint64_t done = 0;
  std::uint64_t total = 0;
  std::string unit = "bytes";
  RateMeter rate = {};
};

struct ProgressTotals {
  std::uint64_t done = 0;
  std::uint64_t total = 0;
  std::uint64_t items = 0;
  std::uint64_t items_done = 0;
  std::uint64_t reused = 0;
  std::string unit = "bytes";
  RateMeter rate = {};
};

/// "  name   ███▋····  1.12/1.94 GB   412 MB/s  0:02" no wider than `width`.
std::string progress_row(const ProgressRow& row, std::size_t width);
std::string progress_total(const ProgressTotals& totals, std::size_t width);
/// "2.31 GB in 5.4 s (428 MB/s), 210 MB were here already"
std::string summary_text(std::uint64_t moved, std::uint64_t reused,
                         double seconds);
/// "0:02", "1:02:03"
std::string clock_text(double seconds);
/// One event as the JSON object of --progress json.
Value event_json(const Event& event);

class Progress final : public EventSink {
 public:
  Progress(Out& out, ProgressStyle style);
  ~Progress() override;
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;

  void on_event(const Event& event) noexcept override;
  /// Takes the bars off the screen; called before the program ends.
  void close();

 private:
  void note(const Event& event);
  void finish(const Event& event);
  void track(const Event& event);
  void track_item(const Event& event);
  void plain_line();
  void start_drawing();
  void draw_loop(const std::stop_token& stop);
  void draw();

  Out& out_;
  ProgressStyle style_;
  std::mutex mutex_ = {};
  std::condition_variable_any wake_ = {};
  std::map<std::uint64_t, ProgressRow> rows_ = {};
  ProgressTotals totals_ = {};
  std::uint64_t finished_units_ = 0;  // of items that are done
  std::chrono::steady_clock::time_point last_plain_ = {};
  std::chrono::steady_clock::time_point started_ = {};
  std::jthread painter_ = {};
};

}  // namespace hug::cli
