#include <cstring>

#include "text/tokenize/normalizer.h"

namespace hug::text {

Result<CharsMap> CharsMap::parse(std::string_view blob) {
  CharsMap out;
  if (blob.empty()) return out;
  std::uint32_t bytes = 0;
  if (blob.size() < 4) return Error(Code::kCorrupt, "charsmap: cut short");
  std::memcpy(&bytes, blob.data(), 4);
  if (bytes > blob.size() - 4 || bytes % 4 != 0) {
    return Error(Code::kCorrupt, "charsmap: its table is larger than itself");
  }
  out.units_.resize(bytes / 4);
  if (bytes > 0) std::memcpy(out.units_.data(), blob.data() + 4, bytes);
  out.replacements_ = blob.substr(4 + bytes);
  out.replacements_ += '\0';  // ends the last one, whatever the file says
  return out;
}

CharsMap::Match CharsMap::walk(std::string_view text, bool first_only) const {
  Match out;
  if (units_.empty()) return out;
  const auto base = [](std::uint32_t u) {
    return (u >> 10) << ((u & 0x200) >> 6);
  };
  std::size_t node = base(units_[0]);
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto c = static_cast<unsigned char>(text[i]);
    node ^= c;
    if (node >= units_.size()) break;
    const std::uint32_t unit = units_[node];
    if ((unit & (0x80000000u | 0xff)) != c) break;
    node ^= base(unit);
    if (((unit >> 8) & 1) == 0) continue;
    if (node >= units_.size()) break;
    const std::size_t at = units_[node] & 0x7fffffffu;
    if (at >= replacements_.size()) break;
    out.size = i + 1;
    out.replacement = replacements_.c_str() + at;
    if (first_only) break;
  }
  return out;
}

CharsMap::Match CharsMap::longest(std::string_view text) const {
  return walk(text, false);
}

CharsMap::Match CharsMap::shortest(std::string_view text) const {
  return walk(text, true);
}

}  // namespace hug::text
