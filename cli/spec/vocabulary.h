// The options that one command understands: its own, then the global ones
// that it does not shadow.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "hug/error.h"
#include "spec/command.h"

namespace hug::cli {

class Vocabulary {
 public:
  explicit Vocabulary(const Command& command);

  const std::vector<const Option*>& options() const { return options_; }

  /// Options win their letters in order, so a command's -h hides the global.
  bool owns_letter(const Option& option) const;
  /// `name` without its dashes, "no-" of a negation included. Null: unknown.
  const Option* find_long(std::string_view name) const;
  const Option* find_letter(char letter) const;

  /// kUsage, with the nearest names. `name` has its dashes.
  Error unknown(std::string_view name) const;

 private:
  std::vector<const Option*> options_ = {};
};

/// What the command line was wrong in.
Error usage_error(std::string message);

}  // namespace hug::cli
