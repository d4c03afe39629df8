#include "quantize/mix.h"

#include <algorithm>
#include <string>

namespace hug::quantize {
namespace {

using enum FileType;

bool is_large(const Traits& t) {
  const std::string& a = t.arch;
  if (a == "llama") return t.n_layer == 80 && t.n_head != t.n_head_kv;
  if (a == "qwen2" || a == "olmo" || a == "deci") return t.n_layer == 80;
  return a == "jais2" && t.n_layer == 68;
}

}  // namespace

Mix::Mix(const Traits& traits, std::span<const TensorSpec> tensors,
         const RecipeOptions& options)
    : file_type_(options.file_type),
      importance_(options.importance),
      output_type_(options.output_type),
      falcon_(traits.arch == "falcon"),
      moe_parts_only_(traits.arch == "bailingmoe3"),
      large_(is_large(traits)),
      tied_(std::ranges::none_of(
          tensors,
          [](const TensorSpec& t) { return t.name == "output.weight"; })),
      n_expert_(traits.n_expert),
      n_layer_(traits.n_layer),
      heads_per_kv_(traits.n_head_kv == 0 ? 0
                                          : traits.n_head / traits.n_head_kv) {
  for (const TensorSpec& t : tensors)
    if (holds_values(classify(t.name))) n_values_++;
}

bool Mix::is(std::initializer_list<FileType> types) const {
  return std::ranges::find(types, file_type_) != types.end();
}

/// The first and last eighth of the layers, and every third one between.
bool Mix::more_bits(std::uint32_t i, std::uint32_t n) const {
  return i < n / 8 || i >= 7 * n / 8 || (i - n / 8) % 3 == 2;
}

Result<std::uint32_t> Mix::layer(const TensorSpec& t,
                                 std::uint32_t counter) const {
  if (n_expert_ <= 1) return counter;
  const auto number = layer_of(t.name);
  if (number && *number < n_layer_) return *number;
  return Error(Code::kCorrupt, "tensor '" + t.name +
                                   "' is in none of the model's " +
                                   std::to_string(n_layer_) + " layers");
}

Result<tensor::DType> Mix::choose(const TensorSpec& t, TensorClass c,
                                  DType type) {
  if (c == TensorClass::kOutput || (tied_ && c == TensorClass::kEmbedding))
    return output(t, type);
  if (is({kMxfp4Moe})) return moe_fp4(t, c);
  if (c == TensorClass::kEmbedding) return embedding(type);
  if (is({kIq2Xxs, kIq2Xs, kIq1S, kIq2S, kIq2M, kIq1M}))
    return low_bits(c, type);
  switch (c) {
    case TensorClass::kQkv:
    case TensorClass::kKvB:
    case TensorClass::kValue:
      return values(type);
    case TensorClass::kKey:
    case TensorClass::kQuery:
      return keys_and_queries(c, type);
    case TensorClass::kDown:
      return down(type, HUG_TRY(layer(t, i_down_++)));
    case TensorClass::kAttentionOutput:
      return attention_output(type);
    case TensorClass::kGate:
      return gate_and_up(type, HUG_TRY(layer(t, i_gate_++)));
    case TensorClass::kUp:
      return gate_and_up(type, HUG_TRY(layer(t, i_up_++)));
    default:
      return type;
  }
}

tensor::DType Mix::output(const TensorSpec& t, DType type) const {
  if (output_type_) return *output_type_;
  if (is({kMxfp4Moe})) return DType::kQ8_0;
  if (falcon_ || t.shape[0] % tensor::info(type).block != 0)
    return DType::kQ8_0;
  if (is({kIq2Xxs, kIq2Xs, kIq3Xxs, kIq1S, kIq2S, kIq2M, kIq1M}))
    return DType::kQ5K;
  return type == DType::kQ8_0 ? type : DType::kQ6K;
}

tensor::DType Mix::moe_fp4(const TensorSpec& t, TensorClass c) const {
  const bool part = c == TensorClass::kUp || c == TensorClass::kGate ||
                    c == TensorClass::kDown;
  const bool expert = t.shape[2] > 1 && (!moe_parts_only_ || part);
  return expert ? DType::kMxfp4 : DType::kQ8_0;
}

tensor::DType Mix::embedding(DType type) const {
  if (is({kIq2Xxs, kIq2Xs, kIq1S, kIq1M})) return DType::kQ2K;
  if (is({kIq2S, kIq2M, kIq3Xxs})) return DType::kIq3S;
  if (is({kTq1_0, kTq2_0, kQ2_0})) return DType::kQ4K;
  return type;
}

tensor::DType Mix::low_bits(TensorClass c, DType type) {
  const DType better = is({kIq2S, kIq2M}) ? DType::kIq3S : DType::kQ2K;
  if (holds_values(c)) {
    i_values_++;
    return heads_per_kv_ >= 4 || n_expert_ >= 4 ? DType::kQ4K : better;
  }
  if (c == TensorClass::kKey && n_expert_ == 8) return DType::kQ4K;
  if (c == TensorClass::kDown) return i_down_++ < n_layer_ / 8 ? better : type;
  if (c != TensorClass::kAttentionOutput) return type;
  if (n_expert_ == 8) return DType::kQ5K;
  if (is({kIq1S, kIq1M})) return DType::kIq2Xxs;
  return is({kIq2S, kIq2M}) ? DType::kIq3S : type;
}

tensor::DType Mix::values(DType type) {
  const bool shared = heads_per_kv_ >= 4;
  const std::uint32_t i = i_values_++;
  if (is({kQ2K})) {
    type = shared ? DType::kQ4K : DType::kQ3K;
  } else if (is({kIq3Xxs})) {
    type = shared ? DType::kQ4K : importance_ ? DType::kIq3Xxs : DType::kIq3S;
  } else if (is({kIq3M}) || (shared && is({kQ2KS, kIq3Xs, kIq3S}))) {
    type = DType::kQ4K;
  } else if (is({kQ3KM})) {
    type = i < 2 ? DType::kQ5K : DType::kQ4K;
  } else if (is({kQ3KL}) || (shared && is({kIq4Nl, kIq4Xs})) ||
             (i < 4 && is({kQ4KS}))) {
    type = DType::kQ5K;
  } else if (is({kQ4KM, kQ5KM}) && more_bits(i, n_values_)) {
    type = DType::kQ6K;
  }
  if (large_ && (type == DType::kQ3K || type == DType::kQ4K))
    type = DType::kQ5K;
  return n_expert_ == 8 ? DType::kQ8_0 : type;
}

tensor::DType Mix::keys_and_queries(TensorClass c, DType type) const {
  if (c == TensorClass::kKey && n_expert_ == 8) return DType::kQ8_0;
  if (is({kIq3Xs})) return DType::kIq3Xxs;
  return is({kIq3Xxs}) ? DType::kIq2S : type;
}

tensor::DType Mix::down(DType type, std::uint32_t i) const {
  const std::uint32_t n = n_layer_;
  const bool early = i < n / 8;
  const bool more = more_bits(i, n);
  switch (file_type_) {
    case kQ2K:
      return DType::kQ3K;
    case kQ2KS:
      return early ? DType::kQ4K : type;
    case kIq3Xxs:
      if (importance_) return type;
      return early ? DType::kQ4K : DType::kQ3K;
    case kQ3KM:
      if (i < n / 16) return DType::kQ5K;
      return !falcon_ || more ? DType::kQ4K : DType::kQ3K;
    case kIq3M:
      return early || (n_expert_ == 8 && more) ? DType::kQ4K : type;
    case kQ3KL:
      return falcon_ ? DType::kQ4K : DType::kQ5K;
    case kQ4KM:
      if (!falcon_) return more ? DType::kQ6K : type;
      if (i < n / 16) return DType::kQ6K;
      return more ? DType::kQ5K : DType::kQ4K;
    case kIq4Nl:
    case kIq4Xs:
      return early && !importance_ ? DType::kQ5K : type;
    case kQ5KM:
      return more ? DType::kQ6K : type;
    case kQ4KS:
      return early && !falcon_ ? DType::kQ5K : type;
    case kQ4_0:
      return early && importance_ ? DType::kQ4_1 : type;
    case kQ5_0:
      return early && importance_ ? DType::kQ5_1 : type;
    default:
      return type;
  }
}

tensor::DType Mix::attention_output(DType type) const {
  if (falcon_) return is({kQ3KL}) ? DType::kQ4K : type;
  if (n_expert_ == 8)
    return is({kQ2K, kIq3Xs, kIq3Xxs, kQ3KS, kQ3KM, kIq4Nl, kQ4KS, kQ4KM, kIq3S,
               kIq3M, kIq4Xs})
               ? DType::kQ5K
               : type;
  if (is({kQ2K})) return DType::kQ3K;
  if (is({kIq3Xxs})) return DType::kIq3S;
  if (is({kQ3KM, kIq3M})) return DType::kQ4K;
  return is({kQ3KL}) ? DType::kQ5K : type;
}

tensor::DType Mix::gate_and_up(DType type, std::uint32_t i) const {
  const bool middle = i >= n_layer_ / 8 && i < 7 * n_layer_ / 8;
  return is({kIq3Xs}) && middle ? DType::kIq3Xxs : type;
}

}  // namespace hug::quantize
