#include "cmd/model/inspect_json.h"

namespace hug::cli::cmd {

namespace {

Value shape_value(const std::vector<std::uint64_t>& shape) {
  Value out = Value::array();
  for (const std::uint64_t n : shape)
    out.push(n);
  return out;
}

// Values that JSON cannot tell exactly stay text.
Value value_of(const ModelMetadata& m) {
  auto value = Value::parse(m.json);
  return value ? *value : Value(m.json);
}

Value facts_value(const ModelFacts& f) {
  Value out = Value::object();
  const auto number = [&](std::string_view key, std::uint64_t n) {
    if (n != 0) out.set(key, n);
  };
  number("layers", f.layers);
  number("embedding_length", f.embedding);
  number("heads", f.heads);
  number("heads_kv", f.heads_kv);
  number("key_length", f.key_length);
  number("value_length", f.value_length);
  number("feed_forward_length", f.feed_forward);
  number("vocabulary", f.vocabulary);
  number("context_length", f.context);
  number("experts", f.experts);
  number("experts_used", f.experts_used);
  number("sliding_window", f.sliding_window);
  if (f.rope_base > 0) out.set("rope_base", f.rope_base);
  if (!f.rope_scaling.empty()) out.set("rope_scaling", f.rope_scaling);
  return out;
}

Value problems_value(const Inspection& m) {
  Value out = Value::array();
  for (const ModelProblem& p : m.problems) {
    out.push(Value().set("where", p.where).set("text", p.text));
  }
  return out;
}

Value missing_value(const Inspection& m) {
  Value out = Value::array();
  for (const ModelMissing& fact : m.missing) {
    out.push(Value().set("key", fact.key).set("text", fact.text));
  }
  return out;
}

Value metadata_value(const Inspection& m) {
  Value out = Value::object();
  for (const ModelMetadata& entry : m.metadata) {
    out.set(entry.key, value_of(entry));
  }
  return out;
}

Value tensors_value(const Inspection& m) {
  Value out = Value::array();
  for (const ModelTensor& t : m.tensors) {
    out.push(Value()
                 .set("name", t.name)
                 .set("shape", shape_value(t.shape))
                 .set("dtype", t.type)
                 .set("bytes", t.bytes)
                 .set("file", t.file));
  }
  return out;
}

Value sums_value(const Inspection& m, bool parts) {
  Value out = Value::array();
  if (parts) {
    for (const ModelPart& p : m.parts) {
      out.push(Value()
                   .set("name", p.name)
                   .set("parameters", p.parameters)
                   .set("bytes", p.bytes));
    }
    return out;
  }
  for (const TypeShare& t : m.types) {
    out.push(Value()
                 .set("dtype", t.type)
                 .set("tensors", t.tensors)
                 .set("parameters", t.parameters)
                 .set("bytes", t.bytes));
  }
  return out;
}

}  // namespace

Value inspection_json(const std::string& name, const Inspection& m,
                      const RecipeMatch& recipe) {
  Value out;
  out.set("target", name).set("format", m.format);
  out.set("version", Value::text_or_null(m.version));
  out.set("architecture", m.architecture).set("name", m.name);
  out.set("parameters", m.parameters).set("file_bytes", m.file_bytes);
  out.set("bits_per_weight", m.bits_per_weight);
  out.set("file_type", Value::text_or_null(m.file_type));
  out.set("files", Value::strings(m.files));
  out.set("hyperparameters", facts_value(m.facts));
  out.set("parts", sums_value(m, true)).set("dtypes", sums_value(m, false));
  out.set("tokenizer", Value()
                           .set("kind", m.tokenizer.kind)
                           .set("pre", m.tokenizer.pre)
                           .set("tokens", m.tokenizer.tokens)
                           .set("bos", m.tokenizer.bos)
                           .set("eos", m.tokenizer.eos));
  out.set("chat_template", Value()
                               .set("present", m.chat_template.present)
                               .set("tools", m.chat_template.tools)
                               .set("bytes", m.chat_template.bytes)
                               .set("sha256", m.chat_template.sha256));
  if (!recipe.type.empty()) {
    out.set("recipe", Value()
                          .set("type", recipe.type)
                          .set("different", recipe.different)
                          .set("examples", Value::strings(recipe.examples)));
  }
  out.set("missing", missing_value(m));
  out.set("problems", problems_value(m));
  out.set("values_checked", m.values_checked);
  out.set("bytes_fetched", m.bytes_fetched);
  out.set("unread", Value::strings(m.unread));
  out.set("unread_bytes", m.unread_bytes);
  out.set("metadata", metadata_value(m)).set("tensors", tensors_value(m));
  return out;
}

}  // namespace hug::cli::cmd
