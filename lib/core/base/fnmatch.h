// Shell patterns exactly as Python's fnmatch.fnmatchcase matches them: '*'
// crosses '/', '[seq]' and '[!seq]' are sets, nothing escapes.
#pragma once

#include <string_view>

namespace hug::base {

/// Linear in text times pattern at worst; works on code points.
bool fnmatch(std::string_view text, std::string_view pattern);

}  // namespace hug::base
