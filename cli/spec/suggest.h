// Names close to what was typed.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace hug::cli {

/// At most two candidates within a third of the length (and two at least),
/// nearest first.
std::vector<std::string> nearest(std::string_view typed,
                                 const std::vector<std::string>& candidates);

/// " (did you mean 'a' or 'b'?)" or nothing.
std::string did_you_mean(const std::vector<std::string>& names);

}  // namespace hug::cli
