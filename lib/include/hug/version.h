// Which release this is.
#pragma once

#include <string_view>

#include "hug/export.h"

namespace hug {

/// "0.1.0"
HUG_EXPORT std::string_view version() noexcept;

}  // namespace hug
