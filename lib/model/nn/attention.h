// Attention over a cache of keys and values.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "nn/team.h"

namespace hug::nn {

/// Several queries over all keys. Shapes: q (n_query, n_head, key_dim);
/// k (n_key, n_head_kv, key_dim); v (n_key, n_head_kv, value_dim);
/// out (n_query, n_head, value_dim). Query i stands at position first + i, key
/// j at position j.
struct AttentionJob {
  std::span<const float> q;
  std::span<const float> k;
  std::span<const float> v;
  std::span<float> out;
  std::size_t n_query = 0;
  std::size_t n_key = 0;
  std::size_t n_head = 0;
  std::size_t n_head_kv = 0;
  std::size_t key_dim = 0;
  std::size_t value_dim = 0;
  std::size_t first = 0;
  float scale = 1;
  float softcap = 0;       // 0: none
  std::size_t window = 0;  // keys a query sees, itself included; 0: all
  bool causal = true;
  std::span<const float> sinks = {};  // (n_head): a logit without a value
};

void attend(Team& team, const AttentionJob& job);

}  // namespace hug::nn
