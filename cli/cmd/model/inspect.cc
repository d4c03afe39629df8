// hug inspect
#include "hug/inspect.h"

#include <cstdio>

#include "cmd/model/model_target.h"
#include "hug/fit.h"
#include "hug/text.h"

namespace hug::cli::cmd {

namespace {

constexpr Option kOptions[] = {
    kModelTarget,
    {.name = "tensors", .help = "List every tensor."},
    {.name = "metadata", .help = "List all metadata."},
    {.name = "check",
     .help = "Read all weights too: values that are not finite, the recipe."},
    kModelRevision,
};

constexpr Example kExamples[] = {
    {"hug inspect model.gguf"},
    {"hug inspect acme/tiny:Q4_K_M --tensors", "without downloading it"},
    {"hug inspect ./checkpoint --json", "for scripts"},
};

constexpr std::string_view kSee[] = {"fit", "scan", "meta get"};

std::string fixed(double value, int digits) {
  char text[64];
  std::snprintf(text, sizeof(text), "%.*f", digits, value);
  return text;
}

std::string shortest(double value) {
  char text[64];
  std::snprintf(text, sizeof(text), "%g", value);
  return text;
}

std::string count(std::uint64_t n) {
  const auto value = static_cast<double>(n);
  if (n >= 1'000'000'000) return fixed(value / 1e9, 2) + " B";
  if (n >= 1'000'000) return fixed(value / 1e6, 1) + " M";
  if (n >= 1'000) return fixed(value / 1e3, 1) + " k";
  return std::to_string(n);
}

std::string shape_text(const std::vector<std::uint64_t>& shape) {
  std::string out;
  for (const std::uint64_t n : shape) {
    out += (out.empty() ? "" : " x ") + std::to_string(n);
  }
  return out.empty() ? "scalar" : out;
}

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

Value to_value(const ModelTarget& target, const Inspection& m,
               const RecipeMatch& recipe) {
  Value out;
  out.set("target", target.name).set("format", m.format);
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
  out.set("metadata", metadata_value(m)).set("tensors", tensors_value(m));
  return out;
}

// The lines of the human answer; each is left out when it says nothing.
std::string title(const ModelTarget& target, const Inspection& m) {
  std::string out = target.name + "  " + m.format;
  if (!m.version.empty()) out += " v" + m.version;
  if (!m.architecture.empty()) out += ", " + m.architecture;
  out +=
      ", " + count(m.parameters) + " parameters, " + format_bytes(m.file_bytes);
  if (m.bytes_fetched != 0) {
    out += "  (read " + format_bytes(m.bytes_fetched) + " of it)";
  }
  return out;
}

std::string facts_line(const ModelFacts& f) {
  std::string out;
  const auto add = [&](std::string_view name, const std::string& text) {
    out += (out.empty() ? "  " : " · ") + std::string(name) + " " + text;
  };
  if (f.layers != 0) add("layers", std::to_string(f.layers));
  if (f.embedding != 0) add("embd", std::to_string(f.embedding));
  if (f.heads != 0) {
    add("heads", std::to_string(f.heads) + "/" + std::to_string(f.heads_kv));
  }
  if (f.feed_forward != 0) add("ffn", std::to_string(f.feed_forward));
  if (f.experts != 0) {
    add("experts",
        std::to_string(f.experts_used) + " of " + std::to_string(f.experts));
  }
  if (f.vocabulary != 0) add("vocab", std::to_string(f.vocabulary));
  if (f.context != 0) add("context", std::to_string(f.context));
  if (f.sliding_window != 0) add("window", std::to_string(f.sliding_window));
  if (f.rope_base > 0) {
    add("rope",
        shortest(f.rope_base) +
            (f.rope_scaling.empty() ? "" : " (" + f.rope_scaling + ")"));
  }
  return out;
}

std::string shares(const Inspection& m) {
  std::string out = "  weights ";
  for (const TypeShare& t : m.types) {
    const double share = m.parameters == 0
                             ? 0
                             : 100.0 * static_cast<double>(t.parameters) /
                                   static_cast<double>(m.parameters);
    out += " " + t.type + (share < 1 ? " <1 %" : " " + fixed(share, 0) + " %") +
           " ";
  }
  return out + "  " + fixed(m.bits_per_weight, 2) + " bits a weight";
}

std::string parts_line(const Inspection& m) {
  std::string out = "  parts   ";
  for (const ModelPart& p : m.parts) {
    out += " " + p.name + " " + count(p.parameters) + " ";
  }
  return out;
}

std::string tokens_line(const Inspection& m) {
  std::string out = "  tokens   ";
  const ModelTokenizer& t = m.tokenizer;
  out += t.kind.empty() ? "none" : t.kind;
  if (!t.pre.empty()) out += ", pre " + t.pre;
  if (t.tokens != 0) out += ", " + std::to_string(t.tokens);
  if (!t.bos.empty()) out += ", bos " + t.bos;
  if (!t.eos.empty()) out += ", eos " + t.eos;
  out += "  template: ";
  if (!m.chat_template.present) return out + "no";
  return out + (m.chat_template.tools ? "yes (tools) " : "yes ") +
         m.chat_template.sha256.substr(0, 12);
}

std::string missing_line(const Inspection& m) {
  std::string out = "  lacks   ";
  for (std::size_t i = 0; i < m.missing.size(); ++i) {
    out += (i == 0 ? " " : "; ") + m.missing[i].text;
  }
  return out;
}

std::string recipe_text(const RecipeMatch& recipe) {
  if (recipe.type.empty()) return "";
  if (recipe.different == 0) return ", recipe " + recipe.type + " (matches)";
  return ", recipe " + recipe.type + " (" + std::to_string(recipe.different) +
         " of " + std::to_string(recipe.tensors) + " tensors differ)";
}

std::string checks_line(const Inspection& m, const RecipeMatch& recipe) {
  std::string out = "  checks   ";
  if (!m.problems.empty()) {
    return out + std::to_string(m.problems.size()) + " problems" +
           recipe_text(recipe);
  }
  out += "all " + std::to_string(m.tensors.size()) + " tensors in bounds";
  if (m.shapes_checked) out += ", shapes as the architecture wants";
  if (m.values_checked) out += ", values finite";
  return out + recipe_text(recipe);
}

void show(Out& out, const ModelTarget& target, const Inspection& m,
          const RecipeMatch& recipe) {
  out.text(title(target, m));
  if (const std::string line = facts_line(m.facts); !line.empty()) {
    out.text(line);
  }
  if (!m.tensors.empty()) {
    out.text(shares(m));
    out.text(parts_line(m));
  }
  out.text(tokens_line(m));
  if (!m.missing.empty()) out.text(missing_line(m));
  out.text(checks_line(m, recipe));
  for (const ModelProblem& p : m.problems) {
    out.text("  problem  " + p.where + ": " + p.text);
  }
  for (const std::string& example : recipe.examples) {
    out.text("  differs  " + example);
  }
}

void list_tensors(Out& out, const Inspection& m) {
  std::vector<Value> rows;
  for (const ModelTensor& t : m.tensors) {
    rows.push_back(Value()
                       .set("name", t.name)
                       .set("shape", shape_text(t.shape))
                       .set("dtype", t.type)
                       .set("bytes", t.bytes)
                       .set("file", t.file));
  }
  out.table(rows, {.id = "name"});
}

void list_metadata(Out& out, const Inspection& m) {
  std::vector<Value> rows;
  for (const ModelMetadata& entry : m.metadata) {
    std::string value = entry.json;
    if (entry.length != 0) {
      value = "(" + std::to_string(entry.length) + ") " + value;
    }
    rows.push_back(Value()
                       .set("key", entry.key)
                       .set("type", entry.type)
                       .set("value", value));
  }
  out.table(rows, {.id = "key"});
}

Result<void> run(App& app, const Args& args) {
  const ModelTarget target = HUG_TRY(open_model_target(app, args));
  const bool check = args.flag("check");
  const Inspection m = HUG_TRY(
      inspect(*target.files, {.gguf = target.gguf, .check_values = check}));
  RecipeMatch recipe;
  if (check && m.format == "gguf") {
    auto match = match_recipe(*target.files, m.files.front());
    if (match) recipe = std::move(*match);
  }
  Out& out = app.out();
  if (out.mode() == Mode::kJson) {
    out.json_line(to_value(target, m, recipe));
  } else {
    const bool lists = args.flag("tensors") || args.flag("metadata");
    if (!out.quiet() || !lists) show(out, target, m, recipe);
    if (args.flag("metadata")) list_metadata(out, m);
    if (args.flag("tensors")) list_tensors(out, m);
  }
  if (!m.problems.empty()) {
    return Error(Code::kCorrupt, "'" + target.name + "' has " +
                                     std::to_string(m.problems.size()) +
                                     " problems");
  }
  return {};
}

}  // namespace

extern constexpr Command kInspect{
    .name = "inspect",
    .summary = "Show what a model is, and whether its files are sound.",
    .details =
        "Kind, architecture, parameters by part, types, metadata, tensors, "
        "tokenizer and template, from the headers alone: a model on a hub is "
        "described without downloading it.",
    .options = kOptions,
    .examples = kExamples,
    .see_also = kSee,
    .section = "Run",
    .run = run,
};
static_assert(well_formed(kInspect));

}  // namespace hug::cli::cmd
