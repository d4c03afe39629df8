// Lines typed by a person: editing, history, completion (libedit). Without a
// terminal, lines as they come.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "hug/result.h"

namespace hug::cli {

class LineEditor {
 public:
  enum class Outcome { kLine, kEnd, kInterrupted };

  struct Options {
    bool terminal = true;
    std::string history = {};  ///< file; empty: none is kept
    /// What may stand in the place of the last word of a line.
    std::function<std::vector<std::string>(std::string_view line)> complete =
        {};
    /// Whether Ctrl-C came.
    std::function<bool()> interrupted = {};
  };

  explicit LineEditor(Options options);
  ~LineEditor();
  LineEditor(const LineEditor&) = delete;
  LineEditor& operator=(const LineEditor&) = delete;

  /// A line without its end. After an interruption what was typed so far is in
  /// `line`.
  Outcome read(const std::string& prompt, std::string& line);
  /// Puts an entry into the history.
  void remember(const std::string& entry);
  /// Writes the history file. Errors: kIo.
  Result<void> save() const;

 private:
  struct Parts;
  std::unique_ptr<Parts> parts_;
};

}  // namespace hug::cli
