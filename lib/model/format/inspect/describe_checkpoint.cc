#include <algorithm>
#include <array>
#include <map>
#include <nlohmann/json.hpp>

#include "base/base.h"
#include "data/json.h"
#include "format/format.h"
#include "format/inspect/describe.h"
#include "format/inspect/parts.h"
#include "format/inspect/values.h"

namespace hug::format {
namespace {

using nlohmann::ordered_json;

constexpr std::uint64_t kSmallFile = 16 << 20;

// The small files beside the weights, of which no more is fetched than allowed.
class SmallFiles {
 public:
  SmallFiles(const FileSet& files, std::uint64_t most_fetched, Inspection& out)
      : files_(files), most_(most_fetched), out_(out) {}

  // The part of what may be fetched that a file may take.
  Result<std::string> read_text(const std::string& path, std::uint64_t limit,
                                unsigned percent = 100) {
    if (files_.find(path) == nullptr) return std::string();
    const auto source = HUG_TRY(files_.open(path));
    if (source->size() > limit)
      return Error(Code::kLimit, "'" + path + "' is larger than " +
                                     std::to_string(limit >> 20) + " MiB");
    if (most_ != 0 && source->mapped().empty() &&
        source->size() > std::min(left(), most_ * percent / 100)) {
      out_.unread.push_back(path);
      out_.unread_bytes += source->size();
      return std::string();
    }
    std::string text(static_cast<std::size_t>(source->size()), '\0');
    source->prefetch(0, text.size());
    HUG_TRY(source->read_at(0, std::as_writable_bytes(std::span(text))));
    out_.bytes_fetched += source->bytes_fetched();
    return text;
  }

  // Null when it is not there.
  Result<ordered_json> read_json(const std::string& path, unsigned percent) {
    const std::string text = HUG_TRY(read_text(path, kSmallFile, percent));
    return text.empty() ? ordered_json() : data::parse_ordered_json(text, path);
  }

  // What weights may take; 0: any number.
  std::uint64_t left() const {
    // Nothing left is not: without bounds.
    return most_ == 0 ? 0
                      : std::max<std::uint64_t>(
                            most_ - std::min(most_, out_.bytes_fetched), 1);
  }

 private:
  const FileSet& files_;
  std::uint64_t most_;
  Inspection& out_;
};

const ordered_json* member(const ordered_json& object, std::string_view key) {
  if (!object.is_object()) return nullptr;
  const auto found = object.find(key);
  return found == object.end() || found->is_null() ? nullptr : &*found;
}

std::uint64_t number(const ordered_json& config,
                     std::initializer_list<std::string_view> keys) {
  for (const std::string_view key : keys)
    if (const auto* value = member(config, key);
        value != nullptr && value->is_number_unsigned())
      return value->get<std::uint64_t>();
  return 0;
}

std::string text(const ordered_json& config, std::string_view key) {
  const auto* value = member(config, key);
  if (value == nullptr) return "";
  if (value->is_string()) return value->get<std::string>();
  // Special tokens may be objects with their text in "content".
  if (value->is_object()) return text(*value, "content");
  return "";
}

std::string rope_scaling(const ordered_json& config) {
  const auto* scaling = member(config, "rope_scaling");
  if (scaling == nullptr) scaling = member(config, "rope_parameters");
  if (scaling == nullptr) return "";
  std::string kind = text(*scaling, "rope_type");
  if (kind.empty()) kind = text(*scaling, "type");
  if (kind == "default") return "";
  if (const auto* factor = member(*scaling, "factor");
      factor != nullptr && factor->is_number())
    kind += " x" + factor->dump();
  return kind;
}

ModelFacts facts_of(const ordered_json& root) {
  const auto* inner = member(root, "text_config");
  const ordered_json& c = inner != nullptr ? *inner : root;
  ModelFacts out;
  out.layers = number(c, {"num_hidden_layers", "n_layer", "num_layers"});
  out.embedding = number(c, {"hidden_size", "n_embd", "d_model"});
  out.heads = number(c, {"num_attention_heads", "n_head", "num_heads"});
  out.heads_kv = number(c, {"num_key_value_heads", "num_kv_heads"});
  if (out.heads_kv == 0) out.heads_kv = out.heads;
  out.key_length = number(c, {"head_dim", "d_kv"});
  if (out.key_length == 0 && out.heads != 0)
    out.key_length = out.embedding / out.heads;
  out.value_length = out.key_length;
  out.feed_forward =
      number(c, {"intermediate_size", "n_inner", "d_ff", "ffn_dim"});
  out.vocabulary = number(c, {"vocab_size"});
  out.context = number(c, {"max_position_embeddings", "n_positions", "n_ctx",
                           "max_sequence_length"});
  out.experts =
      number(c, {"num_local_experts", "num_experts", "n_routed_experts"});
  out.experts_used = number(c, {"num_experts_per_tok", "experts_per_token"});
  out.sliding_window = number(c, {"sliding_window"});
  for (const ordered_json* at : {&c, member(c, "rope_parameters")})
    if (at != nullptr)
      if (const auto* base = member(*at, "rope_theta");
          base != nullptr && base->is_number())
        out.rope_base = base->get<double>();
  out.rope_scaling = rope_scaling(c);
  return out;
}

// A template is a string, or the one named "default" of a list.
std::string template_of(const ordered_json& config) {
  const auto* value = member(config, "chat_template");
  if (value == nullptr) return "";
  if (value->is_string()) return value->get<std::string>();
  std::string out;
  if (value->is_array())
    for (const auto& item : *value)
      if (out.empty() || text(item, "name") == "default")
        out = text(item, "template");
  return out;
}

Result<void> add_tokenizer(const FileSet& files, SmallFiles& small,
                           Inspection& out) {
  for (const char* name : {"tokenizer.json", "tokenizer.model", "spiece.model",
                           "vocab.txt", "sentencepiece.bpe.model"})
    if (out.tokenizer.kind.empty() && files.find(name) != nullptr)
      out.tokenizer.kind = name;
  const auto config = HUG_TRY(small.read_json("tokenizer_config.json", 25));
  out.tokenizer.bos = text(config, "bos_token");
  out.tokenizer.eos = text(config, "eos_token");
  std::string chat = template_of(config);
  const std::string own =
      HUG_TRY(small.read_text("chat_template.jinja", 1 << 20, 25));
  if (!own.empty()) chat = own;
  out.chat_template = describe_template(chat);
  return {};
}

void add_metadata(const ordered_json& config, Inspection& out) {
  if (!config.is_object()) return;
  for (const auto& [key, value] : config.items())
    out.metadata.push_back(
        {.key = key, .type = "json", .json = data::dump_json(value)});
}

std::string class_of(const ordered_json& config) {
  const auto* classes = member(config, "architectures");
  if (classes != nullptr && classes->is_array() && !classes->empty() &&
      classes->front().is_string())
    return classes->front().get<std::string>();
  return text(config, "model_type");
}

// The two tensors whose shape config.json tells in every family.
void check_embeddings(const Checkpoint& checkpoint, Inspection& out) {
  for (const CheckpointTensor& t : checkpoint.tensors) {
    const bool named = t.name.ends_with("embed_tokens.weight") ||
                       t.name == "lm_head.weight" ||
                       t.name.ends_with("wte.weight") ||
                       t.name.ends_with("word_embeddings.weight");
    if (!named || t.shape.size() != 2 || out.facts.embedding == 0) continue;
    if (t.shape[1] != out.facts.embedding)
      out.problems.push_back({.where = t.name,
                              .text = "its rows have " +
                                      std::to_string(t.shape[1]) +
                                      " numbers, hidden_size is " +
                                      std::to_string(out.facts.embedding)});
    if (out.facts.vocabulary != 0 && t.shape[0] < out.facts.vocabulary)
      out.problems.push_back({.where = t.name,
                              .text = "it has " + std::to_string(t.shape[0]) +
                                      " rows, vocab_size is " +
                                      std::to_string(out.facts.vocabulary)});
  }
}

void add_header_metadata(const Checkpoint& checkpoint, Inspection& out) {
  if (checkpoint.files.empty()) return;
  for (const auto& [key, value] : checkpoint.files.front().metadata)
    out.metadata.push_back(
        {.key = key, .type = "str", .json = data::quote_json(value)});
}

std::string type_name(CheckpointKind kind, tensor::DType type) {
  const auto& info = tensor::info(type);
  const bool own = kind == CheckpointKind::kSafetensors;
  return std::string(own ? info.safetensors : info.name);
}

void add_tensors(const Checkpoint& checkpoint, Inspection& out) {
  std::vector<std::uint64_t> elements;
  for (const CheckpointTensor* t : checkpoint.by_place()) {
    out.tensors.push_back({.name = t->name,
                           .type = type_name(checkpoint.kind, t->type),
                           .shape = t->shape,
                           .bytes = t->bytes,
                           .file = checkpoint.files[t->file].name});
    elements.push_back(tensor::element_count(t->shape).value_or(0));
  }
  sum_up(out, elements);
}

// Files whose headers were not read: their sizes, and numbers about as many as
// the others have for that size.
void add_unread(const FileSet& files, const Checkpoint& checkpoint,
                Inspection& out) {
  const std::uint64_t read_bytes = out.file_bytes;
  std::uint64_t header_bytes = 0;
  for (const CheckpointFile& file : checkpoint.files)
    header_bytes += file.source->bytes_fetched();
  for (const std::string& name : checkpoint.unread) {
    const FileInfo* file = files.find(name);
    out.files.push_back(name);
    out.unread.push_back(name);
    ++out.unread_weights;
    if (file != nullptr) out.file_bytes += file->size;
  }
  out.unread_bytes += checkpoint.index_unread;
  if (!checkpoint.files.empty())
    out.unread_bytes +=
        header_bytes / checkpoint.files.size() * checkpoint.unread.size();
  const std::uint64_t all =
      checkpoint.total_size != 0 ? checkpoint.total_size : out.file_bytes;
  // Two bytes a number are the rule.
  const double share = read_bytes != 0 ? static_cast<double>(out.parameters) /
                                             static_cast<double>(read_bytes)
                                       : 0.5;
  out.parameters = static_cast<std::uint64_t>(static_cast<double>(all) * share);
  out.types.clear();
  set_bits(out, all);
}

Result<void> check_all_values(const Checkpoint& checkpoint,
                              const InspectOptions& options, Inspection& out) {
  std::vector<CheckedTensor> tensors;
  for (const CheckpointTensor* t : checkpoint.by_place())
    tensors.push_back({.name = t->name, .type = t->type, .source = t->source});
  out.values_checked = true;
  for (ModelProblem& p : HUG_TRY(check_values(tensors, options.threads)))
    out.problems.push_back(std::move(p));
  return {};
}

}  // namespace

Result<Inspection> describe_checkpoint(const FileSet& files,
                                       const InspectOptions& options) {
  const bool single = files.files().size() == 1;
  Inspection out;
  SmallFiles small(files, options.most_fetched, out);
  const auto config = HUG_TRY(small.read_json("config.json", 50));
  HUG_TRY(add_tokenizer(files, small, out));
  const Checkpoint checkpoint =
      single ? HUG_TRY(open_checkpoint_file(
                   HUG_TRY(files.open(files.files().front().path))))
             : HUG_TRY(open_checkpoint(files, {.most_fetched = small.left()}));
  out.format =
      checkpoint.kind == CheckpointKind::kTorch ? "pytorch" : "safetensors";
  for (const CheckpointFile& file : checkpoint.files) {
    out.files.push_back(file.name);
    out.file_bytes += file.source->size();
  }
  out.architecture = class_of(config);
  out.name = text(config, "_name_or_path");
  out.facts = facts_of(config);
  add_metadata(config, out);
  add_header_metadata(checkpoint, out);
  out.tokenizer.tokens = out.facts.vocabulary;
  add_tensors(checkpoint, out);
  check_embeddings(checkpoint, out);
  if (options.check_values) HUG_TRY(check_all_values(checkpoint, options, out));
  for (const CheckpointFile& file : checkpoint.files)
    out.bytes_fetched += file.source->bytes_fetched();
  out.bytes_fetched += checkpoint.index_bytes_fetched;
  if (!checkpoint.unread.empty()) add_unread(files, checkpoint, out);
  return out;
}

}  // namespace hug::format
