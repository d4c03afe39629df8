#include "hub/api/signer.h"

#include <array>

namespace hug::hub {
namespace {

constexpr std::size_t kBlock = 64;

std::string padded(std::string_view key, char with) {
  std::string out(key);
  out.resize(kBlock, '\0');
  for (char& c : out)
    c = static_cast<char>(c ^ with);
  return out;
}

std::string raw_of(std::string_view hex) {
  const auto bytes = base::from_hex(hex);
  if (!bytes) return {};
  return {reinterpret_cast<const char*>(bytes->data()), bytes->size()};
}

std::string message_of(std::string_view what, std::string_view size,
                       std::string_view expires) {
  return std::string(what) + "\n" + std::string(size) + "\n" +
         std::string(expires);
}

Error refused(std::string_view why) {
  return Error(Code::kDenied, "This link " + std::string(why));
}

}  // namespace

std::string hmac_sha256(std::string_view key, std::string_view message) {
  const std::string hashed =
      key.size() > kBlock ? raw_of(base::sha256_hex(key)) : std::string(key);
  base::Hasher inner(base::HashKind::kSha256);
  inner.update(padded(hashed, 0x36));
  inner.update(message);
  base::Hasher outer(base::HashKind::kSha256);
  outer.update(padded(hashed, 0x5c));
  outer.update(raw_of(inner.finish()));
  return outer.finish();
}

std::string Signer::mac(std::string_view message) const {
  return hmac_sha256(key_.reveal(), message);
}

std::string Signer::query(std::string_view what, std::uint64_t size,
                          std::int64_t expires) const {
  const std::string size_text = std::to_string(size);
  const std::string expires_text = std::to_string(expires);
  return "?size=" + size_text + "&exp=" + expires_text +
         "&sig=" + mac(message_of(what, size_text, expires_text));
}

Result<std::uint64_t> Signer::check(std::string_view what,
                                    const http::ServerRequest& request,
                                    std::int64_t now) const {
  const auto size_text = request.param("size").value_or("");
  const auto expires_text = request.param("exp").value_or("");
  const auto signature = request.param("sig").value_or("");
  const auto size = base::parse_unsigned(size_text);
  const auto expires = base::parse_signed(expires_text);
  const std::string wanted = mac(message_of(what, size_text, expires_text));
  if (!size || !expires || !base::equal_in_constant_time(wanted, signature)) {
    return refused("is not valid");
  }
  if (*expires < now) return refused("has expired");
  return *size;
}

}  // namespace hug::hub
