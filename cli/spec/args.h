// What was typed for one command, checked against its options. Values are
// strings as given; the typed accessors cannot fail because parsing checked.
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "spec/command.h"

namespace hug::cli {

class Args {
 public:
  explicit Args(const Command& command) : command_(&command) {}

  const Command& command() const { return *command_; }

  /// The command's path below the program ("repos tag create").
  const std::string& path() const { return path_; }

  /// True when the option was given, by argument or variable.
  bool has(std::string_view name) const;
  /// A flag; its fallback ("true") or false when not given.
  bool flag(std::string_view name) const;
  /// A flag with --no-NAME: nothing when neither was given.
  std::optional<bool> choice(std::string_view name) const;
  /// The last value, else the fallback, else empty.
  std::string text(std::string_view name) const;
  /// The last value, else the fallback, else nothing.
  std::optional<std::string> maybe(std::string_view name) const;
  /// All values in order.
  std::vector<std::string> list(std::string_view name) const;
  /// kInteger; the fallback or 0 when not given.
  std::int64_t integer(std::string_view name) const;
  /// kIntegers, of all values in order
  std::vector<std::int64_t> integers(std::string_view name) const;
  double number(std::string_view name) const;
  /// kBytes
  std::uint64_t bytes(std::string_view name) const;
  /// kDuration, in milliseconds
  std::chrono::milliseconds duration(std::string_view name) const;

 private:
  friend class Parser;
  const std::vector<std::string>* find(std::string_view name) const;
  const Option* option(std::string_view name) const;

  const Command* command_;
  std::string path_ = {};
  std::map<std::string, std::vector<std::string>, std::less<>> values_ = {};
};

/// Numbers and durations as options take them; nothing when they are not one.
std::optional<double> parse_number(std::string_view text);
std::optional<std::chrono::milliseconds> parse_duration(std::string_view text);

}  // namespace hug::cli
