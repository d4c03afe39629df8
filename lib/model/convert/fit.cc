#include "hug/fit.h"

#include <algorithm>
#include <array>

#include "base/base.h"
#include "convert/gguf_plan.h"
#include "format/format.h"
#include "hug/quantize.h"
#include "quantize/machine.h"
#include "quantize/plan.h"
#include "quantize/recipe.h"

namespace hug {
namespace {

using quantize::FileType;

// Names of checkpoints as the recipes know them; enough to tell kinds apart in
// a checkpoint that cannot be converted.
struct Renamed {
  std::string_view part;
  std::string_view gguf;
};

constexpr auto kNames =
    std::to_array<Renamed>({{"q_proj.weight", "attn_q.weight"},
                            {"k_proj.weight", "attn_k.weight"},
                            {"v_proj.weight", "attn_v.weight"},
                            {"o_proj.weight", "attn_output.weight"},
                            {"qkv_proj.weight", "attn_qkv.weight"},
                            {"query_key_value.weight", "attn_qkv.weight"},
                            {"c_attn.weight", "attn_qkv.weight"},
                            {"gate_proj.weight", "ffn_gate.weight"},
                            {"up_proj.weight", "ffn_up.weight"},
                            {"gate_up_proj.weight", "ffn_up.weight"},
                            {"down_proj.weight", "ffn_down.weight"},
                            {"layernorm.weight", "attn_norm.weight"},
                            {"mlp.gate.weight", "ffn_gate_inp.weight"},
                            {"embed_tokens.weight", "token_embd.weight"},
                            {"wte.weight", "token_embd.weight"},
                            {"word_embeddings.weight", "token_embd.weight"},
                            {"lm_head.weight", "output.weight"}});

// "model.layers.3.x" as "blk.3.y", with a number where it would repeat.
std::string rename(const std::string& name, std::size_t i) {
  std::string layer;
  for (const std::string_view word : base::split(name, '.'))
    if (layer.empty() && base::parse_unsigned(word)) layer = word;
  std::string rest = "x" + std::to_string(i) + ".weight";
  for (const Renamed& r : kNames)
    if (name.ends_with(r.part)) rest = r.gguf;
  if (rest == "token_embd.weight" || rest == "output.weight") return rest;
  return layer.empty() ? rest : "blk." + layer + "." + rest;
}

quantize::Traits traits_of(const Inspection& model) {
  const auto small = [](std::uint64_t n) {
    return base::checked_cast<std::uint32_t>(n).value_or(0);
  };
  return {.arch = model.architecture,
          .n_layer = small(model.facts.layers),
          .n_head = small(model.facts.heads),
          .n_head_kv = small(model.facts.heads_kv),
          .n_expert = small(model.facts.experts)};
}

// About what a checkpoint would be as a file of that type.
std::uint64_t estimate(const Inspection& model, FileType type) {
  std::vector<quantize::TensorSpec> specs;
  for (std::size_t i = 0; i < model.tensors.size(); ++i) {
    const ModelTensor& t = model.tensors[i];
    quantize::TensorSpec spec;
    spec.name = rename(t.name, i);
    spec.type = t.shape.size() > 1 ? tensor::DType::kF16 : tensor::DType::kF32;
    const std::size_t n = std::min<std::size_t>(t.shape.size(), 4);
    for (std::size_t d = 0; d < n; ++d)
      spec.shape[d] = t.shape[t.shape.size() - 1 - d];
    specs.push_back(std::move(spec));
  }
  const auto decisions = quantize::decide(
      traits_of(model), specs, quantize::RecipeOptions{.file_type = type});
  if (!decisions) return 0;
  std::uint64_t sum = 24 * model.facts.vocabulary;
  for (std::size_t i = 0; i < specs.size(); ++i) {
    const auto& s = specs[i].shape;
    sum += tensor::tensor_bytes((*decisions)[i].type, s[0], s[1] * s[2] * s[3])
               .value_or(0);
  }
  return sum;
}

// The exact sizes of what quantize would write; 0 when it would not.
std::uint64_t predict(const FileSet& files, const std::string& gguf,
                      std::string_view type) {
  const auto open = [&](const std::string& name) { return files.open(name); };
  const auto job = Quantization::open(
      gguf, open, {.type = std::string(type), .allow_requantize = true});
  if (!job) return 0;
  std::uint64_t sum = 0;
  for (const std::uint64_t bytes : job->file_bytes())
    sum += bytes;
  return sum;
}

// The same for what convert would write; nothing where it would not.
std::unique_ptr<convert::GgufPlanner> plan_checkpoint(
    const FileSet& files, const ConvertOptions& options) {
  auto planner = std::make_unique<convert::GgufPlanner>(files, options);
  if (!planner->read()) return nullptr;
  return planner;
}

// Two caches of f16 numbers a layer; latent attention keeps one small row.
std::uint64_t kv_bytes(const Inspection& model, std::uint64_t context) {
  const ModelFacts& f = model.facts;
  const std::uint64_t heads = f.heads_kv;
  const std::uint64_t row = 2 * heads * (f.key_length + f.value_length);
  const auto all = base::checked_mul(row, f.layers);
  return all ? base::checked_mul(*all, context).value_or(0) : 0;
}

// Logits of one token and the activations of a batch of 512 tokens.
std::uint64_t work_bytes(const Inspection& model, std::uint64_t context) {
  const ModelFacts& f = model.facts;
  constexpr std::uint64_t kBatch = 512;
  const std::uint64_t row =
      4 * f.embedding + 2 * f.feed_forward + 2 * f.heads * f.key_length;
  const std::uint64_t scores = f.heads * std::min<std::uint64_t>(context, 4096);
  return 4 * (kBatch * row + f.vocabulary + scores) + (32 << 20);
}

// The part of the weights that one token passes through.
double active_share(const Inspection& model) {
  const ModelFacts& f = model.facts;
  if (f.experts == 0 || f.experts_used == 0) return 1;
  std::uint64_t all = 0;
  double active = 0;
  for (const ModelPart& part : model.parts) {
    all += part.bytes;
    const double share = part.name == "experts"
                             ? static_cast<double>(f.experts_used) /
                                   static_cast<double>(f.experts)
                             : 1.0;
    active += static_cast<double>(part.bytes) * share;
  }
  return all == 0 ? 1 : active / static_cast<double>(all);
}

class Fitter {
 public:
  Fitter(const FileSet& files, const FitOptions& options)
      : files_(files), options_(options) {}

  Result<FitReport> run();

 private:
  void add(std::string type, std::uint64_t bytes, bool exact, bool current);
  void recommend();

  const FileSet& files_;
  const FitOptions& options_;
  FitReport report_;
  std::uint64_t room_ = 0;
};

void Fitter::add(std::string type, std::uint64_t bytes, bool exact,
                 bool current) {
  const Inspection& model = report_.model;
  FitChoice c;
  c.type = std::move(type);
  c.file_bytes = bytes;
  c.exact = exact;
  c.current = current;
  c.weights = bytes;
  c.kv = kv_bytes(model, report_.context);
  c.work = work_bytes(model, report_.context);
  c.fits = c.total() <= room_;
  if (model.parameters != 0)
    c.bits_per_weight = 8.0 * static_cast<double>(bytes) /
                        static_cast<double>(model.parameters);
  if (report_.machine.bandwidth > 0)
    c.tokens_per_second = report_.machine.bandwidth /
                          (static_cast<double>(bytes) * active_share(model) +
                           static_cast<double>(c.kv) / 2);
  report_.choices.push_back(std::move(c));
}

// Types for weights that were trained to be ternary, or for experts: others
// do not survive them.
bool is_special(std::string_view type) {
  constexpr auto kSpecial = std::to_array<std::string_view>(
      {"MXFP4_MOE", "NVFP4", "TQ1_0", "TQ2_0", "Q1_0", "Q2_0"});
  return std::find(kSpecial.begin(), kSpecial.end(), type) != kSpecial.end();
}

// Four bits with care are the usual compromise; small models lose more by it
// and cost less without.
void Fitter::recommend() {
  const bool small = report_.model.parameters < 1'000'000'000;
  const std::string_view wanted = small ? "Q8_0" : "Q4_K_M";
  FitChoice* best = nullptr;
  bool below = false;
  for (FitChoice& c : report_.choices) {
    below = below || c.type == wanted;
    if (below && c.fits && best == nullptr && !is_special(c.type)) best = &c;
  }
  if (best != nullptr) best->recommended = true;
}

Result<FitReport> Fitter::run() {
  report_.model = HUG_TRY(inspect(files_, {.gguf = options_.gguf}));
  report_.machine = quantize::look_at_machine(options_.measure);
  room_ = options_.memory != 0 ? options_.memory : report_.machine.memory_free;
  const Inspection& model = report_.model;
  const std::uint64_t longest =
      model.facts.context != 0 ? model.facts.context : 8192;
  report_.context = options_.context != 0
                        ? options_.context
                        : std::min<std::uint64_t>(longest, 8192);
  const bool gguf = model.format == "gguf";
  ConvertOptions convert;
  convert.pre = options_.pre;
  convert.source_name = options_.source_name;
  convert.repository = options_.repository;
  convert.revision = options_.revision;
  const auto planner = gguf ? nullptr : plan_checkpoint(files_, convert);
  for (const FileTypeName& t : list_file_types()) {
    if (!t.encodable) continue;
    if (gguf && t.name == model.file_type) {
      add(std::string(t.name), model.file_bytes, true, true);
      continue;
    }
    const auto type = quantize::find_file_type(t.name);
    const std::uint64_t bytes = gguf ? predict(files_, model.files[0], t.name)
                                : planner
                                    ? planner->file_bytes(t.name).value_or(0)
                                : type ? estimate(model, *type)
                                       : 0;
    if (bytes != 0)
      add(std::string(t.name), bytes, gguf || planner != nullptr, false);
  }
  std::stable_sort(report_.choices.begin(), report_.choices.end(),
                   [](const FitChoice& a, const FitChoice& b) {
                     return a.file_bytes > b.file_bytes;
                   });
  recommend();
  return std::move(report_);
}

}  // namespace

Result<FitReport> fit(const FileSet& files, const FitOptions& options) {
  return Fitter(files, options).run();
}

Result<RecipeMatch> match_recipe(const FileSet& files,
                                 const std::string& gguf) {
  const auto open = [&](const std::string& name) { return files.open(name); };
  const auto model = HUG_TRY(format::open_gguf(gguf, open));
  RecipeMatch out;
  const auto id = model.metadata().find_unsigned("general.file_type");
  const auto small = id ? base::checked_cast<std::uint32_t>(*id) : std::nullopt;
  const auto type = small ? quantize::file_type_from_id(*small) : std::nullopt;
  if (!type) return out;
  std::vector<quantize::TensorSpec> specs;
  for (const auto place : model.places()) {
    const format::GgufTensor& t = model.tensor(place);
    // The rules start from weights that are not quantized yet.
    const bool quantized = tensor::info(t.type).quantized();
    specs.push_back({t.name, quantized ? tensor::DType::kF16 : t.type, t.ne});
  }
  const auto order = quantize::reference_order(specs);
  std::vector<quantize::TensorSpec> sorted;
  for (const std::size_t i : order)
    sorted.push_back(specs[i]);
  quantize::RecipeOptions recipe;
  recipe.file_type = *type;
  recipe.importance =
      model.metadata().contains("quantize.imatrix.entries_count");
  const auto decisions = HUG_TRY(
      quantize::decide(quantize::traits_of(model.first()), sorted, recipe));
  const auto places = model.places();
  out.type = quantize::info(*type).name;
  for (std::size_t i = 0; i < sorted.size(); ++i) {
    const format::GgufTensor& t = model.tensor(places[order[i]]);
    ++out.tensors;
    if (t.type == decisions[i].type) continue;
    // Converters keep vectors as f32 where the quantizer keeps what it finds.
    if (!decisions[i].converts) continue;
    ++out.different;
    if (out.examples.size() < 5)
      out.examples.push_back(t.name + ": " + std::string(tensor::name(t.type)) +
                             ", not " +
                             std::string(tensor::name(decisions[i].type)));
  }
  return out;
}

}  // namespace hug
