#include "hub/git/pointer.h"

#include "base/base.h"
#include "hub/names.h"

namespace hug::hub {
namespace {

constexpr std::string_view kVersion =
    "version https://git-lfs.github.com/spec/v1";

}  // namespace

std::optional<LfsPointer> parse_pointer(std::string_view text) {
  if (text.size() >= kMaxPointerSize || !text.starts_with(kVersion)) {
    return std::nullopt;
  }
  LfsPointer out;
  bool has_size = false;
  for (const std::string_view line : base::split(text, '\n')) {
    if (line.starts_with("oid sha256:")) {
      const std::string_view oid = line.substr(11);
      if (!out.oid.empty() || !is_sha256(oid)) return std::nullopt;
      out.oid = oid;
    } else if (line.starts_with("size ")) {
      const auto size = base::parse_unsigned(line.substr(5));
      if (has_size || !size) return std::nullopt;
      has_size = true;
      out.size = *size;
    } else if (!line.empty() && line != kVersion && !line.starts_with("ext-")) {
      return std::nullopt;
    }
  }
  if (out.oid.empty() || !has_size) return std::nullopt;
  return out;
}

std::string format_pointer(const LfsPointer& pointer) {
  return std::string(kVersion) + "\noid sha256:" + pointer.oid + "\nsize " +
         std::to_string(pointer.size) + "\n";
}

}  // namespace hug::hub
