#include "sys/env.h"

#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <cmath>

#include "base/strings.h"

extern char** environ;

namespace hug::sys {

namespace {

std::string number_text(double value, VariableKind kind) {
  if (kind == VariableKind::kBytes) {
    return base::format_bytes(static_cast<std::uint64_t>(value));
  }
  std::string out = std::to_string(value);
  out.erase(out.find_last_not_of('0') + 1);
  if (out.ends_with('.')) out.pop_back();
  return out;
}

Error out_of_range(const EnvironmentVariable& variable,
                   const std::string& value) {
  std::string message =
      std::string(variable.name) + " is '" + value + "', which is not a ";
  message += variable.kind == VariableKind::kBytes     ? "size"
             : variable.kind == VariableKind::kSeconds ? "number of seconds"
                                                       : "whole number";
  if (variable.max > 0) {
    message += " from " + number_text(variable.min, variable.kind) + " to " +
               number_text(variable.max, variable.kind);
  }
  return Error(Code::kUsage, std::move(message))
      .hint("unset " + std::string(variable.name) + ", or correct it");
}

std::optional<double> parse_decimal(std::string_view text) {
  double value = 0;
  const char* end = text.data() + text.size();
  const auto r =
      std::from_chars(text.data(), end, value, std::chars_format::fixed);
  if (text.empty() || r.ec != std::errc() || r.ptr != end) return {};
  return std::isfinite(value) ? std::optional(value) : std::nullopt;
}

bool is_in_range(const EnvironmentVariable& variable, double value) {
  if (variable.max <= 0) return value >= 0;
  return value >= variable.min && value <= variable.max;
}

}  // namespace

Env Env::from_process() {
  Map values;
  for (char** at = environ; at != nullptr && *at != nullptr; ++at) {
    const std::string_view entry(*at);
    const auto n = entry.find('=');
    if (n == entry.npos || n == 0) continue;
    values.emplace(entry.substr(0, n), entry.substr(n + 1));
  }
  return Env(std::move(values));
}

std::optional<std::string_view> Env::find(std::string_view name) const {
  const auto at = values_.find(name);
  if (at == values_.end()) return std::nullopt;
  return at->second;
}

namespace {

// The first of the variable's names that has a value.
std::optional<std::string> set_value(const Env& env,
                                     const EnvironmentVariable& variable) {
  if (const auto v = env.find(variable.name); v && !v->empty()) {
    return std::string(*v);
  }
  for (const std::string_view older : base::split(variable.older, ',')) {
    if (older.empty()) continue;
    if (const auto v = env.find(older); v && !v->empty()) {
      return std::string(*v);
    }
  }
  return std::nullopt;
}

}  // namespace

std::string Env::text(std::string_view name) const {
  const EnvironmentVariable* variable = find_variable(name);
  if (variable == nullptr) return std::string(find(name).value_or(""));
  return set_value(*this, *variable).value_or(std::string(variable->fallback));
}

bool Env::is_set(std::string_view name) const {
  const EnvironmentVariable* variable = find_variable(name);
  if (variable == nullptr) return !find(name).value_or("").empty();
  return set_value(*this, *variable).has_value();
}

bool Env::flag(std::string_view name) const {
  return base::parse_flag(text(name));
}

Result<std::uint64_t> Env::number(std::string_view name) const {
  const EnvironmentVariable* variable = find_variable(name);
  const std::string value = text(name);
  const auto n = variable != nullptr && variable->kind == VariableKind::kBytes
                     ? base::parse_bytes(value)
                     : base::parse_unsigned(value);
  if (variable == nullptr) {
    if (n) return *n;
    return Error(Code::kUsage, std::string(name) + " is not a number");
  }
  if (!n || !is_in_range(*variable, static_cast<double>(*n))) {
    return out_of_range(*variable, value);
  }
  return *n;
}

Result<std::chrono::milliseconds> Env::seconds(std::string_view name) const {
  const EnvironmentVariable* variable = find_variable(name);
  const std::string value = text(name);
  const auto n = parse_decimal(value);
  if (variable == nullptr) {
    return Error(Code::kInternal, std::string(name) + " is not registered");
  }
  if (!n || !is_in_range(*variable, *n)) return out_of_range(*variable, value);
  return std::chrono::milliseconds(std::llround(*n * 1000));
}

void Env::set(std::string name, std::string value) {
  values_.insert_or_assign(std::move(name), std::move(value));
}

const EnvironmentVariable* find_variable(std::string_view name) {
  const auto all = environment_variables();
  const auto at = std::find_if(all.begin(), all.end(),
                               [&](const auto& v) { return v.name == name; });
  return at == all.end() ? nullptr : &*at;
}

}  // namespace hug::sys
