// A regular expression over tensor names (PCRE2, letters of either case).
#pragma once

#include <memory>
#include <string>

#include "hug/result.h"

namespace hug::quantize {

class Pattern {
 public:
  /// Errors: kUsage saying where the expression is wrong.
  static Result<Pattern> parse(const std::string& text);
  Pattern(Pattern&&) noexcept;
  Pattern& operator=(Pattern&&) noexcept;
  ~Pattern();

  /// Whether it matches anywhere in the text.
  bool found_in(const std::string& text) const;

 private:
  struct State;
  explicit Pattern(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace hug::quantize
