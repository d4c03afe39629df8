#include "out/progress.h"

#include <doctest/doctest.h>

#include "hug/text.h"

using namespace hug;
using namespace hug::cli;

TEST_CASE("progress: a row tells name, share, rate and time left") {
  ProgressRow row{.name = "model-00001-of-00002.safetensors",
                  .state = {},
                  .done = 1'120'000'000,
                  .total = 1'940'000'000};
  const RateMeter::Time start{};
  row.rate.add(start, 720'000'000);
  row.rate.add(start + std::chrono::seconds(1), 1'120'000'000);
  const std::string line = progress_row(row, 120);
  CHECK(line.find("model-00001-of-00002.safetensors") != line.npos);
  CHECK(line.find("1.12/1.94 GB") != line.npos);
  CHECK(line.find("400.0 MB/s") != line.npos);
  CHECK(line.find("0:02") != line.npos);
}

TEST_CASE("progress: no line is wider than the terminal") {
  ProgressRow row{.name = std::string(200, 'n'), .done = 5, .total = 10};
  ProgressTotals totals{.done = 5,
                        .total = 10'000'000'000,
                        .items = 7,
                        .items_done = 3,
                        .reused = 210'000'000};
  for (std::size_t width = 20; width < 140; ++width) {
    CHECK(display_width(progress_row(row, width)) <= width);
    CHECK(display_width(progress_total(totals, width)) <= width);
  }
}

TEST_CASE("progress: names from outside are made safe") {
  const ProgressRow row{.name = "a\x1b]0;t\x07", .done = 0, .total = 1};
  CHECK(progress_row(row, 80).find('\x1b') == std::string::npos);
}

TEST_CASE("progress: the total says what was here already") {
  const ProgressTotals totals{.done = 1'180'000'000,
                              .total = 2'310'000'000,
                              .items = 7,
                              .items_done = 5,
                              .reused = 210'000'000};
  CHECK(progress_total(totals, 120) ==
        "total  1.18/2.31 GB  51 %   5 of 7 files \u00b7 210.0 MB were here "
        "already");
}

TEST_CASE("progress: a rate follows the last seconds only") {
  RateMeter meter;
  const RateMeter::Time start{};
  CHECK(meter.per_second() == 0);
  for (int i = 0; i <= 100; ++i) {
    meter.add(start + std::chrono::milliseconds(200 * i),
              static_cast<std::uint64_t>(i < 50 ? i : 50 + (i - 50) * 10));
  }
  CHECK(meter.per_second() == doctest::Approx(50.0).epsilon(0.05));
}

TEST_CASE("progress: the summary") {
  CHECK(summary_text(2'310'000'000, 210'000'000, 5.4) ==
        "2.3 GB in 5.4 s (427.8 MB/s), 210.0 MB were here already");
  CHECK(summary_text(100, 0, 0) == "100 B in 0.0 s");
}

TEST_CASE("progress: clock texts") {
  CHECK(clock_text(2) == "0:02");
  CHECK(clock_text(3723) == "1:02:03");
  CHECK(clock_text(-1) == "-:--");
}

TEST_CASE("progress: events as JSON lines") {
  Event event{.kind = Event::Kind::kProgress, .id = 3, .done = 5, .total = 9};
  event.name = "f";
  CHECK(event_json(event).dump() ==
        "{\"event\": \"progress\", \"id\": 3, \"name\": \"f\", \"done\": 5, "
        "\"total\": 9, \"unit\": \"bytes\"}");
}
