// The reference that the kernels of every instruction set are held against.
#include "tensor/scalar.h"

#include <algorithm>
#include <cmath>
#include <numbers>

#include "nn/float_kernels.h"
#include "nn/ops.h"

namespace hug::nn {
namespace {

std::span<const float> row(const float* p, std::size_t n) {
  return p == nullptr ? std::span<const float>() : std::span(p, n);
}

void rms_norm_row(const float* x, const float* w, float eps, std::size_t n,
                  float* y) {
  rms_norm({x, n}, row(w, n), eps, {y, n});
}

void layer_norm_row(const float* x, const float* w, const float* b, float eps,
                    std::size_t n, float* y) {
  layer_norm({x, n}, row(w, n), row(b, n), eps, {y, n});
}

void turn_halves(float* x, const float* cos, const float* sin, std::size_t n) {
  for (std::size_t i = 0; i < n; ++i) {
    const float a = x[i];
    const float b = x[i + n];
    x[i] = a * cos[i] - b * sin[i];
    x[i + n] = a * sin[i] + b * cos[i];
  }
}

void turn_neighbours(float* x, const float* cos, const float* sin,
                     std::size_t n) {
  for (std::size_t i = 0; i + 1 < n; i += 2) {
    const float a = x[i];
    const float b = x[i + 1];
    x[i] = a * cos[i] + b * sin[i];
    x[i + 1] = b * cos[i + 1] + a * sin[i + 1];
  }
}

void activate_row(Activation kind, const float* x, float* y, std::size_t n) {
  for (std::size_t i = 0; i < n; ++i)
    y[i] = x == nullptr ? activate(kind, y[i]) : activate(kind, x[i]) * y[i];
}

void clamped_glu(const float* gate, float* y, std::size_t n) {
  for (std::size_t i = 0; i < n; ++i) {
    const float g = std::min(gate[i], 7.0f);
    const float u = std::clamp(y[i], -7.0f, 7.0f);
    y[i] = g / (1.0f + std::exp(-1.702f * g)) * (u + 1.0f);
  }
}

void add_row(float* x, const float* y, float factor, std::size_t n) {
  for (std::size_t i = 0; i < n; ++i)
    x[i] += y[i] * factor;
}

void softcap(float* x, float cap, std::size_t n) {
  for (std::size_t i = 0; i < n; ++i)
    x[i] = cap * std::tanh(x[i] / cap);
}

void scan(const ScanJob& job) {
  for (std::size_t t = 0; t < job.n_token; ++t) {
    const float* b = job.b + t * job.bc_stride;
    const float* c = job.c + t * job.bc_stride;
    for (std::size_t i = 0; i < job.n_channel; ++i) {
      const float step = job.step[t * job.stride + i];
      const float x = job.x[t * job.stride + i];
      float sum = 0;
      for (std::size_t s = 0; s < job.n_state; ++s) {
        float& memory = job.state[i * job.n_state + s];
        memory = memory * std::exp(step * job.a[i * job.n_state + s]) +
                 step * b[s] * x;
        sum += memory * c[s];
      }
      job.y[t * job.stride + i] = sum;
    }
  }
}

// Numbers of one token and head in a page.
struct Place {
  CacheType type;
  std::byte* codes;
  std::size_t first;  // index of element 0
  std::size_t step;   // to the next, or to the next pair
  std::uint16_t* scale;
  bool pairs;  // of elements, side by side

  std::size_t index(std::size_t i) const {
    return first + (pairs ? i / 2 * step + i % 2 : i * step);
  }
};

Place key_place(const KvLayout& l, std::byte* page, std::size_t head,
                std::size_t slot) {
  std::byte* at = page + head * l.head_size;
  const bool pairs = l.type == CacheType::kQ8;
  const std::size_t wide = pairs ? 2 : 1;
  const std::size_t group = slot / kGroupTokens * kGroupTokens;
  return {l.type,
          at,
          group * l.key_stride + slot % kGroupTokens * wide,
          kGroupTokens * wide,
          reinterpret_cast<std::uint16_t*>(at + l.key_codes) + slot,
          pairs};
}

Place value_place(const KvLayout& l, std::byte* page, std::size_t head,
                  std::size_t slot) {
  std::byte* at = page + head * l.head_size + l.values_at;
  const bool pairs = l.type == CacheType::kQ8;
  const std::size_t first =
      pairs ? slot / 2 * 2 * l.value_stride + slot % 2 : slot * l.value_stride;
  return {l.type,
          at,
          first,
          pairs ? std::size_t{2} : std::size_t{1},
          reinterpret_cast<std::uint16_t*>(at + l.value_codes) + slot,
          false};
}

float get(const Place& p, std::size_t i) {
  const std::size_t at = p.index(i);
  if (p.type == CacheType::kF32)
    return reinterpret_cast<const float*>(p.codes)[at];
  if (p.type == CacheType::kF16) {
    return tensor::f16_to_f32(
        reinterpret_cast<const std::uint16_t*>(p.codes)[at]);
  }
  return static_cast<float>(reinterpret_cast<const std::int8_t*>(p.codes)[at]) *
         tensor::f16_to_f32(*p.scale);
}

// n numbers, and zeros up to `width`.
void put(const Place& p, const float* x, std::size_t n, std::size_t width) {
  float inverse = 0;
  if (p.type == CacheType::kQ8) {
    float most = 0;
    for (std::size_t i = 0; i < n; ++i)
      most = std::max(most, std::abs(x[i]));
    *p.scale = tensor::f32_to_f16(most / 127.0f);
    const float scale = tensor::f16_to_f32(*p.scale);
    inverse = scale > 0 ? 1.0f / scale : 0.0f;
  }
  for (std::size_t i = 0; i < width; ++i) {
    const float v = i < n ? x[i] : 0.0f;
    const std::size_t at = p.index(i);
    if (p.type == CacheType::kF32) {
      reinterpret_cast<float*>(p.codes)[at] = v;
    } else if (p.type == CacheType::kF16) {
      reinterpret_cast<std::uint16_t*>(p.codes)[at] = tensor::f32_to_f16(v);
    } else {
      const float code =
          std::clamp(std::nearbyint(v * inverse), -127.0f, 127.0f);
      reinterpret_cast<std::int8_t*>(p.codes)[at] =
          static_cast<std::int8_t>(code);
    }
  }
}

void store(const StoreJob& job) {
  const KvLayout& l = *job.layout;
  put(key_place(l, job.page, job.head, job.slot), job.key, l.shape.key_dim,
      l.key_stride);
  put(value_place(l, job.page, job.head, job.slot), job.value,
      l.shape.value_dim, l.value_stride);
}

float score(const AttentionUnit& u, std::size_t r, std::size_t key) {
  const KvLayout& l = *u.layout;
  const Place k =
      key_place(l, u.pages[key / kPageTokens], u.kv_head, key % kPageTokens);
  double sum = 0;
  for (std::size_t i = 0; i < l.shape.key_dim; ++i) {
    sum += static_cast<double>(u.q[r * l.shape.key_dim + i]) *
           static_cast<double>(get(k, i));
  }
  auto s = static_cast<float>(sum);
  if (u.softcap > 0) s = u.softcap * std::tanh(s / u.softcap);
  const std::size_t head = r % u.n_group;
  if (u.slopes != nullptr || u.bias != nullptr) {
    const auto reach = static_cast<std::int64_t>(u.reach);
    const auto far = static_cast<std::int64_t>(key) -
                     static_cast<std::int64_t>(u.position[r]);
    if (u.slopes != nullptr)
      s -= u.slopes[head] * static_cast<float>(std::abs(far));
    if (u.bias != nullptr) {
      const auto at = std::clamp(far, -reach, reach) + reach;
      s += u.bias[head * (2 * u.reach + 1) + static_cast<std::size_t>(at)];
    }
  }
  return s;
}

void attend(const AttentionUnit& u) {
  const KvLayout& l = *u.layout;
  for (std::size_t r = 0; r < u.n_row; ++r) {
    u.max[r] = -INFINITY;
    u.sum[r] = 0;
    float* acc = u.acc + r * l.value_stride;
    std::fill_n(acc, l.value_stride, 0.0f);
    for (std::size_t key = u.begin[r]; key < u.end[r]; ++key) {
      const float s = score(u, r, key) * std::numbers::log2e_v<float>;
      if (s > u.max[r]) {
        const float kept = std::exp2(u.max[r] - s);
        for (std::size_t i = 0; i < l.value_stride; ++i)
          acc[i] *= kept;
        u.sum[r] *= kept;
        u.max[r] = s;
      }
      const float p = std::exp2(s - u.max[r]);
      u.sum[r] += p;
      const Place v = value_place(l, u.pages[key / kPageTokens], u.kv_head,
                                  key % kPageTokens);
      for (std::size_t i = 0; i < l.value_stride; ++i)
        acc[i] += p * get(v, i);
    }
  }
}

}  // namespace

const FloatKernels kFloatScalar = {rms_norm_row,    layer_norm_row, turn_halves,
                                   turn_neighbours, activate_row,   clamped_glu,
                                   add_row,         softcap,        scan,
                                   store,           attend};

const FloatKernels& float_kernels(tensor::Isa isa) noexcept {
#if defined(HUG_HAVE_X86_KERNELS)
  if (isa == tensor::Isa::kAvx512) return kFloatAvx512;
  if (isa == tensor::Isa::kAvx2) return kFloatAvx2;
#else
  static_cast<void>(isa);
#endif
  return kFloatScalar;
}

}  // namespace hug::nn
