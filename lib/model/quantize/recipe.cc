#include "quantize/recipe.h"

#include <algorithm>
#include <numeric>

#include "quantize/mix.h"
#include "quantize/pattern.h"
#include "quantize/tensor_class.h"

namespace hug::quantize {
namespace {

using tensor::DType;

/// What the reference never makes without an importance matrix.
bool wants_importance(DType type, TensorClass c, FileType file_type) {
  switch (type) {
    case DType::kIq2Xxs:
    case DType::kIq2Xs:
    case DType::kIq1S:
      return true;
    default:
      break;
  }
  if (c == TensorClass::kOutput || c == TensorClass::kEmbedding) return false;
  switch (type) {
    case DType::kIq3Xxs:
    case DType::kIq2S:
    case DType::kIq1M:
      return true;
    case DType::kQ2K:
      return file_type == FileType::kQ2KS;
    default:
      return false;
  }
}

/// A type with smaller blocks for rows that do not divide by 256.
Result<DType> type_for_odd_rows(DType type, std::uint64_t n_per_row) {
  const auto fits = [n_per_row](DType t) {
    return n_per_row % tensor::info(t).block == 0;
  };
  DType other = type;
  switch (type) {
    case DType::kIq1S:
    case DType::kIq1M:
    case DType::kIq2Xxs:
    case DType::kIq2Xs:
    case DType::kIq2S:
    case DType::kIq3Xxs:
    case DType::kIq3S:
    case DType::kIq4Xs:
      other = DType::kIq4Nl;
      break;
    case DType::kQ2_0:
    case DType::kQ2K:
    case DType::kQ3K:
    case DType::kTq1_0:
    case DType::kTq2_0:
      other = DType::kQ4_0;
      break;
    case DType::kQ4K:
      other = DType::kQ5_0;
      break;
    case DType::kQ5K:
      other = DType::kQ5_1;
      break;
    case DType::kQ6K:
      other = DType::kQ8_0;
      break;
    default:
      if (tensor::info(type).block > 32)
        return Error(Code::kUnsupported, "rows of " +
                                             std::to_string(n_per_row) +
                                             " elements cannot be " +
                                             std::string(tensor::name(type)));
  }
  return fits(other) ? other : DType::kF16;
}

class Decider {
 public:
  Decider(const RecipeOptions& options, Mix mix, std::vector<Pattern> patterns)
      : options_(options),
        mix_(std::move(mix)),
        patterns_(std::move(patterns)) {}

  Result<Decision> decide(const TensorSpec& t) {
    Decision out;
    out.type = t.type;
    const TensorClass c = classify(t.name);
    if (options_.copy || !quantizable(t)) return out;
    if (options_.keep_output && c == TensorClass::kOutput) return out;
    out.type = HUG_TRY(choose(t, c, out));
    out.converts = out.type != t.type;
    out.needs_importance =
        out.converts && wants_importance(out.type, c, options_.file_type);
    return out;
  }

 private:
  std::optional<DType> find_rule(const std::string& name) const {
    for (std::size_t i = 0; i < patterns_.size(); i++)
      if (patterns_[i].found_in(name)) return options_.rules[i].type;
    return std::nullopt;
  }

  Result<DType> choose(const TensorSpec& t, TensorClass c, Decision& out) {
    if (c == TensorClass::kEmbedding && options_.token_embedding_type) {
      const bool per_layer = t.name != "token_embd.weight";
      if (!per_layer || !find_rule(t.name))
        return *options_.token_embedding_type;
    }
    if (c == TensorClass::kOutput && options_.output_type)
      return *options_.output_type;
    DType type = info(options_.file_type).base;
    if (!tensor::info(type).quantized()) return type;
    if (const auto rule = find_rule(t.name))
      type = *rule;
    else if (!options_.pure)
      type = HUG_TRY(mix_.choose(t, c, type));
    if (t.shape[0] % tensor::info(type).block == 0) return type;
    out.fell_back = true;
    return type_for_odd_rows(type, t.shape[0])
        .with("choosing a type for '" + t.name + "'");
  }

  const RecipeOptions& options_;
  Mix mix_;
  std::vector<Pattern> patterns_;
};

}  // namespace

std::vector<std::size_t> reference_order(std::span<const TensorSpec> tensors) {
  std::vector<std::size_t> order(tensors.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  const auto key = [&](std::size_t i) {
    const auto layer = layer_of(tensors[i].name);
    return layer ? static_cast<std::int64_t>(*layer) : -1;
  };
  std::ranges::stable_sort(order, [&](std::size_t a, std::size_t b) {
    const auto la = key(a);
    const auto lb = key(b);
    return la != lb ? la < lb : tensors[a].name < tensors[b].name;
  });
  return order;
}

Result<std::vector<Decision>> decide(const Traits& traits,
                                     std::span<const TensorSpec> tensors,
                                     const RecipeOptions& options) {
  if (options.file_type == FileType::kNvfp4 && !options.copy)
    return Error(Code::kUsage, "NVFP4 files cannot be made by quantizing")
        .hint("convert a checkpoint that is nvfp4 already");
  std::vector<Pattern> patterns;
  for (const TypeRule& rule : options.rules)
    patterns.push_back(HUG_TRY(Pattern::parse(rule.pattern)));
  std::vector<std::size_t> order(tensors.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  if (!options.keep_order) order = reference_order(tensors);
  Decider decider(options, Mix(traits, tensors, options), std::move(patterns));
  std::vector<Decision> out(tensors.size());
  for (const std::size_t i : order)
    out[i] = HUG_TRY(decider.decide(tensors[i]));
  return out;
}

}  // namespace hug::quantize
