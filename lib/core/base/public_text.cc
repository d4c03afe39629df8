// hug/text.h and hug/version.h: the part of this room that programs may use.

#include <utf8proc.h>

#include "base/fnmatch.h"
#include "base/strings.h"
#include "base/utf8.h"
#include "hug/text.h"
#include "hug/version.h"

namespace hug {

std::string_view version() noexcept {
  return HUG_VERSION;
}

std::string escape_for_terminal(std::string_view text) {
  return base::escape_for_terminal(text);
}

std::string to_valid_utf8(std::string_view text) {
  return base::to_valid_utf8(text);
}

char32_t next_code_point(std::string_view text, std::size_t& at) {
  return base::next_code_point(text, at);
}

std::size_t display_width(std::string_view text) {
  std::size_t columns = 0;
  for (std::size_t at = 0; at < text.size();) {
    const char32_t c = base::next_code_point(text, at);
    const int width = utf8proc_charwidth(static_cast<utf8proc_int32_t>(c));
    columns += static_cast<std::size_t>(width < 0 ? 0 : width);
  }
  return columns;
}

std::string format_bytes(std::uint64_t bytes) {
  return base::format_bytes(bytes);
}

std::optional<std::uint64_t> parse_bytes(std::string_view text) {
  return base::parse_bytes(text);
}

bool matches_pattern(std::string_view pattern, std::string_view text) {
  return base::fnmatch(text, pattern);
}

}  // namespace hug
