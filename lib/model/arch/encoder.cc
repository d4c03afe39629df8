#include "arch/encoder.h"

#include <algorithm>
#include <memory>
#include <new>
#include <string>
#include <vector>

#include "arch/encoder_decoder.h"
#include "arch/pass.h"

namespace hug::arch {

namespace {

Error no_such(const char* what, std::int64_t value) {
  return Error(Code::kUsage, std::string("the model has no ") + what + " " +
                                 std::to_string(value));
}

Result<void> check_rows(const nn::Matrix& table,
                        std::span<const std::int32_t> rows, const char* what) {
  for (const std::int32_t row : rows) {
    if (row < 0 || static_cast<std::size_t>(row) >= table.n_out)
      return no_such(what, row);
  }
  return {};
}

Result<void> check(const Model& m, const EncoderInput& in) {
  if (!m.traits->encoder)
    return Error(Code::kUsage,
                 "the model '" + m.hparams.arch + "' is no encoder");
  if (in.ids.empty()) return Error(Code::kUsage, "there are no tokens");
  HUG_TRY(check_rows(m.embeddings, in.ids, "token"));
  if (!in.types.empty() && in.types.size() != in.ids.size())
    return Error(Code::kUsage, "tokens and types differ in number");
  if (!m.token_types.empty()) {
    HUG_TRY(check_rows(m.token_types, in.types, "token type"));
  } else if (const auto type = std::find_if(in.types.begin(), in.types.end(),
                                            [](auto t) { return t != 0; });
             type != in.types.end()) {
    return no_such("token type", *type);
  }
  std::size_t sum = 0;
  const std::size_t most = longest_text(m);
  for (const std::size_t n : in.lengths) {
    if (n == 0 || n > in.ids.size() - sum)
      return Error(Code::kUsage, "the lengths of the texts do not fit");
    sum += n;
  }
  const std::size_t longest =
      in.lengths.empty()
          ? in.ids.size()
          : *std::max_element(in.lengths.begin(), in.lengths.end());
  if (!in.lengths.empty() && sum != in.ids.size())
    return Error(Code::kUsage, "the lengths of the texts do not fit");
  if (most != 0 && longest > most)
    return Error(Code::kUsage, "the text has " + std::to_string(longest) +
                                   " tokens and the model only " +
                                   std::to_string(most) + " positions")
        .hint("shorten the text");
  return {};
}

// Texts one behind the other: where each begins, and how long it is.
struct Text {
  std::size_t begin = 0;
  std::size_t length = 0;
};

std::vector<Text> texts_of(const EncoderInput& in) {
  if (in.lengths.empty()) return {{0, in.ids.size()}};
  std::vector<Text> out;
  std::size_t begin = 0;
  for (const std::size_t length : in.lengths) {
    out.push_back({begin, length});
    begin += length;
  }
  return out;
}

class Encoder {
 public:
  Encoder(const Pass& pass, std::vector<Text> texts)
      : p_(pass), d_(pass.m.embeddings.n_in), texts_(std::move(texts)) {}

  void embed(const EncoderInput& in, Rows x) const;
  Result<void> run_layer(std::size_t i, Rows x) const;

 private:
  Result<Rows> mix(const Layer& l, std::size_t i, ConstRows x) const;
  void prepare_heads(const Layer& l, const Norm& norm, std::size_t n_head,
                     Rows x) const;
  ConstRows normed(const Norm& norm, ConstRows x) const;
  void norm_in_place(const Norm& norm, Rows x) const;

  const Pass& p_;
  std::size_t d_;
  std::vector<Text> texts_;
  std::shared_ptr<nn::PageArena> arena_ = std::make_shared<nn::PageArena>();
};

ConstRows Encoder::normed(const Norm& norm, ConstRows x) const {
  return norm ? ConstRows(apply(p_, norm, x, d_)) : x;
}

void Encoder::norm_in_place(const Norm& norm, Rows x) const {
  if (norm) apply_in_place(p_, norm, x, d_);
}

void Encoder::embed(const EncoderInput& in, Rows x) const {
  const Model& m = p_.m;
  p_.team.run(
      texts_.size(), 1, [&](unsigned rank, std::size_t text, std::size_t end) {
        const auto memory = p_.team.scratch(rank, d_ * sizeof(float));
        const Rows row(reinterpret_cast<float*>(memory.data()), d_);
        const auto add_row = [&](const nn::Matrix& w, std::size_t i, Rows out) {
          if (w.empty()) return;
          nn::decode_row(w, i, row);
          for (std::size_t k = 0; k < d_; ++k)
            out[k] += row[k];
        };
        for (; text < end; ++text) {
          for (std::size_t i = 0; i < texts_[text].length; ++i) {
            const std::size_t t = texts_[text].begin + i;
            const Rows out = x.subspan(t * d_, d_);
            nn::decode_row(m.embeddings, static_cast<std::size_t>(in.ids[t]),
                           out);
            add_row(m.positions, i, out);
            const auto type =
                in.types.empty() ? 0 : static_cast<std::size_t>(in.types[t]);
            add_row(m.token_types, type, out);
          }
        }
      });
  norm_in_place(m.embd_norm, x);
}

void Encoder::prepare_heads(const Layer& l, const Norm& norm,
                            std::size_t n_head, Rows x) const {
  const std::size_t dim = p_.m.hparams.key_length;
  if (norm) apply_in_place(p_, norm, x, norm.w.size());
  if (!l.rotates || p_.m.traits->rope == nn::RopePairs::kNone) return;
  const std::size_t row = n_head * dim;
  for (const Text& text : texts_)
    nn::turn_heads(p_.team, turns_of_layer(p_, l),
                   x.subspan(text.begin * row, text.length * row), n_head, dim);
}

// Every text has keys and values of its own, for as long as it takes.
Result<Rows> Encoder::mix(const Layer& l, std::size_t i, ConstRows x) const {
  const auto& h = p_.m.hparams;
  const std::size_t n_head = h.n_head[i];
  const std::size_t n_kv = h.n_head_kv[i];
  const Qkv qkv = project(p_, l, n_head, n_kv, x);
  prepare_heads(l, l.q_norm, n_head, qkv.q);
  prepare_heads(l, l.k_norm, n_kv, qkv.k);
  const std::size_t q = n_head * h.key_length;
  const std::size_t k = n_kv * h.key_length;
  const std::size_t v = n_kv * h.value_length;
  const std::size_t o = n_head * h.value_length;
  const Rows out = p_.take(p_.n * o);
  nn::AttentionJob job;
  job.n_head = n_head;
  job.scale = p_.m.attention_scale;
  job.window = l.window;
  job.causal = false;
  job.window_both_ways = true;
  job.bias = relative_bias(p_.m, p_.m.layers, l, true);
  for (const Text& t : texts_) {
    nn::KvCache cache({n_kv, h.key_length, h.value_length}, nn::CacheType::kF32,
                      0, arena_);
    HUG_TRY(cache.prepare(t.length));
    cache.append(p_.team, t.length, qkv.k.subspan(t.begin * k, t.length * k),
                 qkv.v.subspan(t.begin * v, t.length * v));
    job.cache = &cache;
    job.n_query = t.length;
    job.q = qkv.q.subspan(t.begin * q, t.length * q);
    job.out = out.subspan(t.begin * o, t.length * o);
    nn::attend(p_.team, p_.work, job);
  }
  return apply(p_, l.o, out);
}

Result<void> Encoder::run_layer(std::size_t i, Rows x) const {
  const Layer& l = p_.m.layers[i];
  const nn::Workspace::Scope scope(p_.work);
  add(p_, x, HUG_TRY(mix(l, i, normed(l.attn_norm, x))));
  norm_in_place(l.attn_out_norm, x);
  add(p_, x, mlp(p_, l, normed(l.ffn_norm, x)));
  norm_in_place(l.layer_out_norm, x);
  return {};
}

Result<Vector> run(const Model& m, nn::Team& team, nn::Workspace& work,
                   const EncoderInput& in, const Observer& observe) {
  const nn::Workspace::Scope scope(work);
  const std::size_t d = m.embeddings.n_in;
  Pass p{m, team, work, in.ids.size()};
  auto texts = texts_of(in);
  std::size_t longest = 0;
  for (const Text& text : texts)
    longest = std::max(longest, text.length);
  if (m.traits->rope != nn::RopePairs::kNone) {
    p.turns = nn::make_turns(team, work, m.rope, m.traits->rope, 0, longest);
    if (!m.rope_local.step.empty())
      p.turns_local =
          nn::make_turns(team, work, m.rope_local, m.traits->rope, 0, longest);
  }
  const Encoder encoder(p, std::move(texts));
  Vector out(p.n * d);
  const Rows x(out);
  encoder.embed(in, x);
  if (observe) observe(-1, x);
  for (std::size_t i = 0; i < m.layers.size(); ++i) {
    HUG_TRY(team.check_stop());
    HUG_TRY(encoder.run_layer(i, x));
    if (observe) observe(static_cast<int>(i), x);
  }
  if (!m.output_norm) return out;
  apply_in_place(p, m.output_norm, x, d);
  if (observe) observe(static_cast<int>(m.layers.size()), x);
  return out;
}

}  // namespace

std::size_t longest_text(const Model& m) noexcept {
  if (!m.positions.empty()) return m.positions.n_out;
  // Relative positions reach as far as they may.
  return m.traits->relative ? 0
                            : static_cast<std::size_t>(m.hparams.n_ctx_train);
}

Result<Vector> encode(const Model& m, nn::Team& team, nn::Workspace& work,
                      const EncoderInput& in, const Observer& observe) {
  HUG_TRY(check(m, in));
  try {
    return run(m, team, work, in, observe);
  } catch (const std::bad_alloc&) {
    return Error(Code::kLimit, "there is no memory left for " +
                                   std::to_string(in.ids.size()) + " tokens");
  }
}

}  // namespace hug::arch
