// The environment variables that hug reads, and the places they lead to.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "hug/context.h"
#include "hug/export.h"

namespace hug {

enum class VariableKind : std::uint8_t {
  kText,
  kFlag,     // 1, ON, YES, TRUE in any case; anything else is false
  kPath,     // "~" and "$NAME" are expanded
  kNumber,   // a whole number
  kBytes,    // "8MiB", "1.5G"
  kSeconds,  // may have a fraction
  kUrl,
};

struct EnvironmentVariable {
  std::string_view name;
  std::string_view meaning;        // one sentence, for the manual
  std::string_view fallback = {};  // default as text; may be a description
  VariableKind kind = VariableKind::kText;
  std::string_view older = {};     // older names that also count, by ','
  bool secret = false;             // never shown
  double min = 0;                  // of numbers, sizes and times
  double max = 0;                  // 0: no range
  std::string_view since = "0.1";  // version of hug that reads it first
};

/// The registry, in the order of the manual.
HUG_EXPORT std::span<const EnvironmentVariable> environment_variables();

/// The value in effect (environment, older names, default); "***" for secrets
/// that are set.
HUG_EXPORT std::string variable_text(const Context& context,
                                     std::string_view name);
/// Whether the environment sets it (not empty).
HUG_EXPORT bool variable_is_set(const Context& context, std::string_view name);

/// Where things are kept, with variables applied.
struct Places {
  std::string home;
  std::string hub_cache;
  std::string assets_cache;
  std::string xet_cache;
  std::string token;
  std::string stored_tokens;
};

HUG_EXPORT Places places(const Context& context);

}  // namespace hug
