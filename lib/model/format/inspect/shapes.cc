#include "format/inspect/shapes.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <map>
#include <optional>

#include "base/base.h"

namespace hug::format {
namespace {

constexpr auto kKnown = std::to_array<std::string_view>(
    {"bert",       "command-r", "cohere2",  "deepseek2",  "exaone4",
     "falcon",     "gemma",     "gemma2",   "gemma3",     "glm4",
     "gpt-oss",    "gpt2",      "gptneox",  "granite",    "granitemoe",
     "lfm2",       "llama",     "mistral3", "nomic-bert", "olmo",
     "olmo2",      "olmoe",     "phi2",     "phi3",       "qwen2",
     "qwen2moe",   "qwen3",     "qwen3moe", "smollm3",    "stablelm",
     "starcoder2", "t5",        "t5encoder"});

// A dimension is a product of factors, or a sum of such products. Factors:
//   n embedding   v vocabulary   f feed-forward   h heads   k kv heads
//   d key length  w value length (of a head)  E experts  e expert f.f.
//   s shared expert f.f.  q q_lora  r kv_lora  p rope dims  x expert groups
//   K, V key and value length before compression  2 the number
//   * any size
struct Rule {
  std::string_view name;  // '#' stands for the layer
  std::array<std::string_view, 3> dims;
  std::string_view only = {};  // of this architecture
};

constexpr auto kRules = std::to_array<Rule>({
    {"token_embd.weight", {"n", "v"}},
    {"output.weight", {"n", "v"}},
    {"output.bias", {"v"}},
    {"output_norm.weight", {"n"}},
    {"output_norm.bias", {"n"}},
    {"token_embd_norm.weight", {"n"}},
    {"token_embd_norm.bias", {"n"}},
    {"position_embd.weight", {"n", "*"}},
    {"token_types.weight", {"n", "*"}},
    {"rope_freqs.weight", {"p/2"}},
    {"rope_factors_long.weight", {"p/2"}},
    {"rope_factors_short.weight", {"p/2"}},
    {"cls.weight", {"n", "n"}},
    {"cls.output.weight", {"n", "*"}},
    {"blk.#.attn_norm.weight", {"n"}},
    {"blk.#.attn_norm.bias", {"n"}},
    {"blk.#.ffn_norm.weight", {"n"}},
    {"blk.#.ffn_norm.bias", {"n"}},
    {"blk.#.attn_output_norm.weight", {"n"}},
    {"blk.#.layer_output_norm.weight", {"n"}},
    {"blk.#.post_attention_norm.weight", {"n"}},
    {"blk.#.post_ffw_norm.weight", {"n"}},
    {"blk.#.attn_q_norm.weight", {"h*d"}, "olmo2"},
    {"blk.#.attn_k_norm.weight", {"k*d"}, "olmo2"},
    {"blk.#.attn_q_norm.weight", {"h*d"}, "olmoe"},
    {"blk.#.attn_k_norm.weight", {"k*d"}, "olmoe"},
    {"blk.#.attn_q_norm.weight", {"d", "h"}, "stablelm"},
    {"blk.#.attn_k_norm.weight", {"d", "k"}, "stablelm"},
    {"blk.#.attn_q_norm.weight", {"d", "h"}, "command-r"},
    {"blk.#.attn_k_norm.weight", {"d", "k"}, "command-r"},
    {"blk.#.attn_q_norm.weight", {"d"}},
    {"blk.#.attn_k_norm.weight", {"d"}},
    {"blk.#.attn_q.weight", {"n", "h*d"}},
    {"blk.#.attn_q.bias", {"h*d"}},
    {"blk.#.attn_k.weight", {"n", "k*d"}},
    {"blk.#.attn_k.bias", {"k*d"}},
    {"blk.#.attn_v.weight", {"n", "k*w"}},
    {"blk.#.attn_v.bias", {"k*w"}},
    {"blk.#.attn_output.weight", {"h*V", "n"}, "deepseek2"},
    {"blk.#.attn_output.weight", {"h*w", "n"}},
    {"blk.#.attn_output.bias", {"n"}},
    {"blk.#.attn_qkv.weight", {"n", "h*d+k*d+k*w"}},
    {"blk.#.attn_qkv.bias", {"h*d+k*d+k*w"}},
    {"blk.#.attn_sinks.weight", {"h"}},
    {"blk.#.attn_q_a.weight", {"n", "q"}},
    {"blk.#.attn_q_a_norm.weight", {"q"}},
    {"blk.#.attn_q_b.weight", {"q", "h*K"}},
    {"blk.#.attn_kv_a_mqa.weight", {"n", "r+p"}},
    {"blk.#.attn_kv_a_norm.weight", {"r"}},
    {"blk.#.attn_k_b.weight", {"*", "r", "h"}},
    {"blk.#.attn_v_b.weight", {"r", "V", "h"}},
    {"blk.#.ffn_up.weight", {"n", "2*f"}, "phi3"},
    {"blk.#.ffn_up.weight", {"n", "2*f"}, "glm4"},
    {"blk.#.ffn_gate.weight", {"n", "f"}},
    {"blk.#.ffn_gate.bias", {"f"}},
    {"blk.#.ffn_up.weight", {"n", "f"}},
    {"blk.#.ffn_up.bias", {"f"}},
    {"blk.#.ffn_down.weight", {"f", "n"}},
    {"blk.#.ffn_down.bias", {"n"}},
    {"blk.#.ffn_gate_inp.weight", {"n", "E"}},
    {"blk.#.ffn_gate_inp.bias", {"E"}},
    {"blk.#.ffn_gate_inp_shexp.weight", {"n"}},
    {"blk.#.ffn_gate_exps.weight", {"n", "e", "E"}},
    {"blk.#.ffn_up_exps.weight", {"n", "e", "E"}},
    {"blk.#.ffn_down_exps.weight", {"e", "n", "E"}},
    {"blk.#.ffn_gate_exps.bias", {"e", "E"}},
    {"blk.#.ffn_up_exps.bias", {"e", "E"}},
    {"blk.#.ffn_down_exps.bias", {"n", "E"}},
    {"blk.#.ffn_gate_up_exps.weight", {"n", "2*e", "E"}},
    {"blk.#.ffn_gate_shexp.weight", {"n", "*"}},
    {"blk.#.ffn_up_shexp.weight", {"n", "*"}},
    {"blk.#.ffn_down_shexp.weight", {"*", "n"}},
    {"blk.#.exp_probs_b.bias", {"E"}},
});

// "blk.12.attn_q.weight" as "blk.#.attn_q.weight" and 12.
struct Place {
  std::string name = {};
  std::uint64_t layer = 0;
};

Place place_of(std::string_view name) {
  constexpr std::string_view kStart = "blk.";
  if (name.starts_with("enc.") || name.starts_with("dec."))
    name.remove_prefix(4);
  if (!name.starts_with(kStart)) return {.name = std::string(name)};
  const auto end = name.find('.', kStart.size());
  const auto layer = base::parse_unsigned(name.substr(
      kStart.size(), end == std::string_view::npos ? std::string_view::npos
                                                   : end - kStart.size()));
  if (end == std::string_view::npos || !layer)
    return {.name = std::string(name)};
  return {.name = "blk.#" + std::string(name.substr(end)), .layer = *layer};
}

class Numbers {
 public:
  explicit Numbers(const Gguf& gguf) : gguf_(gguf) {}

  /// The value of one factor in a layer; nothing when the file does not tell.
  std::optional<std::uint64_t> factor(char c, std::uint64_t layer) const;
  std::optional<std::uint64_t> value(std::string_view expression,
                                     std::uint64_t layer) const;

 private:
  std::optional<std::uint64_t> key(std::string_view rest,
                                   std::uint64_t layer = 0) const;
  std::optional<std::uint64_t> head_length(std::string_view rest) const;
  std::optional<std::uint64_t> product(std::string_view text,
                                       std::uint64_t layer) const;

  const Gguf& gguf_;
};

// A scalar, or the layer's entry of an array.
std::optional<std::uint64_t> Numbers::key(std::string_view rest,
                                          std::uint64_t layer) const {
  const auto list = gguf_.metadata.find_unsigned_list(gguf_.arch_key(rest));
  if (!list || list->empty()) return std::nullopt;
  if (list->size() == 1) return list->front();
  if (layer >= list->size()) return std::nullopt;
  return (*list)[static_cast<std::size_t>(layer)];
}

std::optional<std::uint64_t> Numbers::head_length(std::string_view rest) const {
  if (const auto given = key(rest)) return given;
  const auto n = key("embedding_length");
  const auto h = key("attention.head_count");
  if (!n || !h || *h == 0) return std::nullopt;
  return *n / *h;
}

std::optional<std::uint64_t> Numbers::factor(char c,
                                             std::uint64_t layer) const {
  switch (c) {
    case '2':
      return 2;
    case 'n':
      return key("embedding_length");
    case 'f':
      return key("feed_forward_length", layer);
    case 'h':
      return key("attention.head_count", layer);
    case 'k': {
      const auto k = key("attention.head_count_kv", layer);
      return k ? k : key("attention.head_count", layer);
    }
    case 'd':
      return head_length("attention.key_length");
    case 'w':
      return head_length("attention.value_length");
    case 'K': {
      const auto mla = key("attention.key_length_mla");
      return mla ? mla : head_length("attention.key_length");
    }
    case 'V': {
      const auto mla = key("attention.value_length_mla");
      return mla ? mla : head_length("attention.value_length");
    }
    case 'E':
      return key("expert_count");
    case 'e': {
      const auto e = key("expert_feed_forward_length", layer);
      return e ? e : key("feed_forward_length", layer);
    }
    case 'q':
      return key("attention.q_lora_rank");
    case 'r':
      return key("attention.kv_lora_rank");
    case 'p': {
      const auto p = key("rope.dimension_count");
      return p ? p : head_length("attention.key_length");
    }
    case 'v': {
      if (const auto* tokens =
              gguf_.metadata.find_strings("tokenizer.ggml.tokens"))
        return tokens->size();
      return key("vocab_size");
    }
    default:
      return std::nullopt;
  }
}

std::optional<std::uint64_t> Numbers::product(std::string_view text,
                                              std::uint64_t layer) const {
  if (text == "p/2") {
    const auto p = factor('p', layer);
    return p ? std::optional(*p / 2) : std::nullopt;
  }
  std::uint64_t out = 1;
  for (const std::string_view part : base::split(text, '*')) {
    const auto value = factor(part[0], layer);
    const auto next = value ? base::checked_mul(out, *value) : std::nullopt;
    if (!next) return std::nullopt;
    out = *next;
  }
  return out;
}

std::optional<std::uint64_t> Numbers::value(std::string_view expression,
                                            std::uint64_t layer) const {
  if (expression == "*") return std::nullopt;
  std::uint64_t out = 0;
  for (const std::string_view part : base::split(expression, '+')) {
    const auto value = product(part, layer);
    const auto next = value ? base::checked_add(out, *value) : std::nullopt;
    if (!next) return std::nullopt;
    out = *next;
  }
  return out;
}

std::string print_dims(std::span<const std::uint64_t> dims) {
  std::string out;
  for (const std::uint64_t n : dims)
    out += (out.empty() ? "" : " x ") + std::to_string(n);
  return out.empty() ? "1" : out;
}

const Rule* find_rule(std::string_view name, std::string_view arch) {
  const Rule* general = nullptr;
  for (const Rule& rule : kRules) {
    if (rule.name != name) continue;
    if (rule.only == arch) return &rule;
    if (rule.only.empty() && general == nullptr) general = &rule;
  }
  return general;
}

std::optional<ModelProblem> check_tensor(const Numbers& numbers,
                                         const GgufTensor& t,
                                         std::string_view arch) {
  const Place place = place_of(t.name);
  const Rule* rule = find_rule(place.name, arch);
  if (rule == nullptr) return std::nullopt;
  std::array<std::uint64_t, 4> expected = {1, 1, 1, 1};
  bool right = t.ne[3] == 1;
  std::size_t n = 0;
  for (std::size_t i = 0; i < 3; ++i) {
    if (rule->dims[i].empty()) {
      right = right && t.ne[i] == 1;
      continue;
    }
    n = i + 1;
    const auto value = numbers.value(rule->dims[i], place.layer);
    expected[i] = value.value_or(t.ne[i]);
    right = right && t.ne[i] == expected[i];
  }
  if (right) return std::nullopt;
  return ModelProblem{.where = t.name,
                      .text = "its shape is " + print_dims(t.dims()) +
                              ", not " +
                              print_dims(std::span(expected).first(n))};
}

}  // namespace

bool knows_shapes(std::string_view arch) noexcept {
  return std::find(kKnown.begin(), kKnown.end(), arch) != kKnown.end();
}

std::vector<ModelProblem> check_shapes(const Gguf& gguf,
                                       const std::vector<GgufTensor>& tensors) {
  std::vector<ModelProblem> out;
  const Numbers numbers(gguf);
  const std::string_view arch = gguf.architecture();
  const auto layers = gguf.metadata.find_unsigned(gguf.arch_key("block_count"));
  for (const GgufTensor& t : tensors) {
    const Place place = place_of(t.name);
    if (layers && t.name.starts_with("blk.") && place.layer >= *layers)
      out.push_back({.where = t.name,
                     .text = "the model has only " + std::to_string(*layers) +
                             " layers"});
    if (auto problem = check_tensor(numbers, t, arch))
      out.push_back(std::move(*problem));
  }
  return out;
}

std::vector<ModelProblem> check_numbers(const Gguf& gguf) {
  struct Bound {
    std::string_view key;
    std::uint64_t least;
    std::uint64_t most;
  };

  constexpr auto kBounds =
      std::to_array<Bound>({{"block_count", 1, 1024},
                            {"embedding_length", 1, 1 << 20},
                            {"context_length", 0, 1 << 24},
                            {"attention.head_count", 0, 1024},
                            {"attention.head_count_kv", 0, 1024},
                            {"attention.key_length", 1, 1024},
                            {"attention.value_length", 1, 1024},
                            {"expert_count", 0, 1024},
                            {"vocab_size", 0, 1 << 22}});
  std::vector<ModelProblem> out;
  for (const Bound& b : kBounds) {
    const std::string key = gguf.arch_key(b.key);
    const auto list = gguf.metadata.find_unsigned_list(key);
    if (!list) continue;
    for (const std::uint64_t value : *list)
      if (value < b.least || value > b.most) {
        out.push_back({.where = key,
                       .text = std::to_string(value) +
                               " is more or less than any model has"});
        break;
      }
  }
  const auto heads =
      gguf.metadata.find_unsigned_list(gguf.arch_key("attention.head_count"));
  const auto kv = gguf.metadata.find_unsigned_list(
      gguf.arch_key("attention.head_count_kv"));
  if (heads && kv && heads->size() == 1 && kv->size() == 1 &&
      kv->front() != 0 && heads->front() % kv->front() != 0)
    out.push_back({.where = gguf.arch_key("attention.head_count_kv"),
                   .text = std::to_string(kv->front()) + " does not divide " +
                           std::to_string(heads->front()) + " heads"});
  for (const std::string_view rest :
       {"attention.layer_norm_epsilon", "attention.layer_norm_rms_epsilon",
        "rope.freq_base"}) {
    const auto value = gguf.metadata.find_number(gguf.arch_key(rest));
    if (value && (!std::isfinite(*value) || *value < 0 ||
                  (rest == "rope.freq_base" && *value == 0)))
      out.push_back(
          {.where = gguf.arch_key(rest), .text = "it is not a usable number"});
  }
  return out;
}

}  // namespace hug::format
