// A git object id as a value: 20 bytes.
#pragma once

#include <array>
#include <compare>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace hug::hub {

struct Oid {
  std::array<std::uint8_t, 20> bytes{};

  auto operator<=>(const Oid&) const = default;

  bool is_null() const noexcept { return *this == Oid{}; }

  /// 40 lower-case digits.
  std::string hex() const;
  static std::optional<Oid> parse(std::string_view hex);
};

enum class ObjectType : std::uint8_t {
  kCommit = 1,
  kTree = 2,
  kBlob = 3,
  kTag = 4,
};

/// "blob" and so on.
std::string_view type_name(ObjectType type);
/// The id git gives to this content.
Oid object_id(ObjectType type, std::string_view content);

/// For hash maps: ids are uniformly distributed already.
struct OidHash {
  std::size_t operator()(const Oid& oid) const noexcept {
    std::size_t out = 0;
    std::memcpy(&out, oid.bytes.data(), sizeof out);
    return out;
  }
};

}  // namespace hug::hub
