// What one instruction set offers beside products: norms, rotations,
// activations and attention, over f32. Plain data and plain functions: the
// sources compiled for large instruction sets include this.
#pragma once

#include <stddef.h>
#include <stdint.h>

#include <cstddef>

#include "nn/kv_layout.h"
#include "tensor/isa.h"

namespace hug::nn {

enum class Activation : uint8_t { kSilu, kGeluTanh, kGeluErf, kRelu };

/// Rows of queries of one head of keys over a stretch of its pages.
struct AttentionUnit {
  const KvLayout* layout = nullptr;
  std::byte* const* pages = nullptr;  // of the whole cache
  size_t kv_head = 0;
  size_t n_row = 0;
  const float* q = nullptr;         // (n_row, key_dim), scaled
  const uint32_t* begin = nullptr;  // (n_row): the keys each row sees,
  const uint32_t* end = nullptr;    // within [key_begin, key_end)
  size_t key_begin = 0;
  size_t key_end = 0;
  float softcap = 0;  // 0: none
  /// Added to a score: bias[row % n_bias_row][clamp(key - position + reach, 0,
  /// 2 reach)], and -slope * |key - position|. Null: none.
  const float* bias = nullptr;         // (n_head of the group, 2 reach + 1)
  const float* slopes = nullptr;       // (n_head of the group)
  const uint32_t* position = nullptr;  // (n_row)
  size_t n_group = 0;                  // heads of queries to one of keys
  size_t reach = 0;
  /// What comes out: sum of 2^(score * log2(e) - max) times values, not
  /// divided by the sum of those powers.
  float* max = nullptr;  // (n_row): of score * log2(e)
  float* sum = nullptr;  // (n_row)
  float* acc = nullptr;  // (n_row, value_stride)
  /// Tokens at a time; a page has a whole number of steps.
  size_t step = 0;
  /// Work memory.
  float* scores = nullptr;    // (n_row, step)
  float* unpacked = nullptr;  // unpacked_size(): what a step's work needs
};

/// Up to so many rows meet keys and values as they lie.
inline constexpr size_t kDirectRows = 8;
/// Tokens whose keys, or values, more rows meet while they are in the
/// first-level cache.
inline constexpr size_t kKeyBlock = 32;
inline constexpr size_t kValueBlock = 64;

/// Floats of AttentionUnit::unpacked.
size_t unpacked_size(const KvLayout& layout, size_t n_row,
                     size_t step) noexcept;

/// One token of one head into its page.
struct StoreJob {
  const KvLayout* layout = nullptr;
  std::byte* page = nullptr;
  size_t head = 0;
  size_t slot = 0;  // token within the page
  const float* key = nullptr;
  const float* value = nullptr;
};

/// Mamba's selective scan over tokens, for some channels.
struct ScanJob {
  size_t n_token = 0;
  size_t n_channel = 0;
  size_t n_state = 0;
  const float* step = nullptr;  // (n_token, stride), after softplus
  const float* x = nullptr;     // (n_token, stride)
  float* y = nullptr;           // (n_token, stride): the state as C reads it
  size_t stride = 0;
  const float* b = nullptr;  // (n_token, bc_stride): n_state of each
  const float* c = nullptr;
  size_t bc_stride = 0;
  const float* a = nullptr;  // (n_channel, n_state)
  float* state = nullptr;    // (n_channel, n_state)
};

struct FloatKernels {
  void (*rms_norm)(const float* x, const float* w, float eps, size_t n,
                   float* y) = nullptr;
  void (*layer_norm)(const float* x, const float* w, const float* b, float eps,
                     size_t n, float* y) = nullptr;
  /// x[i], x[i + n] turn by (cos[i], sin[i]).
  void (*turn_halves)(float* x, const float* cos, const float* sin,
                      size_t n) = nullptr;
  /// x[2i], x[2i + 1] turn; cos and sin hold each angle twice, sin negated
  /// first. n: elements.
  void (*turn_neighbours)(float* x, const float* cos, const float* sin,
                          size_t n) = nullptr;
  /// y = act(x) * y, or y = act(y) where x is null.
  void (*activate)(Activation kind, const float* x, float* y,
                   size_t n) = nullptr;
  /// gpt-oss: both clamped to 7, gate * sigmoid(1.702 gate) * (y + 1).
  void (*clamped_glu)(const float* gate, float* y, size_t n) = nullptr;
  /// x += y * factor
  void (*add)(float* x, const float* y, float factor, size_t n) = nullptr;
  /// x = cap * tanh(x / cap)
  void (*softcap)(float* x, float cap, size_t n) = nullptr;
  void (*scan)(const ScanJob& job) = nullptr;
  void (*store)(const StoreJob& job) = nullptr;
  void (*attend)(const AttentionUnit& unit) = nullptr;
};

extern const FloatKernels kFloatScalar;
#if defined(HUG_HAVE_X86_KERNELS)
extern const FloatKernels kFloatAvx2;
extern const FloatKernels kFloatAvx512;
#endif

/// The table of a set that this machine has.
const FloatKernels& float_kernels(tensor::Isa isa) noexcept;

}  // namespace hug::nn
