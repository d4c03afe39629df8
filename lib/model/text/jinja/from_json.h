// JSON documents as template values.
#pragma once

#include <nlohmann/json_fwd.hpp>

#include "text/jinja/value.h"

namespace hug::text::jinja {

/// `from_input`: every string in it is marked as a user's.
Value value_from_json(const nlohmann::ordered_json& json, bool from_input);

}  // namespace hug::text::jinja
