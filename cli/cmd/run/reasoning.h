// Models that think aloud: what of an answer is thought and what is said.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace hug::cli::cmd {

/// Marks around thoughts, as families write them.
struct ThoughtMarks {
  std::string_view begin;
  std::string_view end;
};

/// All marks that are known; those that are control tokens must be shown in
/// the text (GenerateOptions::shown_control).
std::vector<std::string> thought_tokens();

/// Splits a text that comes in pieces.
class ReasoningSplit {
 public:
  /// `said` and `thought` get their parts as they come; false stops.
  using Sink = std::function<bool(std::string_view)>;

  ReasoningSplit(Sink said, Sink thought)
      : said_(std::move(said)), thought_(std::move(thought)) {}

  /// The prompt: where it ends with the beginning of a thought, the answer
  /// starts with one.
  void read_prompt(std::string_view prompt);
  bool put(std::string_view text);
  /// Gives out what was held back.
  bool finish();

  const std::string& answer() const noexcept { return answer_; }

  const std::string& reasoning() const noexcept { return reasoning_; }

 private:
  bool give(std::string_view text);
  bool step(bool at_end, bool& moved);

  Sink said_;
  Sink thought_;
  std::string held_ = {};
  std::string answer_ = {};
  std::string reasoning_ = {};
  const ThoughtMarks* open_ = nullptr;  // of the thought that is going on
  bool fresh_ = false;                  // blanks after a thought are dropped
};

}  // namespace hug::cli::cmd
