// hug inspect
#include "hug/inspect.h"

#include <algorithm>
#include <cstdio>

#include "cmd/model/inspect_json.h"
#include "cmd/model/model_target.h"
#include "hug/fit.h"
#include "hug/text.h"

namespace hug::cli::cmd {

namespace {

constexpr Option kOptions[] = {
    kModelTarget,
    {.name = "tensors",
     .help = "List every tensor, whatever has to be fetched for it."},
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

// What may be fetched of a checkpoint on a hub when nothing more is asked for.
constexpr std::uint64_t kMostFetched = 100'000;

// The hub's numbers in place of an estimate.
void take_counts(const RepoInfo& info, Inspection& m) {
  if (info.weights.empty()) return;
  m.parameters = 0;
  m.types.clear();
  for (const WeightCount& weight : info.weights) {
    m.parameters += weight.count;
    m.types.push_back({.type = weight.type, .parameters = weight.count});
  }
  std::stable_sort(m.types.begin(), m.types.end(),
                   [](const TypeShare& a, const TypeShare& b) {
                     return a.parameters > b.parameters;
                   });
  if (m.parameters == 0) return;
  m.bits_per_weight = 8.0 * static_cast<double>(m.file_bytes) /
                      static_cast<double>(m.parameters);
}

Result<Inspection> inspect_target(App& app, const ModelTarget& target,
                                  const Args& args) {
  InspectOptions options{.gguf = target.gguf,
                         .check_values = args.flag("check")};
  if (target.remote && !options.check_values && !args.flag("tensors"))
    options.most_fetched = kMostFetched;
  Inspection m = HUG_TRY(inspect(*target.files, options));
  if (m.unread_weights == 0) return m;
  Hub* hub = HUG_TRY(app.hub());
  // Without it the estimate stands.
  const auto info =
      repo_info(*hub, target.repo,
                {.revision = target.commit, .expand = {"safetensors"}});
  if (info) take_counts(*info, m);
  return m;
}

// The lines of the human answer; each is left out when it says nothing.
std::string title(const ModelTarget& target, const Inspection& m) {
  std::string out = target.name + "  " + m.format;
  if (!m.version.empty()) out += " v" + m.version;
  if (!m.architecture.empty()) out += ", " + m.architecture;
  const bool about = m.unread_weights != 0 && m.types.empty();
  out += std::string(about ? ", about " : ", ") + count(m.parameters) +
         " parameters, " + format_bytes(m.file_bytes);
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
  if (m.unread_weights == 0) {
    out += "all " + std::to_string(m.tensors.size()) + " tensors in bounds";
  } else {
    out += std::to_string(m.tensors.size()) + " tensors of " +
           std::to_string(m.files.size() - m.unread_weights) +
           " files in bounds";
  }
  if (m.shapes_checked) out += ", shapes as the architecture wants";
  if (m.values_checked) out += ", values finite";
  return out + recipe_text(recipe);
}

std::string unread_line(const Inspection& m) {
  std::string out = "  unread   ";
  const std::size_t small = m.unread.size() - m.unread_weights;
  for (std::size_t i = 0; i < small; ++i)
    out += m.unread[i] + ", ";
  if (m.unread_weights != 0) {
    out += std::to_string(m.unread_weights) + " of " +
           std::to_string(m.files.size()) + " headers, ";
  }
  return out + "about " + format_bytes(m.unread_bytes) +
         "; --tensors reads them";
}

void show(Out& out, const ModelTarget& target, const Inspection& m,
          const RecipeMatch& recipe) {
  out.text(title(target, m));
  if (const std::string line = facts_line(m.facts); !line.empty()) {
    out.text(line);
  }
  if (!m.types.empty()) out.text(shares(m));
  if (!m.tensors.empty() && m.unread_weights == 0) out.text(parts_line(m));
  out.text(tokens_line(m));
  if (!m.missing.empty()) out.text(missing_line(m));
  out.text(checks_line(m, recipe));
  if (!m.unread.empty()) out.text(unread_line(m));
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
  const Inspection m = HUG_TRY(inspect_target(app, target, args));
  RecipeMatch recipe;
  if (args.flag("check") && m.format == "gguf") {
    auto match = match_recipe(*target.files, m.files.front());
    if (match) recipe = std::move(*match);
  }
  Out& out = app.out();
  if (out.mode() == Mode::kJson) {
    out.json_line(inspection_json(target.name, m, recipe));
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
        "described without downloading it. Of a checkpoint there 100 kB are "
        "read at most; what does not fit is told by the hub's own count, "
        "unless --tensors or --check asks for all of it.",
    .options = kOptions,
    .examples = kExamples,
    .see_also = kSee,
    .section = "Run",
    .run = run,
};
static_assert(well_formed(kInspect));

}  // namespace hug::cli::cmd
