// A checkpoint made ready to compute with: the keys a gguf file would have,
// and its tensors, which stay where they lie in the files where they can.
#include <optional>

#include "arch/checkpoint/facts.h"
#include "arch/checkpoint/gather.h"
#include "arch/checkpoint/special_tokens.h"
#include "arch/checkpoint/stored/storage.h"
#include "arch/checkpoint/vocabulary.h"
#include "arch/load_type.h"
#include "arch/made_tensor.h"
#include "arch/traits.h"
#include "text/json_tokenizer.h"

namespace hug::arch {

namespace {

using tensor::DType;

// The type a tensor keeps, or gets where nothing computes with it.
DType plain_type(const PlannedTensor& tensor) {
  if (tensor.type == DType::kMxfp4) return DType::kMxfp4;
  if (tensor.parts.empty() || tensor.op == Op::kAddOne ||
      tensor.op == Op::kNegExp)
    return DType::kF32;
  if (const auto rounded = tensor.parts[0]->rounded) return *rounded;
  const DType type = tensor.parts[0]->type;
  switch (type) {
    case DType::kF32:
    case DType::kF16:
    case DType::kBf16:
      return type;
    case DType::kF8E4M3:
    case DType::kF8E5M2:
    case DType::kF8E4M3Fnuz:
    case DType::kF8E5M2Fnuz:
      return DType::kBf16;
    default:
      return DType::kF32;
  }
}

class CheckpointReader {
 public:
  CheckpointReader(const FileSet& files, nn::Team& team,
                   const LoadOptions& options)
      : repository_(files, {}), team_(team), options_(options) {}

  Result<TensorSet> read();

 private:
  Result<std::uint64_t> read_tokenizer();
  Result<void> read_plan();
  Result<void> write_keys();
  void keep_halves();
  void choose_types();
  Result<void> add(const PlannedTensor& tensor);
  std::span<const std::byte> view_of(const PlannedTensor& tensor) const;
  void keep_sources();

  Repository repository_;
  nn::Team& team_;
  const LoadOptions& options_;
  std::optional<CheckpointConfig> model_;
  format::Checkpoint checkpoint_;
  format::GgufMetadata vocabulary_;
  TensorPlan plan_;
  TensorSet out_;
};

// Keys as a gguf file has them; tokenizer.json itself where they do not say
// all. Returns how many tokens there are, 0 where nobody counts them.
Result<std::uint64_t> CheckpointReader::read_tokenizer() {
  auto words = write_vocabulary(repository_, *model_->family, model_->config,
                                {.any_pre = true}, vocabulary_);
  const bool has_json = repository_.has("tokenizer.json");
  if (!words && (!has_json || (words.error().code() != Code::kNotFound &&
                               words.error().code() != Code::kUnsupported)))
    return std::move(words).error();
  if (!words)  // not in a form that gguf knows
    HUG_TRY(SpecialTokens::load(repository_, {})).write(vocabulary_);
  if (!words || !words->complete)
    out_.tokenizer = HUG_TRY(
        text::make_tokenizer(*HUG_TRY(repository_.json("tokenizer.json")),
                             "tokenizer.json", &vocabulary_));
  if (!words) return std::uint64_t{0};
  if (words->n_tokens == 0) out_.warnings = std::move(words->warnings);
  return words->n_tokens;
}

Result<void> CheckpointReader::read_plan() {
  model_.emplace(HUG_TRY(read_checkpoint_config(repository_)));
  checkpoint_ = HUG_TRY(open_weights(repository_.files(), model_->config));
  Geometry geometry = geometry_of(*model_->family, model_->config);
  if (options_.vocabulary)
    geometry.n_vocab = HUG_TRY_WITH(read_tokenizer(), "reading the tokenizer");
  plan_ = HUG_TRY(
      plan_tensors(*model_->family, model_->config, geometry, checkpoint_));
  return {};
}

Result<void> CheckpointReader::write_keys() {
  auto& metadata = out_.metadata;
  const Family& family = *model_->family;
  metadata.set("general.architecture", std::string(family.arch));
  KeyWriter writer(metadata, family.arch, 0);
  if (family.early_keys != nullptr) family.early_keys(model_->config, writer);
  metadata.set("general.name", repository_.name());
  HUG_TRY(write_model_keys(repository_, *model_, writer));
  for (auto& [key, value] : vocabulary_)
    metadata.set(key, std::move(value));
  vocabulary_ = {};
  write_hug_keys(*model_, plan_, writer);
  return writer.finish();
}

// Instead of putting queries and keys in another order they are rotated in
// the order that they have.
void CheckpointReader::keep_halves() {
  const Traits* traits = find_traits(model_->family->arch);
  if (traits == nullptr || traits->rope != nn::RopePairs::kNeighbours) return;
  for (PlannedTensor& tensor : plan_.tensors) {
    if (tensor.op != Op::kPermuteQ && tensor.op != Op::kPermuteK) continue;
    tensor.op = Op::kCopy;
    out_.rotates_halves = true;
  }
}

void CheckpointReader::choose_types() {
  bool tied = true;
  for (const PlannedTensor& tensor : plan_.tensors)
    tied = tied && tensor.name != "output.weight";
  for (PlannedTensor& tensor : plan_.tensors) {
    tensor.type = plain_type(tensor);
    // As gguf files have them: routers are not to be rounded.
    if (tensor.shape.size() > 1 && tensor.name.starts_with("blk.") &&
        stays_f32(tensor.name, tensor.shape.size()))
      tensor.type = DType::kF32;
    if (!options_.quantize) continue;
    const auto type =
        type_at_load({tensor.name, tensor.type, tensor.row_length(),
                      tensor.shape.size(), tied},
                     *options_.quantize);
    if (type) tensor.type = *type;
  }
}

// Empty when the bytes are not there as they are wanted.
std::span<const std::byte> CheckpointReader::view_of(
    const PlannedTensor& tensor) const {
  if (tensor.parts.size() != 1 || tensor.parts[0]->type != tensor.type)
    return {};
  const auto& part = *tensor.parts[0];
  std::span<const std::byte> bytes = part.source->mapped();
  const std::uint64_t wanted =
      tensor.n_elements() * tensor::info(tensor.type).bytes;
  switch (tensor.op) {
    case Op::kCopy:
    case Op::kSqueeze:
    case Op::kTrimVocab:
      break;
    case Op::kSkipPositions:
      if (wanted > bytes.size()) return {};
      bytes = bytes.last(static_cast<std::size_t>(wanted));
      break;
    default:
      return {};
  }
  if (wanted > bytes.size()) return {};
  bytes = bytes.first(static_cast<std::size_t>(wanted));
  // A header of any length may stand before them.
  const auto at = reinterpret_cast<std::uintptr_t>(bytes.data());
  return at % 4 == 0 ? bytes : std::span<const std::byte>();
}

Result<void> CheckpointReader::add(const PlannedTensor& tensor) {
  StoredTensor stored;
  stored.type = tensor.type;
  const auto& shape = tensor.shape;
  for (std::size_t i = 0; i < shape.size() && i < stored.ne.size(); ++i)
    stored.ne[i] = shape[shape.size() - 1 - i];
  stored.bytes = view_of(tensor);
  if (stored.bytes.empty()) {
    const Gather gather(tensor, plan_.geometry);
    const MadeTensor made{
        .n_rows = gather.n_rows(),
        .row_bytes = gather.row_bytes(),
        .block_rows = gather.block_rows(),
        .make = [&](std::uint64_t first, std::uint64_t n,
                    std::span<std::byte> out, GatherBuffers& buffers) {
          return gather.make(first, n, out, buffers);
        }};
    stored.bytes = HUG_TRY_WITH(make_tensor(made, *out_.store, team_),
                                "loading '" + tensor.name + "'");
  }
  out_.tensors.emplace(tensor.name, stored);
  return {};
}

void CheckpointReader::keep_sources() {
  for (const format::CheckpointFile& file : checkpoint_.files)
    if (file.source && !file.source->mapped().empty())
      out_.store->files.push_back(file.source);
  for (const format::CheckpointTensor& tensor : checkpoint_.tensors)
    out_.store->parts.push_back(tensor.source);
}

Result<TensorSet> CheckpointReader::read() {
  out_.store = std::make_shared<TensorStore>();
  out_.store->name = repository_.files().name();
  HUG_TRY(read_plan());
  HUG_TRY(write_keys());
  repository_.forget();
  keep_halves();
  choose_types();
  for (const PlannedTensor& tensor : plan_.tensors)
    HUG_TRY(add(tensor));
  keep_sources();
  return std::move(out_);
}

}  // namespace

Result<TensorSet> read_tensors(const FileSet& files, nn::Team& team,
                               const LoadOptions& options) {
  return CheckpointReader(files, team, options).read();
}

}  // namespace hug::arch
