// The voice of the program, and the only writer to standard output and error.
//
// Enters: values, messages and text, also from servers. Leaves: the bytes a
// person, a script or an agent reads, in one of four formats:
//
//            human                agent          json            quiet
//   text     as it is             without ANSI   nothing         nothing
//   table    padded columns       TSV            [{...}, ...]    one id a line
//   dict     JSON over lines      JSON           JSON            JSON or an id
//   result   tick and key: value  key=value      {...}           first value
//   warning, error, hint          on standard error (no hints when quiet)
//
// The formats are those of `hf`, byte for byte; scripts depend on them.
#pragma once

#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "hug/error.h"
#include "out/stream.h"
#include "out/value.h"

namespace hug::cli {

enum class Mode : std::uint8_t { kHuman, kAgent, kJson, kQuiet };

struct TableOptions {
  std::vector<std::string> columns = {};  ///< empty: keys of the first row
  std::string id = {};                    ///< column of quiet; empty: first
  std::vector<std::string> right = {};    ///< right-aligned besides numbers
};

class Out {
 public:
  struct Options {
    Mode mode = Mode::kHuman;
    bool color = false;      ///< of standard output
    bool color_err = false;  ///< of standard error
    bool no_truncate = false;
    std::size_t columns = 80;
    bool as_hf = false;  ///< the program is called as hf
  };

  Out() = default;

  void configure(const Options& options) { options_ = options; }

  Mode mode() const { return options_.mode; }

  bool human() const { return options_.mode == Mode::kHuman; }

  bool quiet() const { return options_.mode == Mode::kQuiet; }

  std::size_t columns() const { return options_.columns; }

  const Options& options() const { return options_; }

  Stream& standard_output() { return out_; }

  Stream& standard_error() { return err_; }

  // ------------------------------------------------------- standard output
  /// A line for people and agents; nothing in json and quiet. Control
  /// characters are shown, not obeyed; a line end too: whatever name is quoted,
  /// it stays one line.
  void text(std::string_view text);
  /// As text, in bold where there is colour.
  void strong_text(std::string_view text);
  /// Text of several lines, for the same.
  void page(std::string_view text);
  /// Text in every mode, also of several lines; a newline is added. On a
  /// terminal control characters are shown.
  void line(std::string_view text);
  /// A part of a text that comes in pieces, each of whole characters; `dim`:
  /// grey where there is colour. On a terminal control characters are shown,
  /// not obeyed. Errors: as raw().
  Result<void> piece(std::string_view text, bool dim = false);
  /// Bytes as they are. Errors: kCancelled once the reader has gone; kIo ...
  Result<void> raw(std::string_view bytes);
  /// Rows are objects.
  void table(const std::vector<Value>& rows, const TableOptions& options = {});
  void dict(const Value& value, std::string_view id_key = {});
  void result(std::string_view message, const Fields& fields);
  void json_line(const Value& value, int indent = -1);

  // -------------------------------------------------------- standard error
  void warning(std::string_view text);
  void log(std::string_view text);  ///< grey; not when quiet
  void hint(std::string_view text);
  void error(const Error& error);
  /// Replaces the lines of moving text at the bottom of the terminal; any
  /// other output takes them away first.
  void draw_bars(std::string_view frame, std::size_t lines);

  // ---------------------------------------------------------------- asking
  /// Errors: kFailure when the answer is no, or nobody can be asked (then the
  /// message names `flag`).
  Result<void> confirm(std::string_view question, bool yes,
                       std::string_view flag = "--yes");
  /// A line typed by a person; `secret` is not echoed. Nothing at the end of
  /// input. Only on a terminal.
  std::optional<std::string> ask(std::string_view prompt, bool secret);
  bool can_ask() const;

  /// Text from outside on one line, safe to show.
  static std::string one_line(std::string_view text);

 private:
  void clear_bars();
  void put(std::string_view text);
  void say(std::string_view color, std::string_view text);
  std::string shown(std::string_view text) const;
  std::string value_shown(std::string_view text) const;
  void human_table(const std::vector<Value>& rows,
                   const std::vector<std::string>& columns,
                   const TableOptions& options);

  Options options_ = {};
  Stream out_{1};
  Stream err_{2};
  std::recursive_mutex mutex_ = {};
  std::size_t bar_lines_ = 0;
};

}  // namespace hug::cli
