#include "cmd/catalog/wire.h"

#include <algorithm>

namespace hug::cli::cmd {

namespace {

enum class Form : std::uint8_t { kPlain, kDate, kCard, kSiblings, kRuntime };

struct Field {
  std::string_view name;  // as shown
  std::string_view wire;  // as the hub names it
  Form form = Form::kPlain;
};

constexpr Field kModelFields[] = {
    {"id", "id"},
    {"author", "author"},
    {"base_models", "baseModels"},
    {"card_data", "cardData", Form::kCard},
    {"children_model_count", "childrenModelCount"},
    {"config", "config"},
    {"created_at", "createdAt", Form::kDate},
    {"disabled", "disabled"},
    {"downloads", "downloads"},
    {"downloads_all_time", "downloadsAllTime"},
    {"eval_results", "evalResults"},
    {"gated", "gated"},
    {"gguf", "gguf"},
    {"inference", "inference"},
    {"inference_provider_mapping", "inferenceProviderMapping"},
    {"last_modified", "lastModified", Form::kDate},
    {"library_name", "library_name"},
    {"likes", "likes"},
    {"mask_token", "mask_token"},
    {"model_index", "model-index"},
    {"pipeline_tag", "pipeline_tag"},
    {"private", "private"},
    {"resource_group", "resourceGroup"},
    {"safetensors", "safetensors"},
    {"security_repo_status", "securityRepoStatus"},
    {"sha", "sha"},
    {"siblings", "siblings", Form::kSiblings},
    {"spaces", "spaces"},
    {"tags", "tags"},
    {"transformers_info", "transformersInfo"},
    {"trending_score", "trendingScore"},
    {"used_storage", "usedStorage"},
    {"widget_data", "widgetData"},
};

constexpr Field kDatasetFields[] = {
    {"id", "id"},
    {"author", "author"},
    {"card_data", "cardData", Form::kCard},
    {"citation", "citation"},
    {"created_at", "createdAt", Form::kDate},
    {"description", "description"},
    {"disabled", "disabled"},
    {"downloads", "downloads"},
    {"downloads_all_time", "downloadsAllTime"},
    {"gated", "gated"},
    {"last_modified", "lastModified", Form::kDate},
    {"likes", "likes"},
    {"main_size", "mainSize"},
    {"paperswithcode_id", "paperswithcode_id"},
    {"private", "private"},
    {"resource_group", "resourceGroup"},
    {"sha", "sha"},
    {"siblings", "siblings", Form::kSiblings},
    {"tags", "tags"},
    {"trending_score", "trendingScore"},
    {"used_storage", "usedStorage"},
};

constexpr Field kSpaceFields[] = {
    {"id", "id"},
    {"author", "author"},
    {"card_data", "cardData", Form::kCard},
    {"created_at", "createdAt", Form::kDate},
    {"datasets", "datasets"},
    {"disabled", "disabled"},
    {"gated", "gated"},
    {"host", "host"},
    {"last_modified", "lastModified", Form::kDate},
    {"likes", "likes"},
    {"models", "models"},
    {"private", "private"},
    {"region", "region"},
    {"resource_group", "resourceGroup"},
    {"runtime", "runtime", Form::kRuntime},
    {"sdk", "sdk"},
    {"sha", "sha"},
    {"siblings", "siblings", Form::kSiblings},
    {"subdomain", "subdomain"},
    {"tags", "tags"},
    {"trending_score", "trendingScore"},
    {"used_storage", "usedStorage"},
};

constexpr std::string_view kModelExpand[] = {"author",
                                             "baseModels",
                                             "cardData",
                                             "childrenModelCount",
                                             "config",
                                             "createdAt",
                                             "disabled",
                                             "downloads",
                                             "downloadsAllTime",
                                             "evalResults",
                                             "gated",
                                             "gguf",
                                             "inference",
                                             "inferenceProviderMapping",
                                             "lastModified",
                                             "library_name",
                                             "likes",
                                             "mask_token",
                                             "model-index",
                                             "pipeline_tag",
                                             "private",
                                             "resourceGroup",
                                             "safetensors",
                                             "sha",
                                             "siblings",
                                             "spaces",
                                             "tags",
                                             "transformersInfo",
                                             "trendingScore",
                                             "usedStorage",
                                             "widgetData"};
constexpr std::string_view kDatasetExpand[] = {"author",
                                               "cardData",
                                               "citation",
                                               "createdAt",
                                               "description",
                                               "disabled",
                                               "downloads",
                                               "downloadsAllTime",
                                               "gated",
                                               "lastModified",
                                               "likes",
                                               "mainSize",
                                               "paperswithcode_id",
                                               "private",
                                               "resourceGroup",
                                               "sha",
                                               "siblings",
                                               "tags",
                                               "trendingScore",
                                               "usedStorage"};
constexpr std::string_view kSpaceExpand[] = {
    "author",        "cardData", "createdAt",     "datasets",   "disabled",
    "lastModified",  "likes",    "models",        "private",    "region",
    "resourceGroup", "runtime",  "sdk",           "sha",        "siblings",
    "subdomain",     "tags",     "trendingScore", "usedStorage"};

// Known fields of a card come first, in this order.
constexpr std::string_view kModelCard[] = {
    "base_model", "datasets",     "language",     "library_name",
    "license",    "license_name", "license_link", "metrics",
    "model_name", "pipeline_tag", "tags"};
constexpr std::string_view kDatasetCard[] = {"annotations_creators",
                                             "language_creators",
                                             "language",
                                             "license",
                                             "multilinguality",
                                             "size_categories",
                                             "source_datasets",
                                             "task_categories",
                                             "task_ids",
                                             "paperswithcode_id",
                                             "pretty_name",
                                             "config_names"};
constexpr std::string_view kSpaceCard[] = {
    "title",    "sdk",      "sdk_version", "python_version",
    "app_file", "app_port", "license",     "duplicated_from",
    "models",   "datasets", "tags"};

std::span<const Field> fields_of(RepoType type) {
  if (type == RepoType::kDataset) return kDatasetFields;
  if (type == RepoType::kSpace) return kSpaceFields;
  return kModelFields;
}

std::span<const std::string_view> card_order(RepoType type) {
  if (type == RepoType::kDataset) return kDatasetCard;
  if (type == RepoType::kSpace) return kSpaceCard;
  return kModelCard;
}

Value siblings_json(const Value& wire) {
  Value out = Value::array();
  for (const Value& sibling : wire.items()) {
    Value one;
    one.set("rfilename", sibling["rfilename"]);
    one.set("size", sibling["size"]);
    one.set("blob_id", sibling["blobId"]);
    const Value& lfs = sibling["lfs"];
    if (lfs.is_object()) {
      one.set("lfs", Value()
                         .set("size", lfs["size"])
                         .set("sha256", lfs["sha256"])
                         .set("pointer_size", lfs["pointerSize"]));
    }
    out.push(std::move(one));
  }
  return out;
}

Value runtime_json(const Value& wire) {
  const Value& hardware = wire["hardware"];
  return Value()
      .set("stage", wire["stage"])
      .set("hardware", hardware["current"])
      .set("requested_hardware", hardware["requested"])
      .set("sleep_time", wire["gcTimeout"])
      .set("storage", wire["storage"])
      .set("dev_mode", wire["devMode"])
      .set("hot_reloading", wire["hotReloading"])
      .set("volumes", wire["volumes"])
      .set("raw", wire);
}

Value field_json(RepoType type, const Field& field, const Value& wire) {
  switch (field.form) {
    case Form::kDate:
      return wire.is_string() ? Value(iso_date(wire.as_string())) : Value();
    case Form::kCard:
      return wire.is_object() ? card_json(type, wire) : wire;
    case Form::kSiblings:
      return wire.is_array() ? siblings_json(wire) : Value();
    case Form::kRuntime:
      return wire.is_object() ? runtime_json(wire) : Value();
    case Form::kPlain:
      return wire;
  }
  return wire;
}

}  // namespace

std::span<const std::string_view> expand_names(RepoType type) {
  if (type == RepoType::kDataset) return kDatasetExpand;
  if (type == RepoType::kSpace) return kSpaceExpand;
  return kModelExpand;
}

std::string iso_date(std::string_view hub_date) {
  if (hub_date.size() < 19) return std::string(hub_date);
  std::string out(hub_date.substr(0, 19));
  std::string_view rest = hub_date.substr(19);
  if (rest.starts_with('.')) {
    const auto end =
        std::min(rest.find_first_not_of("0123456789", 1), rest.size());
    std::string micro(rest.substr(1, std::min<std::size_t>(end - 1, 6)));
    micro.resize(6, '0');
    if (micro != "000000") out += '.' + micro;
  }
  return out + "+00:00";
}

Value card_json(RepoType type, const Value& card) {
  Value out = Value::object();
  for (std::string_view key : card_order(type)) {
    if (const Value* value = card.find(key)) out.set(key, *value);
  }
  for (const auto& [key, value] : card.members()) {
    if (out.find(key) == nullptr) out.set(key, value);
  }
  Value kept = Value::object();
  for (const auto& [key, value] : out.members()) {
    if (!value.is_null()) kept.set(key, value);
  }
  return kept;
}

Result<Value> info_json(RepoType type, std::string_view hub_json) {
  const Value wire = HUG_TRY(Value::parse(hub_json));
  Value out = Value::object();
  for (const Field& field : fields_of(type)) {
    const Value* value = wire.find(field.wire);
    if (value == nullptr) value = wire.find(field.name);
    if (value == nullptr) continue;
    Value shown = field_json(type, field, *value).without_nulls();
    if (!shown.is_null()) out.set(field.name, std::move(shown));
  }
  return out;
}

Value entry_json(const TreeEntry& entry) {
  Value out;
  out.set("path", entry.path);
  if (entry.folder) {
    out.set("tree_id", entry.blob_id);
  } else {
    out.set("size", entry.size);
    out.set("blob_id", entry.blob_id);
    if (!entry.sha256.empty()) {
      out.set("lfs", Value()
                         .set("size", entry.size)
                         .set("sha256", entry.sha256)
                         .set("pointer_size", entry.pointer_size));
    }
    out.set("xet_hash", Value::text_or_null(entry.xet_hash));
  }
  if (entry.last_commit) {
    out.set("last_commit", Value()
                               .set("oid", entry.last_commit->id)
                               .set("title", entry.last_commit->title)
                               .set("date", iso_date(entry.last_commit->date)));
  }
  if (!entry.json.empty() && !entry.folder) {
    const auto wire = Value::parse(entry.json);
    if (wire && (*wire)["securityFileStatus"].is_object()) {
      const Value& status = (*wire)["securityFileStatus"];
      out.set("security",
              Value()
                  .set("safe", status["status"].as_string() == "safe")
                  .set("status", status["status"])
                  .set("av_scan", status["avScan"])
                  .set("pickle_import_scan", status["pickleImportScan"]));
    }
  }
  return out.without_nulls();
}

}  // namespace hug::cli::cmd
