#include "hub/store/card.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "base/base.h"
#include "data/data.h"

namespace hug::hub {
namespace {

using Json = nlohmann::json;
using OrderedJson = nlohmann::ordered_json;

constexpr std::size_t kMaxTags = 1000;
constexpr std::size_t kMaxTagSize = 256;
constexpr std::size_t kMaxCached = 8;
constexpr std::uint64_t kMaxReadme = std::uint64_t{4} << 20;
constexpr std::uint64_t kMaxConfig = std::uint64_t{1} << 20;

void add_tag(std::vector<std::string>& tags, std::string tag) {
  if (tag.empty() || tag.size() > kMaxTagSize || tags.size() >= kMaxTags ||
      std::find(tags.begin(), tags.end(), tag) != tags.end()) {
    return;
  }
  tags.push_back(std::move(tag));
}

std::string text_of(const OrderedJson& value) {
  if (value.is_string()) return value.get<std::string>();
  if (value.is_number()) return value.dump();
  return {};
}

// A member that may be one value or a list of them, as tags.
void add_tags(std::vector<std::string>& tags, const OrderedJson& data,
              const char* key, const std::string& prefix) {
  const auto found = data.find(key);
  if (found == data.end()) return;
  const auto add = [&](const OrderedJson& value) {
    const std::string text = text_of(value);
    if (!text.empty()) add_tag(tags, prefix + text);
  };
  if (found->is_array()) {
    for (const OrderedJson& value : *found)
      add(value);
  } else {
    add(*found);
  }
}

std::string member_text(const OrderedJson& data, const char* key) {
  const auto found = data.find(key);
  return found == data.end() ? std::string() : text_of(*found);
}

struct Format {
  std::string_view ending;
  std::string_view tag;
};

constexpr Format kFormats[] = {
    {".gguf", "gguf"},  {".safetensors", "safetensors"},
    {".onnx", "onnx"},  {"pytorch_model.bin", "pytorch"},
    {".h5", "tf"},      {".tflite", "tflite"},
    {".msgpack", "jax"}};

void add_format_tags(std::vector<std::string>& tags, const Listing& listing) {
  for (const Format& format : kFormats) {
    const bool present = std::any_of(
        listing.entries.begin(), listing.entries.end(),
        [&](const ListedEntry& entry) {
          return !entry.folder && entry.path.ends_with(format.ending);
        });
    if (present) add_tag(tags, std::string(format.tag));
  }
}

// The members of config.json that infos show.
std::string pick_config(std::string_view text, std::vector<std::string>& tags) {
  if (text.empty()) return {};
  const auto parsed =
      data::parse_json(text, "config.json", {.bytes = kMaxConfig, .depth = 64});
  if (!parsed || !parsed->is_object()) return {};
  Json out = Json::object();
  for (const char* key : {"architectures", "model_type", "quantization_config",
                          "tokenizer_config"}) {
    if (parsed->contains(key)) out[key] = (*parsed)[key];
  }
  if (const auto type = data::find_string(*parsed, "model_type")) {
    add_tag(tags, *type);
  }
  return out.empty() ? std::string() : data::dump_json(out);
}

// Whether the model library can be told from the files alone.
std::string guess_library(const Listing& listing, const std::string& config) {
  if (listing.find("adapter_config.json") != nullptr) return "peft";
  if (listing.find("model_index.json") != nullptr) return "diffusers";
  if (config.find("\"model_type\"") != std::string::npos) {
    return "transformers";
  }
  return {};
}

std::string first_paragraph(std::string_view body) {
  for (std::string_view line : base::split(body, '\n')) {
    line = base::trim(line);
    if (line.empty() || line.front() == '#' || line.front() == '<') continue;
    return base::to_valid_utf8(line.substr(0, 500));
  }
  return {};
}

Result<std::string> read_text(const GitRepo& repo, const Listing& listing,
                              std::string_view path, std::uint64_t most) {
  const ListedEntry* entry = listing.find(path);
  if (entry == nullptr || entry->folder || entry->is_lfs() ||
      entry->size > most) {
    return std::string();
  }
  return repo.read(entry->oid, ObjectType::kBlob);
}

}  // namespace

CardFacts make_card(RepoKind kind, const Listing& listing,
                    std::string_view readme, std::string_view config) {
  CardFacts out;
  OrderedJson card = OrderedJson::object();
  const data::Card parts = data::split_card(readme);
  if (parts.has_front_matter) {
    auto parsed = data::parse_yaml(parts.front_matter, "README.md");
    if (parsed && parsed->is_object()) card = std::move(*parsed);
  }
  out.data = data::dump_json(card);
  out.pipeline_tag = member_text(card, "pipeline_tag");
  out.library_name = member_text(card, "library_name");
  add_tags(out.tags, card, "library_name", "");
  if (kind == RepoKind::kModel) add_format_tags(out.tags, listing);
  out.config = pick_config(config, out.tags);
  if (out.library_name.empty() && kind == RepoKind::kModel) {
    out.library_name = guess_library(listing, out.config);
    add_tag(out.tags, out.library_name);
  }
  add_tags(out.tags, card, "pipeline_tag", "");
  add_tags(out.tags, card, "tags", "");
  add_tags(out.tags, card, "language", "");
  add_tags(out.tags, card, "datasets", "dataset:");
  add_tags(out.tags, card, "base_model", "base_model:");
  if (kind == RepoKind::kDataset) {
    add_tags(out.tags, card, "task_categories", "task_categories:");
    add_tags(out.tags, card, "size_categories", "size_categories:");
    out.description = first_paragraph(parts.body);
  }
  add_tags(out.tags, card, "license", "license:");
  return out;
}

std::string format_card(const CardFacts& card) {
  Json out = {{"tags", card.tags},
              {"pipeline_tag", card.pipeline_tag},
              {"library_name", card.library_name},
              {"data", card.data},
              {"config", card.config},
              {"description", card.description}};
  return data::dump_json(out);
}

CardFacts parse_card(std::string_view json) {
  CardFacts out;
  const auto parsed = data::parse_json(json, "card");
  if (!parsed) return out;
  out.pipeline_tag = data::find_string(*parsed, "pipeline_tag").value_or("");
  out.library_name = data::find_string(*parsed, "library_name").value_or("");
  out.data = data::find_string(*parsed, "data").value_or("{}");
  out.config = data::find_string(*parsed, "config").value_or("");
  out.description = data::find_string(*parsed, "description").value_or("");
  if (const Json* tags = data::find_array(*parsed, "tags")) {
    for (const Json& tag : *tags) {
      if (tag.is_string()) out.tags.push_back(tag.get<std::string>());
    }
  }
  return out;
}

CardProblems check_card(std::string_view content) {
  CardProblems out;
  const data::Card parts = data::split_card(content);
  if (!parts.has_front_matter) {
    out.warnings.emplace_back("empty or missing yaml metadata in repo card");
    return out;
  }
  const auto parsed = data::parse_yaml(parts.front_matter, "README.md");
  if (!parsed) {
    out.errors.push_back(parsed.error().message());
  } else if (!parsed->is_object() && !parsed->is_null()) {
    out.errors.emplace_back("the metadata is no mapping of names to values");
  }
  return out;
}

Result<CardFactsPtr> CardCache::get(const GitRepo& repo, RepoKind kind,
                                    const ListingPtr& listing) {
  {
    const std::lock_guard lock(mutex_);
    for (const auto& [tree, card] : recent_) {
      if (tree == listing->tree) return card;
    }
  }
  const std::string readme =
      HUG_TRY(read_text(repo, *listing, "README.md", kMaxReadme));
  const std::string config =
      HUG_TRY(read_text(repo, *listing, "config.json", kMaxConfig));
  auto out =
      std::make_shared<CardFacts>(make_card(kind, *listing, readme, config));
  const std::lock_guard lock(mutex_);
  recent_.emplace_front(listing->tree, out);
  if (recent_.size() > kMaxCached) recent_.pop_back();
  return CardFactsPtr(out);
}

}  // namespace hug::hub
