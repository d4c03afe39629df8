#include "nn/attention.h"

#include <algorithm>
#include <cmath>
#include <vector>

#include "nn/ops.h"

namespace hug::nn {

namespace {

// One query of one head. `scores` is scratch of n_key + 1.
void attend_one(const AttentionJob& job, std::size_t query, std::size_t head,
                std::vector<float>& scores) {
  const std::size_t kv = head / (job.n_head / job.n_head_kv);
  const std::size_t position = job.first + query;
  const std::size_t end =
      job.causal ? std::min(job.n_key, position + 1) : job.n_key;
  std::size_t begin = 0;
  if (job.window > 0 && position + 1 > job.window) {
    begin = position + 1 - job.window;
  }
  const float* q = job.q.data() + (query * job.n_head + head) * job.key_dim;
  scores.clear();
  for (std::size_t j = begin; j < end; ++j) {
    const float* k = job.k.data() + (j * job.n_head_kv + kv) * job.key_dim;
    double sum = 0;
    for (std::size_t i = 0; i < job.key_dim; ++i) {
      sum += static_cast<double>(q[i]) * static_cast<double>(k[i]);
    }
    float score = static_cast<float>(sum) * job.scale;
    if (job.softcap > 0) {
      score = job.softcap * std::tanh(score / job.softcap);
    }
    scores.push_back(score);
  }
  if (!job.sinks.empty()) scores.push_back(job.sinks[head]);
  softmax(scores);
  float* out = job.out.data() + (query * job.n_head + head) * job.value_dim;
  std::vector<double> sum(job.value_dim);
  for (std::size_t j = begin; j < end; ++j) {
    const float* v = job.v.data() + (j * job.n_head_kv + kv) * job.value_dim;
    const auto p = static_cast<double>(scores[j - begin]);
    for (std::size_t i = 0; i < job.value_dim; ++i) {
      sum[i] += p * static_cast<double>(v[i]);
    }
  }
  for (std::size_t i = 0; i < job.value_dim; ++i) {
    out[i] = static_cast<float>(sum[i]);
  }
}

}  // namespace

void attend(Team& team, const AttentionJob& job) {
  team.run(job.n_query * job.n_head, 1,
           [&](std::size_t begin, std::size_t end) {
             std::vector<float> scores;
             for (std::size_t i = begin; i < end; ++i) {
               attend_one(job, i / job.n_head, i % job.n_head, scores);
             }
           });
}

}  // namespace hug::nn
