#include "nn/attention.h"

#include <algorithm>
#include <cmath>
#include <numbers>

#include "nn/float_kernels.h"

namespace hug::nn {

std::size_t relative_bucket(const RelativeBias& bias, std::int64_t distance) {
  std::size_t n = bias.n_bucket;
  std::size_t offset = 0;
  std::int64_t back = -distance;
  if (bias.both_ways) {
    n /= 2;
    if (distance > 0) offset = n;
    back = std::abs(distance);
  }
  const auto far = static_cast<std::size_t>(std::max<std::int64_t>(back, 0));
  const std::size_t exact = n / 2;
  if (far < exact || exact == 0) return offset + std::min(far, n - 1);
  const float share =
      std::log(static_cast<float>(far) / static_cast<float>(exact)) /
      std::log(static_cast<float>(bias.max_distance) /
               static_cast<float>(exact));
  const auto more =
      static_cast<std::size_t>(share * static_cast<float>(n - exact));
  return offset + std::min(exact + more, n - 1);
}

namespace {

// How a job is cut. All of it follows from shapes alone.
struct Cut {
  std::size_t group = 1;   // query heads to one of keys
  std::size_t tokens = 1;  // queries of a block
  std::size_t blocks = 1;  // of queries
  std::size_t splits = 1;  // of the keys
  std::size_t split = 0;   // pages of one
  std::size_t key_begin = 0;
  std::size_t key_end = 0;
  std::size_t step = kPageTokens;
};

constexpr auto kLog2E = std::numbers::log2e_v<float>;

std::size_t ceil_div(std::size_t a, std::size_t b) {
  return (a + b - 1) / b;
}

struct Seen {
  std::size_t begin;
  std::size_t end;
};

// Keys that query i sees.
Seen keys_seen(const AttentionJob& job, std::size_t i) {
  const std::size_t n = job.cache->n_token();
  const std::size_t at = job.first + i;
  if (job.causal) {
    const std::size_t end = std::min(n, at + 1);
    const bool cut = job.window > 0 && at + 1 > job.window;
    return {cut ? std::min(at + 1 - job.window, end) : 0, end};
  }
  if (job.window == 0) return {0, n};
  const std::size_t side = job.window / 2;
  return {std::min(at > side ? at - side : 0, n), std::min(n, at + side + 1)};
}

Cut cut(const AttentionJob& job) {
  const KvLayout& l = job.cache->layout();
  Cut c;
  c.group = job.n_head / l.shape.n_head;
  const std::size_t dims = l.shape.key_dim + l.value_stride;
  const std::size_t rows = dims > 512 ? 48 : 96;
  c.tokens = std::clamp<std::size_t>(rows / c.group, 1, job.n_query);
  c.blocks = ceil_div(job.n_query, c.tokens);
  c.tokens = ceil_div(job.n_query, c.blocks);
  c.key_begin = keys_seen(job, 0).begin;
  c.key_end = keys_seen(job, job.n_query - 1).end;
  // Few rows wait for memory: their steps are short, so that it never rests.
  if (c.tokens * c.group <= kDirectRows) c.step = kPageTokens / 4;
  const std::size_t first = c.key_begin / kPageTokens;
  const std::size_t pages = ceil_div(c.key_end, kPageTokens) - first;
  const std::size_t units = l.shape.n_head * c.blocks;
  constexpr std::size_t kUnits = 32;  // enough for many threads
  constexpr std::size_t kLeast = 2;   // pages that are worth a unit
  c.splits = std::clamp<std::size_t>(ceil_div(kUnits, units), 1,
                                     std::max<std::size_t>(pages / kLeast, 1));
  c.split = std::max<std::size_t>(ceil_div(pages, c.splits), 1);
  c.splits = std::max<std::size_t>(ceil_div(pages, c.split), 1);
  return c;
}

// A learned bias by distance instead of by bucket, head by head.
std::span<float> spread(const RelativeBias& bias, std::size_t n_head,
                        Workspace& work) {
  const auto reach = static_cast<std::int64_t>(bias.max_distance);
  const std::size_t width = 2 * bias.max_distance + 1;
  const auto out = work.take(n_head * width);
  for (std::int64_t d = -reach; d <= reach; ++d) {
    const std::size_t bucket = relative_bucket(bias, d);
    for (std::size_t h = 0; h < n_head; ++h) {
      out[h * width + static_cast<std::size_t>(d + reach)] =
          bias.table[bucket * n_head + h];
    }
  }
  return out;
}

// Where the parts of a job's results lie before they are brought together.
struct Parts {
  std::span<float> max;  // (splits, rows), times log2(e)
  std::span<float> sum;
  std::span<float> acc;  // (splits, rows, value_stride)
  std::size_t rows = 0;  // n_query * n_head, kv head by kv head
};

class Driver {
 public:
  Driver(Team& team, Workspace& work, const AttentionJob& job)
      : team_(team),
        job_(job),
        layout_(job.cache->layout()),
        cut_(cut(job)),
        kernels_(float_kernels(team.isa())) {
    if (!job.bias.table.empty()) bias_ = spread(job.bias, job.n_head, work);
    if (cut_.splits > 1) {
      parts_.rows = job.n_query * job.n_head;
      const std::size_t n = parts_.rows * cut_.splits;
      parts_.max = work.take(n);
      parts_.sum = work.take(n);
      parts_.acc = work.take(n * layout_.value_stride);
    }
  }

  void run() {
    const std::size_t n = layout_.shape.n_head * cut_.blocks * cut_.splits;
    team_.run(n, 1, [&](unsigned rank, std::size_t begin, std::size_t end) {
      for (std::size_t i = begin; i < end; ++i)
        unit(rank, i);
    });
    if (cut_.splits == 1) return;
    // Cheap beside the units: threads only where there are many rows.
    team_.run(parts_.rows, 256, [&](std::size_t begin, std::size_t end) {
      for (std::size_t i = begin; i < end; ++i)
        merge(i);
    });
  }

 private:
  std::size_t block_rows() const { return cut_.tokens * cut_.group; }

  void unit(unsigned rank, std::size_t index);
  void pack(std::size_t kv, std::size_t token, std::size_t n_token, float* q,
            AttentionUnit& u, std::uint32_t* bounds) const;
  void merge(std::size_t row);
  /// Row `row` of a kv head's queries, to its place in the output.
  void finish(std::size_t kv, std::size_t row, float max, float sum,
              const float* acc) const;

  Team& team_;
  const AttentionJob& job_;
  const KvLayout& layout_;
  Cut cut_;
  const FloatKernels& kernels_;
  std::span<float> bias_;
  Parts parts_;
};

// Queries of a block, scaled, and what each row sees of the unit's keys.
void Driver::pack(std::size_t kv, std::size_t token, std::size_t n_token,
                  float* q, AttentionUnit& u, std::uint32_t* bounds) const {
  const std::size_t dim = layout_.shape.key_dim;
  const std::size_t rows = block_rows();
  for (std::size_t r = 0; r < n_token * cut_.group; ++r) {
    const std::size_t i = token + r / cut_.group;
    const std::size_t head = kv * cut_.group + r % cut_.group;
    const float* from = job_.q.data() + (i * job_.n_head + head) * dim;
    for (std::size_t d = 0; d < dim; ++d)
      q[r * dim + d] = from[d] * job_.scale;
    const Seen seen = keys_seen(job_, i);
    bounds[r] = static_cast<std::uint32_t>(std::max(seen.begin, u.key_begin));
    bounds[rows + r] =
        static_cast<std::uint32_t>(std::min(seen.end, u.key_end));
    bounds[2 * rows + r] = static_cast<std::uint32_t>(job_.first + i);
  }
  u.q = q;
  u.begin = bounds;
  u.end = bounds + rows;
  u.position = bounds + 2 * rows;
}

void Driver::unit(unsigned rank, std::size_t index) {
  // Head by head, so that a head's pages stay near; late queries, which see
  // most, first.
  const std::size_t split = index % cut_.splits;
  const std::size_t rest = index / cut_.splits;
  const std::size_t kv = rest / cut_.blocks;
  const std::size_t block = cut_.blocks - 1 - rest % cut_.blocks;
  const std::size_t token = block * cut_.tokens;
  if (token >= job_.n_query) return;
  const std::size_t n_token = std::min(cut_.tokens, job_.n_query - token);
  AttentionUnit u;
  u.layout = &layout_;
  u.pages = job_.cache->pages().data();
  u.kv_head = kv;
  u.n_row = n_token * cut_.group;
  u.n_group = cut_.group;
  u.softcap = job_.softcap;
  if (!job_.slopes.empty()) u.slopes = job_.slopes.data() + kv * cut_.group;
  if (!bias_.empty()) {
    u.reach = job_.bias.max_distance;
    u.bias = bias_.data() + kv * cut_.group * (2 * u.reach + 1);
  }
  std::size_t begin = cut_.key_begin;
  std::size_t end = cut_.key_end;
  if (cut_.splits > 1) {
    const std::size_t page = begin / kPageTokens + split * cut_.split;
    begin = std::max(begin, page * kPageTokens);
    end = std::min(end, (page + cut_.split) * kPageTokens);
  }
  u.key_begin = std::max(begin, keys_seen(job_, token).begin);
  u.key_end = std::min(end, keys_seen(job_, token + n_token - 1).end);
  u.key_end = std::max(u.key_end, u.key_begin);
  u.step = cut_.step;

  const std::size_t rows = block_rows();
  const std::size_t stride = layout_.value_stride;
  const auto line = [](std::size_t n) { return (n + 15) / 16 * 16; };
  const std::size_t q_size = line(rows * layout_.shape.key_dim);
  const std::size_t unpacked = unpacked_size(layout_, rows, u.step);
  const std::size_t floats = q_size + line(3 * rows) + 2 * line(rows) +
                             rows * stride + rows * u.step + line(unpacked);
  auto* at = reinterpret_cast<float*>(
      team_.scratch(rank, floats * sizeof(float)).data());
  const auto take = [&](std::size_t n) {
    float* out = at;
    at += n;
    return out;
  };
  float* q = take(q_size);
  pack(kv, token, n_token, q, u,
       reinterpret_cast<std::uint32_t*>(take(line(3 * rows))));
  u.scores = take(rows * u.step);
  u.unpacked = take(line(unpacked));
  if (cut_.splits > 1) {
    const std::size_t row =
        split * parts_.rows + (kv * job_.n_query + token) * cut_.group;
    u.max = parts_.max.data() + row;
    u.sum = parts_.sum.data() + row;
    u.acc = parts_.acc.data() + row * stride;
    kernels_.attend(u);
    return;
  }
  u.max = take(line(rows));
  u.sum = take(line(rows));
  u.acc = take(rows * stride);
  kernels_.attend(u);
  for (std::size_t r = 0; r < u.n_row; ++r)
    finish(kv, token * cut_.group + r, u.max[r], u.sum[r], u.acc + r * stride);
}

void Driver::finish(std::size_t kv, std::size_t row, float max, float sum,
                    const float* acc) const {
  const std::size_t head = kv * cut_.group + row % cut_.group;
  const std::size_t dim = layout_.shape.value_dim;
  float* out = job_.out.data() + (row / cut_.group * job_.n_head + head) * dim;
  float factor = sum > 0 ? 1.0f / sum : 0.0f;
  if (!job_.sinks.empty() && sum > 0) {
    const float sink = job_.sinks[head] * kLog2E;
    const float most = std::max(max, sink);
    const float kept = std::exp2(max - most);
    factor = kept / (sum * kept + std::exp2(sink - most));
  }
  for (std::size_t i = 0; i < dim; ++i)
    out[i] = acc[i] * factor;
}

// The parts of one row, in the order of the keys.
void Driver::merge(std::size_t row) {
  const std::size_t stride = layout_.value_stride;
  float max = -INFINITY;
  for (std::size_t s = 0; s < cut_.splits; ++s)
    max = std::max(max, parts_.max[s * parts_.rows + row]);
  float sum = 0;
  float* acc = parts_.acc.data() + row * stride;  // of the first part
  for (std::size_t s = 0; s < cut_.splits; ++s) {
    const std::size_t at = s * parts_.rows + row;
    const float share =
        parts_.sum[at] > 0 ? std::exp2(parts_.max[at] - max) : 0.0f;
    sum += parts_.sum[at] * share;
    const float* from = parts_.acc.data() + at * stride;
    for (std::size_t i = 0; i < stride; ++i)
      acc[i] = s == 0 ? from[i] * share : acc[i] + from[i] * share;
  }
  const std::size_t per_kv = job_.n_query * cut_.group;
  finish(row / per_kv, row % per_kv, max, sum, acc);
}

}  // namespace

void attend(Team& team, Workspace& work, const AttentionJob& job) {
  if (job.n_query == 0) return;
  const Workspace::Scope scope(work);
  Driver(team, work, job).run();
}

}  // namespace hug::nn
