// How a page of keys and values lies in memory. Plain data: kernels read this.
#pragma once

#include <stddef.h>
#include <stdint.h>

namespace hug::nn {

/// What a number of the cache is: f32; f16; or eight bits with one f16 scale a
/// token and head.
enum class CacheType : uint8_t { kF32, kF16, kQ8 };

/// Long enough for one head's stretch of a page to be read like a stream.
inline constexpr size_t kPageTokens = 256;
inline constexpr size_t kGroupTokens = 16;

struct KvShape {
  size_t n_head = 0;  // of keys and values
  size_t key_dim = 0;
  size_t value_dim = 0;
};

/// One page: for each head its keys [16 groups][key_dim][16 tokens] and its
/// values [256 tokens][value_stride]. Codes of kQ8 lie in pairs instead, for
/// products of pairs: two dimensions of a key, [16 groups][key_stride / 2][16
/// tokens][2], the same dimension of two values, [128][value_stride][2 tokens];
/// behind either come the scales [256]. Both parts start at a multiple of 64
/// bytes.
struct KvLayout {
  CacheType type = CacheType::kF16;
  KvShape shape = {};
  size_t key_stride = 0;    // key_dim, for kQ8 up to an even number
  size_t value_stride = 0;  // value_dim, up to a multiple of 16
  size_t key_codes = 0;     // bytes before the scales of keys
  size_t value_codes = 0;
  size_t values_at = 0;  // bytes from a head's keys to its values
  size_t head_size = 0;
  size_t page_size = 0;
};

/// Bytes of one number.
size_t element_size(CacheType type) noexcept;

KvLayout make_kv_layout(const KvShape& shape, CacheType type) noexcept;

}  // namespace hug::nn
