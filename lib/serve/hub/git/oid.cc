#include "hub/git/oid.h"

#include <algorithm>

#include "base/base.h"

namespace hug::hub {

std::string Oid::hex() const {
  return base::to_hex(std::as_bytes(std::span(bytes)));
}

std::optional<Oid> Oid::parse(std::string_view hex) {
  if (!base::is_lower_hex(hex, 40)) return std::nullopt;
  const auto raw = base::from_hex(hex);
  if (!raw || raw->size() != 20) return std::nullopt;
  Oid out;
  std::memcpy(out.bytes.data(), raw->data(), 20);
  return out;
}

std::string_view type_name(ObjectType type) {
  switch (type) {
    case ObjectType::kCommit:
      return "commit";
    case ObjectType::kTree:
      return "tree";
    case ObjectType::kBlob:
      return "blob";
    case ObjectType::kTag:
      return "tag";
  }
  return "blob";
}

Oid object_id(ObjectType type, std::string_view content) {
  base::Hasher hasher(base::HashKind::kSha1);
  hasher.update(std::string(type_name(type)) + " " +
                std::to_string(content.size()) + std::string(1, '\0'));
  hasher.update(content);
  return Oid::parse(hasher.finish()).value_or(Oid{});
}

}  // namespace hug::hub
