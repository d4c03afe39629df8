// Which tensors a checkpoint has that is made of a gguf file: names, shapes
// and where their numbers come from.
#include <algorithm>
#include <set>

#include "base/strings.h"
#include "convert/back_tensor.h"

namespace hug::convert {

using arch::Op;
using format::GgufModel;
using format::GgufTensor;

namespace {

std::vector<std::uint64_t> torch_shape(const GgufTensor& tensor) {
  const auto dims = tensor.dims();
  return {dims.rbegin(), dims.rend()};
}

bool is_generated(std::string_view name) {
  return name.starts_with("rope_freqs") || name.starts_with("rope_factors");
}

Error cannot(const GgufTensor& tensor) {
  return Error(Code::kUnsupported,
               "tensor '" + tensor.name + "' cannot be turned back");
}

// Parts that go with another one.
bool goes_along(Op op) {
  return op == Op::kValueOfKvB || op == Op::kOddLast ||
         op == Op::kOddTransposed || op == Op::kMxfp4Odd;
}

class BackPlanner {
 public:
  BackPlanner(const arch::Family& family, const arch::Config& config,
              const arch::Geometry& geometry, const GgufModel& model,
              const BackOptions& options)
      : family_(family),
        config_(config),
        geometry_(geometry),
        model_(model),
        options_(options) {}

  Result<std::vector<BackTensor>> run();

 private:
  std::optional<arch::RuleMatch> find_rule(const GgufTensor& tensor) const;
  bool applies(const arch::RuleMatch& match, const GgufTensor& tensor) const;
  Result<void> add(const arch::RuleMatch& match, format::GgufTensorPlace place);
  Result<void> add_stack(const arch::RuleMatch& match, BackTensor back);
  Result<void> add_mxfp4(BackTensor back);
  Result<void> shape(BackTensor& back) const;
  Result<void> find_other(BackTensor& back, std::string_view from,
                          std::string_view to) const;
  std::string name_of(const arch::RuleMatch& match,
                      arch::NameMatch numbers) const;
  std::string prefix() const;
  void add_kept();

  const arch::Family& family_;
  const arch::Config& config_;
  const arch::Geometry& geometry_;
  const GgufModel& model_;
  const BackOptions& options_;
  std::vector<BackTensor> out_;
};

// What a model with a head puts before the names of its body.
std::string BackPlanner::prefix() const {
  const bool bare = config_.architecture().ends_with("Model");
  return bare || family_.strip.empty() ? std::string()
                                       : std::string(family_.strip.front());
}

std::string BackPlanner::name_of(const arch::RuleMatch& match,
                                 arch::NameMatch numbers) const {
  constexpr std::string_view kCorrection = "e_score_correction.bias";
  std::string name =
      arch::fill_name(match.rule->hf, numbers) + std::string(match.suffix);
  if (name.ends_with(kCorrection)) name[name.size() - 5] = '_';
  if (family_.rename_back != nullptr) family_.rename_back(config_, name);
  const std::string_view gguf = match.rule->gguf;
  const bool head = gguf == "output" || gguf.starts_with("cls");
  return head ? name : prefix() + name;
}

// Several spellings may have become one name.
bool BackPlanner::applies(const arch::RuleMatch& match,
                          const GgufTensor& tensor) const {
  const arch::TensorRule& rule = *match.rule;
  const bool packed = rule.op == Op::kMxfp4 || rule.op == Op::kMxfp4Even ||
                      rule.op == Op::kMxfp4Odd;
  if (packed)
    return options_.keep_mxfp4 && tensor.type == tensor::DType::kMxfp4;
  if (rule.beside.empty()) return true;
  return model_.find(arch::fill_name(rule.beside, match.numbers) + ".weight")
      .has_value();
}

std::optional<arch::RuleMatch> BackPlanner::find_rule(
    const GgufTensor& tensor) const {
  std::optional<arch::RuleMatch> found;
  for (const auto& table : family_.rules)
    for (const arch::TensorRule& rule : table) {
      if (rule.gguf.empty() || rule.op == Op::kDrop) continue;
      const auto match = arch::match_gguf(rule, tensor.name);
      if (!match || !applies(*match, tensor)) continue;
      const bool special = !rule.beside.empty();
      if (!found || (special && found->rule->beside.empty())) found = match;
    }
  return found;
}

Result<void> BackPlanner::add_stack(const arch::RuleMatch& match,
                                    BackTensor back) {
  if (back.shape.size() < 2) return cannot(model_.tensor(back.place));
  const std::uint64_t n = back.shape.front();
  back.shape.erase(back.shape.begin());
  for (std::uint64_t i = 0; i < n; ++i) {
    auto numbers = match.numbers;
    numbers.part = static_cast<std::uint32_t>(i);
    back.part = i;
    back.name = name_of(match, numbers);
    out_.push_back(back);
  }
  return {};
}

// Blocks and scales, each in a tensor of its own.
Result<void> BackPlanner::add_mxfp4(BackTensor back) {
  if (back.shape.size() != 3 || back.shape[2] % 32 != 0)
    return cannot(model_.tensor(back.place));
  if (back.op == Op::kMxfp4Even) {
    HUG_TRY(find_other(back, "ffn_gate_exps", "ffn_up_exps"));
    back.shape[1] *= 2;
  }
  back.shape[2] /= 32;
  BackTensor scales = back;
  scales.scales = true;
  scales.name = base::replace_all(back.name, "_blocks", "_scales");
  back.shape.push_back(16);
  out_.push_back(std::move(back));
  out_.push_back(std::move(scales));
  return {};
}

Result<void> BackPlanner::find_other(BackTensor& back, std::string_view from,
                                     std::string_view to) const {
  const GgufTensor& tensor = model_.tensor(back.place);
  back.other = model_.find(base::replace_all(tensor.name, from, to));
  if (!back.other) return cannot(tensor);
  const GgufTensor& other = model_.tensor(*back.other);
  const bool alike = other.ne == tensor.ne && other.type == tensor.type;
  if (back.op != Op::kKeyOfKvB && !alike) return cannot(tensor);
  return {};
}

// From the shape in gguf to that in the checkpoint.
Result<void> BackPlanner::shape(BackTensor& back) const {
  auto& shape = back.shape;
  const GgufTensor& tensor = model_.tensor(back.place);
  switch (back.op) {
    case Op::kKeyOfKvB: {
      HUG_TRY(find_other(back, "attn_k_b", "attn_v_b"));
      const auto v = torch_shape(model_.tensor(*back.other));
      if (shape.size() != 3 || v.size() != 3 || v[0] != shape[0] ||
          v[2] != shape[1])
        return cannot(tensor);
      shape = {shape[0] * (shape[2] + v[1]), shape[1]};
      return {};
    }
    case Op::kEvenLast:
      HUG_TRY(find_other(back, "ffn_gate_exps", "ffn_up_exps"));
      shape.back() *= 2;
      return {};
    case Op::kTranspose:
    case Op::kEvenTransposed:
      if (shape.size() < 2) return cannot(tensor);
      std::swap(shape[shape.size() - 1], shape[shape.size() - 2]);
      if (back.op == Op::kTranspose) return {};
      HUG_TRY(find_other(back, "ffn_gate_exps", "ffn_up_exps"));
      shape.back() *= 2;
      return {};
    case Op::kSqueeze:
      if (shape.size() == 2) shape = {shape[0], 1, shape[1]};
      return {};
    case Op::kSkipPositions:
      if (shape.size() != 2) return cannot(tensor);
      shape[0] += geometry_.position_offset;
      return {};
    case Op::kFirstHalf:
    case Op::kSecondHalf:
    case Op::kMustBeZero:
      return cannot(tensor);
    default:
      return {};
  }
}

Result<void> BackPlanner::add(const arch::RuleMatch& match,
                              format::GgufTensorPlace place) {
  const GgufTensor& tensor = model_.tensor(place);
  BackTensor back;
  back.op = match.rule->op;
  back.place = place;
  back.shape = torch_shape(tensor);
  back.name = name_of(match, match.numbers);
  if (goes_along(back.op)) return {};
  if (back.op == Op::kStack) return add_stack(match, std::move(back));
  if (back.is_mxfp4()) return add_mxfp4(std::move(back));
  HUG_TRY(shape(back));
  out_.push_back(std::move(back));
  return {};
}

// Tensors that the reference drops lie in keys.
void BackPlanner::add_kept() {
  std::set<std::string_view> seen;
  for (const arch::KeptTensor& kept : family_.kept) {
    const auto* array = model_.metadata().find_array(kept.key);
    const auto* values =
        array != nullptr ? std::get_if<std::vector<float>>(array) : nullptr;
    if (values == nullptr || values->empty()) continue;
    if (!seen.insert(kept.key).second) continue;
    BackTensor back;
    back.values = *values;
    back.name = std::string(kept.hf);
    if (back.name.starts_with("pooler.")) back.name = prefix() + back.name;
    const std::uint64_t n = values->size();
    const std::uint64_t width = geometry_.n_embd;
    const bool flat = kept.hf.ends_with(".bias") || n == width || width == 0 ||
                      n % width != 0;
    back.shape = flat ? std::vector{n} : std::vector{n / width, width};
    out_.push_back(std::move(back));
  }
}

Result<std::vector<BackTensor>> BackPlanner::run() {
  for (const format::GgufTensorPlace place : model_.places()) {
    const GgufTensor& tensor = model_.tensor(place);
    if (is_generated(tensor.name)) continue;
    const auto match = find_rule(tensor);
    if (!match) return cannot(tensor);
    HUG_TRY(add(*match, place));
  }
  add_kept();
  std::sort(
      out_.begin(), out_.end(),
      [](const BackTensor& a, const BackTensor& b) { return a.name < b.name; });
  return std::move(out_);
}

}  // namespace

Result<std::vector<BackTensor>> plan_back(const arch::Family& family,
                                          const arch::Config& config,
                                          const arch::Geometry& geometry,
                                          const GgufModel& model,
                                          const BackOptions& options) {
  return BackPlanner(family, config, geometry, model, options).run();
}

}  // namespace hug::convert
