// Attention over a cache of keys and values.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "nn/kv_cache.h"
#include "nn/team.h"
#include "nn/workspace.h"

namespace hug::nn {

/// A learned bias by distance, T5's. The bucket of a distance is exact for
/// small ones and logarithmic up to `max_distance`.
struct RelativeBias {
  std::span<const float> table = {};  // (n_bucket, n_head); empty: none
  std::size_t n_bucket = 32;
  std::size_t max_distance = 128;
  bool both_ways = false;  // keys behind the query have buckets of their own
};

/// Several queries over the tokens of a cache (which holds the queries' own
/// keys already, where they see those). Shapes: q (n_query, n_head, key_dim),
/// out (n_query, n_head, value_dim). Query i stands at position first + i, key
/// j at position j. n_head is a multiple of the cache's.
struct AttentionJob {
  std::span<const float> q;
  const KvCache* cache = nullptr;
  std::span<float> out;
  std::size_t n_query = 0;
  std::size_t n_head = 0;
  std::size_t first = 0;
  float scale = 1;
  float softcap = 0;       // 0: none
  std::size_t window = 0;  // keys a query sees, itself included; 0: all
  bool causal = true;
  bool window_both_ways = false;       // not causal: window / 2 to either side
  std::span<const float> sinks = {};   // (n_head): a logit without a value
  std::span<const float> slopes = {};  // (n_head): ALiBi, -slope * distance
  RelativeBias bias = {};
};

/// Sums are the same for any number of threads. A query that sees no key gets
/// zeros.
void attend(Team& team, Workspace& work, const AttentionJob& job);

/// The bucket of T5 for a key `distance` tokens after the query.
std::size_t relative_bucket(const RelativeBias& bias, std::int64_t distance);

}  // namespace hug::nn
