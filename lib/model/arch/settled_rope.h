// The rotary parameters of a configuration in one object, whatever its style.
#pragma once

#include <nlohmann/json_fwd.hpp>

namespace hug::arch {

nlohmann::json settled_rope(const nlohmann::json& config);

}  // namespace hug::arch
