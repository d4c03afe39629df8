#include "base/hash.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>

#include <array>
#include <cstdlib>

#include "base/hex.h"

namespace hug::base {

struct Hasher::State {
  EVP_MD_CTX* context = EVP_MD_CTX_new();
  State() = default;
  State(const State&) = delete;
  State& operator=(const State&) = delete;

  ~State() { EVP_MD_CTX_free(context); }
};

Hasher::Hasher(HashKind kind) : state_(std::make_unique<State>()) {
  const EVP_MD* md = kind == HashKind::kSha1 ? EVP_sha1() : EVP_sha256();
  // Both digests are always there; failing means memory is exhausted.
  if (EVP_DigestInit_ex(state_->context, md, nullptr) != 1) std::abort();
}

Hasher::Hasher(Hasher&&) noexcept = default;
Hasher& Hasher::operator=(Hasher&&) noexcept = default;
Hasher::~Hasher() = default;

void Hasher::update(std::span<const std::byte> bytes) {
  if (EVP_DigestUpdate(state_->context, bytes.data(), bytes.size()) != 1) {
    std::abort();
  }
}

void Hasher::update(std::string_view text) {
  update(std::as_bytes(std::span(text)));
}

std::string Hasher::finish() {
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  unsigned size = 0;
  if (EVP_DigestFinal_ex(state_->context, digest.data(), &size) != 1) {
    std::abort();
  }
  return to_hex(std::as_bytes(std::span(digest)).first(size));
}

Hasher git_blob_hasher(std::uint64_t size) {
  Hasher out(HashKind::kSha1);
  out.update("blob " + std::to_string(size) + std::string(1, '\0'));
  return out;
}

std::string sha256_hex(std::span<const std::byte> bytes) {
  Hasher h(HashKind::kSha256);
  h.update(bytes);
  return h.finish();
}

std::string sha256_hex(std::string_view text) {
  return sha256_hex(std::as_bytes(std::span(text)));
}

std::string git_blob_id(std::string_view content) {
  Hasher h = git_blob_hasher(content.size());
  h.update(content);
  return h.finish();
}

bool equal_in_constant_time(std::string_view a, std::string_view b) {
  return a.size() == b.size() &&
         CRYPTO_memcmp(a.data(), b.data(), a.size()) == 0;
}

}  // namespace hug::base
