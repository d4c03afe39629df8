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

/// One page: for each head its keys [16 groups][key_dim][16 tokens], for kQ8
/// their scales [256], its values [256 tokens][value_stride], for kQ8 their
/// scales [256]. Each of the two parts starts at a multiple of 64 bytes.
struct KvLayout {
  CacheType type = CacheType::kF16;
  KvShape shape = {};
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
