// What happens while the library works. Libraries never print: they emit
// events, and whoever started the work draws bars, writes JSON lines or stays
// silent.
#pragma once

#include <cstdint>
#include <string_view>

#include "hug/export.h"

namespace hug {

struct Event {
  enum class Kind : std::uint8_t {
    kPlan,      // the work is known: total bytes and items
    kStart,     // one item starts: id, name, total
    kProgress,  // one item moved on: id, done (absolute), total
    kState,     // one item changes what it does: text ("verifying")
    kDone,      // one item is complete
    kFailed,    // one item failed for good: text
    kRetry,     // one item is tried again: text says why
    kNote,      // something worth a line: text
    kWarning,   // something the user should know: text
    kFinish,    // all work is over: done, total, text is the summary
  };
  Kind kind = Kind::kNote;
  std::uint64_t id = 0;        // item; 0 is the whole
  std::uint64_t done = 0;      // units so far (bytes unless unit says so)
  std::uint64_t total = 0;     // 0 when unknown
  std::uint64_t items = 0;     // number of items (kPlan, kFinish)
  std::uint64_t reused = 0;    // units that were here already
  std::string_view name = {};  // item name; valid during the call only
  std::string_view text = {};  // valid during the call only
  std::string_view unit = "bytes";
};

/// Receives events. Called from any thread, often: must be quick, must not
/// block, must not throw.
class HUG_EXPORT EventSink {
 public:
  virtual ~EventSink() = default;
  virtual void on_event(const Event& event) noexcept = 0;
};

}  // namespace hug
