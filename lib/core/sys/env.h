// The environment as it was at the start of the process, and the one registry
// of variables that hug reads (hug/environment.h shows it to programs; the
// manual page hug-environment(7) is made of it). getenv and environ appear in
// env.cc only.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "hug/environment.h"
#include "hug/result.h"

namespace hug::sys {

class Env {
 public:
  using Map = std::map<std::string, std::string, std::less<>>;

  Env() = default;

  explicit Env(Map values) : values_(std::move(values)) {}

  static Env from_process();

  /// Any variable, registered or not, exactly as set.
  std::optional<std::string_view> find(std::string_view name) const;
  /// A registered variable: its value, else that of its older names in order,
  /// else its default (which may be empty). An empty value counts as unset.
  std::string text(std::string_view name) const;
  /// Whether text() comes from the environment.
  bool is_set(std::string_view name) const;
  /// A registered flag: 1, ON, YES, TRUE in any case.
  bool flag(std::string_view name) const;
  /// A registered number, size ("8MiB") or time in seconds within the range of
  /// the registry. Errors: kUsage naming variable and range.
  Result<std::uint64_t> number(std::string_view name) const;
  Result<std::chrono::milliseconds> seconds(std::string_view name) const;

  const Map& values() const noexcept { return values_; }

  void set(std::string name, std::string value);

 private:
  Map values_;
};

/// The registry's row, or null.
const EnvironmentVariable* find_variable(std::string_view name);

}  // namespace hug::sys
