#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>

#include "base/base.h"
#include "data/json.h"
#include "format/format.h"
#include "format/inspect/describe.h"
#include "format/inspect/parts.h"
#include "format/inspect/shapes.h"
#include "format/inspect/values.h"

namespace hug::format {
namespace {

struct FileTypeName {
  std::uint64_t id;
  std::string_view name;
};

constexpr auto kFileTypes = std::to_array<FileTypeName>(
    {{0, "F32"},        {1, "F16"},     {2, "Q4_0"},    {3, "Q4_1"},
     {7, "Q8_0"},       {8, "Q5_0"},    {9, "Q5_1"},    {10, "Q2_K"},
     {11, "Q3_K_S"},    {12, "Q3_K_M"}, {13, "Q3_K_L"}, {14, "Q4_K_S"},
     {15, "Q4_K_M"},    {16, "Q5_K_S"}, {17, "Q5_K_M"}, {18, "Q6_K"},
     {19, "IQ2_XXS"},   {20, "IQ2_XS"}, {21, "Q2_K_S"}, {22, "IQ3_XS"},
     {23, "IQ3_XXS"},   {24, "IQ1_S"},  {25, "IQ4_NL"}, {26, "IQ3_S"},
     {27, "IQ3_M"},     {28, "IQ2_S"},  {29, "IQ2_M"},  {30, "IQ4_XS"},
     {31, "IQ1_M"},     {32, "BF16"},   {36, "TQ1_0"},  {37, "TQ2_0"},
     {38, "MXFP4_MOE"}, {39, "NVFP4"},  {40, "Q1_0"},   {41, "Q2_0"}});

constexpr std::uint64_t kGuessed = 1024;

// As short as reads back to the same number; JSON has no NaN.
std::string number_json(double value, bool single) {
  if (!std::isfinite(value)) return "null";
  std::array<char, 40> text{};
  for (const int digits : {6, 7, 8, 9, 15, 16, 17}) {
    std::snprintf(text.data(), text.size(), "%.*g", digits, value);
    const double back = std::strtod(text.data(), nullptr);
    if (single ? static_cast<float>(back) == static_cast<float>(value)
               : back == value)
      break;
  }
  std::string out(text.data());
  if (out.find_first_of(".e") == std::string::npos) out += ".0";
  return out;
}

template <class T>
std::string scalar_json(const T& v) {
  if constexpr (std::is_same_v<T, bool>)
    return v ? "true" : "false";
  else if constexpr (std::is_floating_point_v<T>)
    return number_json(static_cast<double>(v), std::is_same_v<T, float>);
  else
    return std::to_string(v);
}

std::string array_json(const GgufArray& array, std::size_t items) {
  std::string out = "[";
  std::visit(
      [&](const auto& a) {
        using T = std::remove_cvref_t<decltype(a)>;
        for (std::size_t i = 0; i < std::min(a.size(), items); ++i) {
          if (i != 0) out += ", ";
          if constexpr (std::is_same_v<T, StringArray>)
            out += data::quote_json(a[i]);
          else if constexpr (std::is_same_v<T, std::vector<bool>>)
            out += a[i] ? "true" : "false";
          else
            out += scalar_json(a[i]);
        }
      },
      array);
  return out + "]";
}

ModelMetadata describe_value(const std::string& key, const GgufValue& value,
                             std::size_t items) {
  ModelMetadata out;
  out.key = key;
  out.type = name(type_of(value));
  out.json = value_json(value, items);
  if (const auto* array = std::get_if<GgufArray>(&value)) {
    out.type += " " + std::string(name(element_type(*array)));
    out.length = element_count(*array);
  }
  return out;
}

std::string rope_scaling(const Gguf& gguf) {
  const auto type =
      gguf.metadata.find_string(gguf.arch_key("rope.scaling.type"));
  if (!type || *type == "none") return "";
  std::string out(*type);
  const auto factor =
      gguf.metadata.find_number(gguf.arch_key("rope.scaling.factor"));
  if (factor) {
    std::array<char, 32> text{};
    std::snprintf(text.data(), text.size(), " x%g", *factor);
    out += text.data();
  }
  return out;
}

ModelFacts facts_of(const Gguf& gguf) {
  const auto number = [&](std::string_view rest) -> std::uint64_t {
    const auto list = gguf.metadata.find_unsigned_list(gguf.arch_key(rest));
    if (!list || list->empty()) return 0;
    return *std::max_element(list->begin(), list->end());
  };
  ModelFacts out;
  out.layers = number("block_count");
  out.embedding = number("embedding_length");
  out.heads = number("attention.head_count");
  out.heads_kv = number("attention.head_count_kv");
  if (out.heads_kv == 0) out.heads_kv = out.heads;
  const std::uint64_t even = out.heads == 0 ? 0 : out.embedding / out.heads;
  out.key_length = number("attention.key_length");
  if (out.key_length == 0) out.key_length = even;
  out.value_length = number("attention.value_length");
  if (out.value_length == 0) out.value_length = even;
  out.feed_forward = number("feed_forward_length");
  out.context = number("context_length");
  out.experts = number("expert_count");
  out.experts_used = number("expert_used_count");
  out.sliding_window = number("attention.sliding_window");
  out.vocabulary = number("vocab_size");
  if (const auto* t = gguf.metadata.find_strings("tokenizer.ggml.tokens"))
    out.vocabulary = t->size();
  out.rope_base =
      gguf.metadata.find_number(gguf.arch_key("rope.freq_base")).value_or(0);
  out.rope_scaling = rope_scaling(gguf);
  return out;
}

ModelTokenizer tokenizer_of(const Gguf& gguf) {
  ModelTokenizer out;
  const GgufMetadata& m = gguf.metadata;
  out.kind = m.find_string("tokenizer.ggml.model").value_or("");
  out.pre = m.find_string("tokenizer.ggml.pre").value_or("");
  const auto* tokens = m.find_strings("tokenizer.ggml.tokens");
  if (tokens == nullptr) return out;
  out.tokens = tokens->size();
  const auto text = [&](std::string_view key) -> std::string {
    const auto id = m.find_unsigned(key);
    if (!id || *id >= tokens->size()) return "";
    return std::string((*tokens)[static_cast<std::size_t>(*id)]);
  };
  out.bos = text("tokenizer.ggml.bos_token_id");
  out.eos = text("tokenizer.ggml.eos_token_id");
  return out;
}

// What readers of the vocabulary rely on.
void check_vocabulary(const Gguf& gguf, std::vector<ModelProblem>& out) {
  const GgufMetadata& m = gguf.metadata;
  const auto* tokens = m.find_strings("tokenizer.ggml.tokens");
  if (tokens == nullptr) return;
  for (const std::string_view key :
       {"tokenizer.ggml.scores", "tokenizer.ggml.token_type"}) {
    const GgufArray* array = m.find_array(key);
    if (array != nullptr && element_count(*array) < tokens->size())
      out.push_back({.where = std::string(key),
                     .text = "it has " + std::to_string(element_count(*array)) +
                             " elements for " + std::to_string(tokens->size()) +
                             " tokens"});
  }
  for (const auto& [key, value] : m) {
    if (!key.starts_with("tokenizer.ggml.") || !key.ends_with("_token_id"))
      continue;
    const auto id = as_unsigned(value);
    if (id && *id >= tokens->size() && *id != UINT32_MAX)
      out.push_back({.where = key,
                     .text = "token " + std::to_string(*id) +
                             " is beyond the vocabulary"});
  }
}

Result<void> check_gguf(const GgufModel& model, const InspectOptions& options,
                        Inspection& out) {
  std::vector<GgufTensor> tensors;
  std::vector<CheckedTensor> sources;
  for (const GgufTensorPlace place : model.places()) {
    tensors.push_back(model.tensor(place));
    if (options.check_values && !model.first().big_endian)
      sources.push_back({.name = tensors.back().name,
                         .type = tensors.back().type,
                         .source = HUG_TRY(model.data(place))});
  }
  out.problems = check_numbers(model.first());
  check_vocabulary(model.first(), out.problems);
  if (knows_shapes(model.first().architecture())) {
    out.shapes_checked = true;
    for (ModelProblem& p : check_shapes(model.first(), tensors))
      out.problems.push_back(std::move(p));
  }
  if (!options.check_values || model.first().big_endian) return {};
  out.values_checked = true;
  for (ModelProblem& p : HUG_TRY(check_values(sources, options.threads)))
    out.problems.push_back(std::move(p));
  return {};
}

}  // namespace

std::string_view file_type_name(std::uint64_t id) noexcept {
  for (const FileTypeName& t : kFileTypes)
    if (t.id == (id & ~kGuessed)) return t.name;
  return "";
}

std::string value_json(const GgufValue& value, std::size_t items) {
  return std::visit(
      [&](const auto& v) -> std::string {
        using T = std::remove_cvref_t<decltype(v)>;
        if constexpr (std::is_same_v<T, GgufArray>)
          return array_json(v, items);
        else if constexpr (std::is_same_v<T, std::string>)
          return data::quote_json(v);
        else
          return scalar_json(v);
      },
      value);
}

ModelTemplate describe_template(std::string_view text) {
  ModelTemplate out;
  out.present = !text.empty();
  out.tools = text.find("tools") != std::string_view::npos;
  out.bytes = text.size();
  if (out.present) out.sha256 = base::sha256_hex(text);
  return out;
}

Result<Inspection> describe_gguf(const FileSet& files, const std::string& name,
                                 const InspectOptions& options) {
  const auto open = [&](const std::string& part) { return files.open(part); };
  const GgufModel model = HUG_TRY(
      open_gguf(name, open, {.accept_big_endian = true, .require_data = true}));
  const Gguf& gguf = model.first();
  Inspection out;
  out.format = "gguf";
  out.version = std::to_string(gguf.version);
  out.architecture = gguf.architecture();
  out.name = gguf.metadata.find_string("general.name").value_or("");
  if (const auto id = gguf.metadata.find_unsigned("general.file_type"))
    out.file_type = file_type_name(*id);
  out.facts = facts_of(gguf);
  out.tokenizer = tokenizer_of(gguf);
  out.missing = missing_facts(gguf);
  out.chat_template = describe_template(
      gguf.metadata.find_string("tokenizer.chat_template").value_or(""));
  for (const auto& [key, value] : gguf.metadata)
    out.metadata.push_back(describe_value(key, value, options.array_items));
  std::vector<std::uint64_t> elements;
  for (const GgufTensorPlace place : model.places()) {
    const GgufTensor& t = model.tensor(place);
    out.tensors.push_back({.name = t.name,
                           .type = std::string(tensor::name(t.type)),
                           .shape = {t.dims().begin(), t.dims().end()},
                           .bytes = t.bytes,
                           .file = model.parts[place.part].name});
    elements.push_back(t.n_elements());
  }
  sum_up(out, elements);
  HUG_TRY(check_gguf(model, options, out));
  if (gguf.big_endian)
    out.problems.push_back(
        {.where = name, .text = "its numbers are big-endian"});
  for (const GgufPart& part : model.parts) {
    out.files.push_back(part.name);
    out.file_bytes += part.source->size();
    out.bytes_fetched += part.source->bytes_fetched();
  }
  return out;
}

}  // namespace hug::format
