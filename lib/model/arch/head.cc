#include "arch/head.h"

#include <cmath>
#include <cstring>

#include "arch/hug_keys.h"
#include "arch/pass.h"

namespace hug::arch {

namespace {

class HeadLoader {
 public:
  HeadLoader(const TensorReader& tensors, Model& model)
      : in_(tensors), m_(model), d_(model.hparams.n_embd) {}

  Result<void> load();

 private:
  const std::vector<float>* find(std::string_view key) const;
  /// A matrix (n_out, n_in) and its bias that keys hold; absent is fine.
  Result<void> linear(Linear& out, std::string_view weight,
                      std::string_view bias, std::size_t n_in,
                      std::size_t n_out);
  Result<void> vector(Vector& out, std::string_view key, std::size_t n) const;
  Result<void> mask();
  Result<void> classifier();
  void name_labels();

  const TensorReader& in_;
  Model& m_;
  std::size_t d_;
  EncoderHead head_;
};

Error wrong_size(std::string_view key) {
  return Error(Code::kCorrupt,
               "'" + std::string(key) + "' has another size than the model");
}

const std::vector<float>* HeadLoader::find(std::string_view key) const {
  const auto* array = in_.metadata().find_array(key);
  return array == nullptr ? nullptr : std::get_if<std::vector<float>>(array);
}

Result<void> HeadLoader::vector(Vector& out, std::string_view key,
                                std::size_t n) const {
  const auto* values = find(key);
  if (values == nullptr) return {};
  if (values->size() != n) return wrong_size(key);
  out = *values;
  return {};
}

Result<void> HeadLoader::linear(Linear& out, std::string_view weight,
                                std::string_view bias, std::size_t n_in,
                                std::size_t n_out) {
  const auto* values = find(weight);
  if (values == nullptr) return {};
  if (values->size() / n_in != n_out || values->size() % n_in != 0)
    return wrong_size(weight);
  head_.storage.push_back(*values);
  out.w.type = tensor::DType::kF32;
  out.w.n_in = n_in;
  out.w.n_out = n_out;
  out.w.bytes = std::as_bytes(std::span<const float>(head_.storage.back()));
  return vector(out.b, bias, n_out);
}

// BERT's: dense, activation, norm, and the embeddings once more.
Result<void> HeadLoader::mask() {
  const std::size_t n_vocab = m_.embeddings.n_out;
  HUG_TRY(linear(head_.dense, kHugMaskDenseWeight, kHugMaskDenseBias, d_, d_));
  HUG_TRY(vector(head_.norm.w, kHugMaskNormWeight, d_));
  HUG_TRY(vector(head_.norm.b, kHugMaskNormBias, d_));
  if (!head_.dense || !head_.norm) return {};
  head_.kind = HeadKind::kMask;
  head_.activation = m_.activation;
  HUG_TRY(linear(head_.output, kHugMaskOutputWeight, kHugMaskOutputBias, d_,
                 n_vocab));
  if (head_.output) return {};
  head_.output.w = m_.embeddings;
  return vector(head_.output.b, kHugMaskOutputBias, n_vocab);
}

void HeadLoader::name_labels() {
  const std::string key = m_.hparams.arch + ".classifier.output_labels";
  const std::size_t n = head_.output.w.n_out;
  const auto* names = in_.metadata().find_strings(key);
  for (std::size_t i = 0; names != nullptr && i < names->size() && i < n; ++i)
    head_.labels.emplace_back((*names)[i]);
  for (std::size_t i = head_.labels.size(); i < n; ++i)
    head_.labels.push_back("LABEL_" + std::to_string(i));
  head_.independent =
      n == 1 ||
      in_.metadata().find_bool(kHugClassifierIndependent).value_or(false);
}

// Two layers: RoBERTa's and DistilBERT's own, or BERT's pooler and one.
Result<void> HeadLoader::classifier() {
  Linear first;
  HUG_TRY(in_.linear(first, "cls", d_, 0));
  Linear last;
  const std::size_t between = first ? first.w.n_out : d_;
  HUG_TRY(in_.linear(last, "cls.output", between, 0));
  if (!first && !last) return {};
  head_.kind = HeadKind::kLabels;
  head_.has_tanh = true;
  if (first && last) {
    head_.dense = first;
    const auto named = in_.metadata().find_string(kHugClassifierActivation);
    head_.has_tanh = !named || named == "tanh";
    head_.activation =
        named == "relu" ? nn::Activation::kRelu : nn::Activation::kGeluErf;
  } else {
    head_.dense = head_.pooler;
  }
  head_.output = last ? last : first;
  name_labels();
  return {};
}

Result<void> HeadLoader::load() {
  // Views of what it holds must stay where they are.
  head_.storage.reserve(8);
  HUG_TRY(linear(head_.pooler, kHugPoolerWeight, kHugPoolerBias, d_, d_));
  HUG_TRY(classifier());
  if (head_.kind == HeadKind::kNone) HUG_TRY(mask());
  m_.head = std::make_shared<EncoderHead>(std::move(head_));
  return {};
}

void squash(std::span<float> x) {
  for (float& v : x)
    v = std::tanh(v);
}

}  // namespace

Result<void> load_head(const TensorReader& tensors, Model& model) {
  return HeadLoader(tensors, model).load();
}

Vector run_head(const Model& m, nn::Team& team, nn::Workspace& work,
                std::span<const float> x) {
  const EncoderHead& head = *m.head;
  const nn::Workspace::Scope scope(work);
  const Pass p{m, team, work, x.size() / m.embeddings.n_in};
  ConstRows in = x;
  if (head.dense) {
    const Rows y = apply(p, head.dense, x);
    if (head.has_tanh) {
      squash(y);
    } else {
      nn::activate(team, head.activation, {}, y);
    }
    if (head.norm) apply_in_place(p, head.norm, y, head.dense.w.n_out);
    in = y;
  }
  const Rows out = apply(p, head.output, in);
  return Vector(out.begin(), out.end());
}

Vector run_pooler(const Model& m, nn::Team& team, nn::Workspace& work,
                  std::span<const float> x) {
  if (!m.head || !m.head->pooler) return {};
  const nn::Workspace::Scope scope(work);
  const Pass p{m, team, work, x.size() / m.embeddings.n_in};
  const Rows y = apply(p, m.head->pooler, x);
  squash(y);
  return Vector(y.begin(), y.end());
}

}  // namespace hug::arch
