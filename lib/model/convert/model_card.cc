#include "convert/model_card.h"

#include <nlohmann/json.hpp>

#include "base/strings.h"
#include "convert/model_id.h"
#include "data/yaml.h"

namespace hug::convert {

using Yaml = nlohmann::ordered_json;

namespace {

const Yaml* find(const Yaml& card, std::string_view key) {
  const auto it = card.find(key);
  return it != card.end() ? &*it : nullptr;
}

std::optional<std::string> scalar(const Yaml& value) {
  if (value.is_string()) return value.get<std::string>();
  if (value.is_number() || value.is_boolean()) return value.dump();
  return std::nullopt;
}

// The first spelling that is there, if nothing was found before.
void take(const Yaml& card, std::initializer_list<std::string_view> keys,
          std::optional<std::string>& out) {
  for (const std::string_view key : keys) {
    if (out) return;
    if (const Yaml* value = find(card, key)) out = scalar(*value);
  }
}

void take_list(const Yaml& card, std::initializer_list<std::string_view> keys,
               std::vector<std::string>& out) {
  for (const std::string_view key : keys) {
    const Yaml* value = find(card, key);
    if (value == nullptr) continue;
    if (value->is_string()) out.push_back(value->get<std::string>());
    if (!value->is_array()) continue;
    for (const Yaml& item : *value)
      if (const auto text = scalar(item)) out.push_back(*text);
  }
}

CardSource source_of_id(const std::string& id, std::uint64_t n_parameters) {
  CardSource out;
  std::string_view name = id;
  const bool address = id.starts_with("http://") ||
                       id.starts_with("https://") || id.starts_with("ssh://");
  if (address) {
    out.repo_url = id;
    const auto at = id.find("://huggingface.co/");
    if (at == std::string::npos || id.starts_with("ssh://")) return out;
    name = std::string_view(id).substr(at + 18);
    if (base::split(name, '/').size() != 2) return out;
  }
  const ModelId parsed = parse_model_id(name, n_parameters);
  if (parsed.name) out.name = title_of(*parsed.name);
  if (parsed.organization) out.organization = title_of(*parsed.organization);
  out.version = parsed.version;
  if (!address && parsed.organization && parsed.name)
    out.repo_url =
        "https://huggingface.co/" + *parsed.organization + "/" + *parsed.name;
  return out;
}

CardSource source_of_object(const Yaml& value) {
  CardSource out;
  take(value, {"name"}, out.name);
  take(value, {"author"}, out.author);
  take(value, {"version"}, out.version);
  take(value, {"organization"}, out.organization);
  take(value, {"description"}, out.description);
  take(value, {"url"}, out.url);
  take(value, {"doi"}, out.doi);
  take(value, {"uuid"}, out.uuid);
  take(value, {"repo_url"}, out.repo_url);
  return out;
}

std::optional<std::vector<CardSource>> take_sources(
    const Yaml& card, std::initializer_list<std::string_view> keys,
    std::uint64_t n_parameters) {
  for (const std::string_view key : keys) {
    const Yaml* value = find(card, key);
    if (value == nullptr) continue;
    std::vector<CardSource> out;
    if (value->is_string())
      out.push_back(source_of_id(value->get<std::string>(), n_parameters));
    if (value->is_array())
      for (const Yaml& item : *value) {
        if (item.is_object()) out.push_back(source_of_object(item));
        if (item.is_string())
          out.push_back(source_of_id(item.get<std::string>(), n_parameters));
      }
    return out;
  }
  return std::nullopt;
}

void take_license(const Yaml& card, CardFacts& out) {
  if (const Yaml* value = find(card, "license")) {
    if (value->is_array()) {
      std::vector<std::string> names;
      take_list(card, {"license"}, names);
      out.license = base::join(names, ",");
    } else {
      out.license = scalar(*value);
    }
  }
  take(card, {"license_name"}, out.license_name);
  take(card, {"license_link"}, out.license_link);
}

}  // namespace

Result<CardFacts> read_model_card(arch::Repository& files,
                                  std::uint64_t n_parameters) {
  CardFacts out;
  const auto text = HUG_TRY(files.text("README.md"));
  if (!text || !text->starts_with("---")) return out;
  const data::Card parts = data::split_card(*text);
  if (!parts.has_front_matter) return out;
  const std::string spaced = base::replace_all(parts.front_matter, "\t", "  ");
  const auto parsed = data::parse_yaml(spaced, "README.md");
  if (!parsed || !parsed->is_object()) return out;
  const Yaml& card = *parsed;
  take(card, {"name", "model_name"}, out.name);
  take(card, {"author", "model_author", "model_creator"}, out.author);
  take(card, {"version", "model_version"}, out.version);
  take(card, {"organization", "model_organization"}, out.organization);
  take(card, {"description", "model_description"}, out.description);
  take(card, {"finetune", "model_finetune"}, out.finetune);
  take(card, {"basename", "model_basename", "model_type"}, out.basename);
  take(card, {"size_label", "model_size_label"}, out.size_label);
  take(card, {"url", "model_url"}, out.source_url);
  take(card, {"doi", "model_doi"}, out.source_doi);
  take(card, {"uuid", "model_uuid"}, out.source_uuid);
  take(card, {"repo_url", "model_repo_url"}, out.source_repo_url);
  out.base_models = take_sources(
      card, {"base_model", "base_models", "base_model_sources"}, n_parameters);
  out.datasets = take_sources(card, {"datasets", "dataset", "dataset_sources"},
                              n_parameters);
  take_license(card, out);
  take_list(card, {"tags", "pipeline_tag"}, out.tags);
  take_list(card, {"languages", "language"}, out.languages);
  return out;
}

}  // namespace hug::convert
