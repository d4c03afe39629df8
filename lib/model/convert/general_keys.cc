#include "convert/general_keys.h"

#include <nlohmann/json.hpp>
#include <optional>

#include "base/strings.h"
#include "convert/model_card.h"
#include "convert/model_id.h"
#include "data/json.h"

namespace hug::convert {

using arch::ParameterCount;
using arch::Repository;

using nlohmann::json;

namespace {

// generation_config.json -> general.sampling.*, in the order of the keys.
void write_sampling(const json& config, format::GgufMetadata& out) {
  enum class Type { kText, kInt, kFloat };

  struct Row {
    const char* key;
    Type type;
    std::initializer_list<const char*> names;
  };

  static const Row kRows[] = {
      {"sequence", Type::kText, {"sequence"}},
      {"top_k", Type::kInt, {"top_k"}},
      {"top_p", Type::kFloat, {"top_p"}},
      {"min_p", Type::kFloat, {"min_p"}},
      {"xtc_probability", Type::kFloat, {"xtc_probability"}},
      {"xtc_threshold", Type::kFloat, {"xtc_threshold"}},
      {"temp", Type::kFloat, {"temperature"}},
      {"penalty_last_n", Type::kInt, {"penalty_last_n"}},
      {"penalty_repeat",
       Type::kFloat,
       {"penalty_repeat", "repetition_penalty"}},
      {"mirostat", Type::kInt, {"mirostat"}},
      {"mirostat_tau", Type::kFloat, {"mirostat_tau"}},
      {"mirostat_eta", Type::kFloat, {"mirostat_eta"}},
  };
  for (const Row& row : kRows) {
    const json* value = nullptr;
    for (const char* name : row.names)
      if (value == nullptr) value = data::find_member(config, name);
    if (value == nullptr || value->is_null()) continue;
    const std::string key = std::string("general.sampling.") + row.key;
    if (row.type == Type::kText && value->is_string() && !value->empty())
      out.set(key, value->get<std::string>());
    if (row.type == Type::kFloat && value->is_number())
      out.set(key, value->get<float>());
    if (row.type == Type::kInt && value->is_number_integer())
      out.set(key, value->get<std::int32_t>());
  }
}

void fill(std::optional<std::string>& to, std::optional<std::string> from) {
  if (!to) to = std::move(from);
}

void fill_from_id(CardFacts& facts, const ModelId& id) {
  const auto title = [](const std::optional<std::string>& text) {
    return text ? std::optional<std::string>(title_of(*text)) : std::nullopt;
  };
  fill(facts.name, title(id.name));
  fill(facts.organization, title(id.organization));
  fill(facts.basename, id.basename);
  fill(facts.finetune, id.finetune);
  fill(facts.version, id.version);
  fill(facts.size_label, id.size_label);
}

void set_text(format::GgufMetadata& out, std::string_view key,
              const std::optional<std::string>& value) {
  if (value && !value->empty()) out.set(key, *value);
}

void set_list(format::GgufMetadata& out, std::string_view key,
              const std::vector<std::string>& values) {
  if (values.empty()) return;
  format::StringArray array;
  for (const std::string& value : values)
    array.push_back(value);
  out.set(key, format::GgufArray(std::move(array)));
}

void write_sources(format::GgufMetadata& out, const std::string& prefix,
                   const std::optional<std::vector<CardSource>>& sources) {
  if (!sources) return;
  out.set("general." + prefix + ".count",
          static_cast<std::uint32_t>(sources->size()));
  for (std::size_t i = 0; i < sources->size(); ++i) {
    const std::string key = "general." + prefix + "." + std::to_string(i) + ".";
    const CardSource& source = (*sources)[i];
    set_text(out, key + "name", source.name);
    set_text(out, key + "author", source.author);
    set_text(out, key + "version", source.version);
    set_text(out, key + "organization", source.organization);
    set_text(out, key + "description", source.description);
    set_text(out, key + "url", source.url);
    set_text(out, key + "doi", source.doi);
    set_text(out, key + "uuid", source.uuid);
    set_text(out, key + "repo_url", source.repo_url);
  }
}

void write_facts(const CardFacts& facts, format::GgufMetadata& out) {
  set_text(out, "general.name", facts.name);
  set_text(out, "general.author", facts.author);
  set_text(out, "general.version", facts.version);
  set_text(out, "general.organization", facts.organization);
  set_text(out, "general.finetune", facts.finetune);
  set_text(out, "general.basename", facts.basename);
  set_text(out, "general.description", facts.description);
  set_text(out, "general.quantized_by", facts.quantized_by);
  set_text(out, "general.size_label", facts.size_label);
  set_text(out, "general.license", facts.license);
  set_text(out, "general.license.name", facts.license_name);
  set_text(out, "general.license.link", facts.license_link);
  set_text(out, "general.url", facts.url);
  set_text(out, "general.doi", facts.doi);
  set_text(out, "general.uuid", facts.uuid);
  set_text(out, "general.repo_url", facts.repo_url);
  set_text(out, "general.source.url", facts.source_url);
  set_text(out, "general.source.doi", facts.source_doi);
  set_text(out, "general.source.uuid", facts.source_uuid);
  set_text(out, "general.source.repo_url", facts.source_repo_url);
  write_sources(out, "base_model", facts.base_models);
  write_sources(out, "dataset", facts.datasets);
  set_list(out, "general.tags", facts.tags);
  set_list(out, "general.languages", facts.languages);
}

void replace(CardFacts& facts, const std::map<std::string, std::string>& with) {
  const std::pair<const char*, std::optional<std::string>*> fields[] = {
      {"general.name", &facts.name},
      {"general.author", &facts.author},
      {"general.version", &facts.version},
      {"general.organization", &facts.organization},
      {"general.finetune", &facts.finetune},
      {"general.basename", &facts.basename},
      {"general.description", &facts.description},
      {"general.quantized_by", &facts.quantized_by},
      {"general.size_label", &facts.size_label},
      {"general.license", &facts.license},
      {"general.license.name", &facts.license_name},
      {"general.license.link", &facts.license_link},
      {"general.url", &facts.url},
      {"general.doi", &facts.doi},
      {"general.uuid", &facts.uuid},
      {"general.repo_url", &facts.repo_url},
      {"general.source.url", &facts.source_url},
      {"general.source.doi", &facts.source_doi},
      {"general.source.uuid", &facts.source_uuid},
      {"general.source.repo_url", &facts.source_repo_url},
  };
  for (const auto& [key, field] : fields) {
    const auto it = with.find(key);
    if (it != with.end()) *field = it->second;
  }
}

}  // namespace

Result<void> write_general_keys(Repository& files, const ParameterCount& count,
                                const GeneralOptions& options,
                                format::GgufMetadata& out) {
  if (files.has("generation_config.json")) {
    // A file that cannot be read says nothing.
    const auto config = files.json("generation_config.json");
    if (config && *config != nullptr) write_sampling(**config, out);
  }
  CardFacts facts = HUG_TRY(read_model_card(files, count.total));
  if (const json* config = HUG_TRY(files.json("config.json"))) {
    const auto path = data::find_string(*config, "_name_or_path");
    if (path && base::split(*path, '/').size() <= 2)
      fill_from_id(facts, parse_model_id(*path, count.total));
  }
  fill_from_id(facts, parse_model_id(files.name(), count.total));
  replace(facts, options.metadata);
  if (!options.model_name.empty()) facts.name = options.model_name;
  if (!facts.name) facts.name = files.name();
  if (!facts.size_label && count.total > 0)
    facts.size_label =
        size_label_of(count.total, count.shared, count.expert, count.n_expert);
  write_facts(facts, out);
  return {};
}

}  // namespace hug::convert
