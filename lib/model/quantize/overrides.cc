#include "quantize/overrides.h"

#include <charconv>

#include "base/strings.h"

namespace hug::quantize {
namespace {

constexpr std::size_t kMost = 127;

Error bad(std::string_view text, std::string_view why) {
  return Error(Code::kUsage,
               "bad override '" + std::string(text) + "': " + std::string(why))
      .hint("write KEY=TYPE:VALUE with a type of int, float, bool or str");
}

Result<format::GgufValue> parse_value(std::string_view whole,
                                      std::string_view type,
                                      std::string_view text) {
  if (type == "int") {
    const auto n = base::parse_signed(text);
    const std::uint64_t magnitude =
        !n       ? 0
        : *n < 0 ? std::uint64_t{0} - static_cast<std::uint64_t>(*n)
                 : static_cast<std::uint64_t>(*n);
    if (!n || magnitude > 0xffffffffU)
      return bad(whole, "the value is not an integer of 32 bits");
    return format::GgufValue(static_cast<std::uint32_t>(magnitude));
  }
  if (type == "float") {
    float value = 0;
    const auto [end, error] =
        std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc() || end != text.data() + text.size())
      return bad(whole, "the value is not a number");
    return format::GgufValue(value);
  }
  if (type == "bool") {
    if (text != "true" && text != "false")
      return bad(whole, "the value is neither true nor false");
    return format::GgufValue(text == "true");
  }
  if (type != "str") return bad(whole, "unknown type");
  if (text.size() > kMost) return bad(whole, "the value is too long");
  return format::GgufValue(std::string(text));
}

}  // namespace

Result<Override> parse_override(std::string_view text) {
  const auto equal = text.find('=');
  if (equal == std::string_view::npos || equal == 0)
    return bad(text, "there is no key");
  if (equal > kMost) return bad(text, "the key is too long");
  const std::string_view rest = text.substr(equal + 1);
  const auto colon = rest.find(':');
  if (colon == std::string_view::npos) return bad(text, "there is no type");
  return Override{std::string(text.substr(0, equal)),
                  HUG_TRY(parse_value(text, rest.substr(0, colon),
                                      rest.substr(colon + 1)))};
}

}  // namespace hug::quantize
