#include "convert/back_papers.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <vector>

#include "arch/config.h"
#include "convert/shards.h"
#include "data/json.h"
#include "sys/context.h"

namespace hug::convert {

using format::GgufMetadata;
using nlohmann::ordered_json;

namespace {

struct Renamed {
  const char* gguf;
  const char* paper;
};

// Whole numbers of the "tokenizer.ggml." keys that the decoder starts with.
constexpr Renamed kIds[] = {{"bos_token_id", "bos_token_id"},
                            {"padding_token_id", "pad_token_id"}};
constexpr Renamed kWholeSampling[] = {{"top_k", "top_k"}};
constexpr Renamed kSampling[] = {{"temp", "temperature"},
                                 {"top_p", "top_p"},
                                 {"min_p", "min_p"},
                                 {"penalty_repeat", "repetition_penalty"}};

// What the reader of cards takes back.
constexpr Renamed kCard[] = {{"license", "license"},
                             {"license.name", "license_name"},
                             {"license.link", "license_link"},
                             {"name", "model_name"},
                             {"author", "model_author"},
                             {"organization", "model_organization"},
                             {"version", "model_version"},
                             {"finetune", "model_finetune"},
                             {"basename", "model_basename"},
                             {"size_label", "model_size_label"},
                             {"description", "model_description"},
                             {"source.url", "model_url"},
                             {"source.doi", "model_doi"},
                             {"source.uuid", "model_uuid"},
                             {"source.repo_url", "model_repo_url"}};
constexpr Renamed kCardLists[] = {{"languages", "language"}, {"tags", "tags"}};
constexpr Renamed kSources[] = {{"base_model", "base_model"},
                                {"dataset", "datasets"}};
constexpr const char* kSourceFacts[] = {
    "name", "author", "version", "organization", "description",
    "url",  "doi",    "uuid",    "repo_url"};

constexpr std::string_view kHub = "https://huggingface.co/";

bool generates(const GgufMetadata& metadata) {
  const std::string arch(
      metadata.find_string("general.architecture").value_or(""));
  return !arch.empty() && arch != "t5encoder" &&
         metadata.find_bool(arch + ".attention.causal").value_or(true);
}

// The end of the text, of a turn, of a message: a generation stops at each.
std::vector<std::uint64_t> ends_of(const GgufMetadata& metadata) {
  std::vector<std::uint64_t> out;
  for (const char* kind : {"eos", "eot", "eom"}) {
    const auto id = metadata.find_unsigned("tokenizer.ggml." +
                                           std::string(kind) + "_token_id");
    if (id && std::ranges::find(out, *id) == out.end()) out.push_back(*id);
  }
  return out;
}

void add_sampling(const GgufMetadata& metadata, ordered_json& out) {
  const std::string at = "general.sampling.";
  const auto temperature = metadata.find_number(at + "temp");
  ordered_json values = ordered_json::object();
  for (const auto& [gguf, paper] : kSampling)
    if (const auto value = metadata.find_number(at + gguf))
      values[paper] = arch::shortest_decimal(static_cast<float>(*value));
  for (const auto& [gguf, paper] : kWholeSampling)
    if (const auto value = metadata.find_signed(at + gguf))
      values[paper] = *value;
  if (values.empty()) return;
  // transformers takes no temperature of 0: it says so in this way.
  const bool samples = !temperature || *temperature > 0;
  if (!samples) values.erase("temperature");
  out["do_sample"] = samples;
  out.update(values);
}

// Plain where YAML reads it as the same text, else in JSON's quotes, which it
// reads too.
std::string yaml_text(const std::string& text) {
  const auto is_plain = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '-' ||
           c == '/' || c == '_';
  };
  const bool word =
      text.size() > 5 && text[0] != '-' && std::ranges::all_of(text, is_plain);
  return word ? text : data::dump_json(nlohmann::json(text));
}

std::vector<std::string> texts_of(const GgufMetadata& metadata,
                                  const std::string& key) {
  std::vector<std::string> out;
  if (const auto* list = metadata.find_strings(key))
    for (std::size_t i = 0; i < list->size(); ++i)
      out.emplace_back((*list)[i]);
  return out;
}

// The model or data set that this one was made from: its id where it has one.
std::string source_text(const GgufMetadata& metadata, const std::string& key) {
  const auto address = metadata.find_string(key + "repo_url").value_or("");
  if (address.starts_with(kHub) &&
      std::ranges::count(address.substr(kHub.size()), '/') == 1)
    return yaml_text(std::string(address.substr(kHub.size())));
  ordered_json facts = ordered_json::object();
  for (const char* fact : kSourceFacts)
    if (const auto text = metadata.find_string(key + fact))
      facts[fact] = std::string(*text);
  return facts.empty() ? std::string() : data::dump_json(facts);
}

std::string list_text(const char* key, const std::vector<std::string>& items) {
  std::string out;
  for (const std::string& item : items)
    if (!item.empty()) out += "- " + item + '\n';
  return out.empty() ? out : std::string(key) + ":\n" + out;
}

}  // namespace

std::string make_generation_config(const GgufMetadata& metadata) {
  if (!generates(metadata)) return {};
  ordered_json out = ordered_json::object();
  for (const auto& [gguf, paper] : kIds)
    if (const auto id =
            metadata.find_unsigned("tokenizer.ggml." + std::string(gguf)))
      out[paper] = *id;
  const auto ends = ends_of(metadata);
  if (ends.size() == 1) out["eos_token_id"] = ends[0];
  if (ends.size() > 1) out["eos_token_id"] = ends;
  const std::string arch(
      metadata.find_string("general.architecture").value_or(""));
  if (const auto id = metadata.find_unsigned(arch + ".decoder_start_token_id"))
    out["decoder_start_token_id"] = *id;
  add_sampling(metadata, out);
  return out.empty() ? std::string()
                     : data::dump_json(out, {.indent = 2}) + '\n';
}

std::string make_model_card(const GgufMetadata& metadata) {
  const std::string at = "general.";
  std::string front;
  for (const auto& [gguf, paper] : kCard)
    if (const auto text = metadata.find_string(at + gguf))
      front += std::string(paper) + ": " + yaml_text(std::string(*text)) + '\n';
  for (const auto& [gguf, paper] : kCardLists) {
    auto items = texts_of(metadata, at + gguf);
    std::ranges::transform(items, items.begin(), yaml_text);
    front += list_text(paper, items);
  }
  for (const auto& [gguf, paper] : kSources) {
    const std::uint64_t n =
        metadata.find_unsigned(at + gguf + ".count").value_or(0);
    std::vector<std::string> items;
    for (std::uint64_t i = 0; i < std::min<std::uint64_t>(n, 1000); ++i)
      items.push_back(
          source_text(metadata, at + gguf + '.' + std::to_string(i) + '.'));
    front += list_text(paper, items);
  }
  if (front.empty()) return {};
  std::string out = "---\nlibrary_name: transformers\n" + front + "---\n";
  if (const auto name = metadata.find_string("general.name"))
    out += "\n# " + std::string(*name) + '\n';
  if (const auto text = metadata.find_string("general.description"))
    out += '\n' + std::string(*text) + '\n';
  return out + "\nMade from a gguf file.\n";
}

Result<void> write_papers(Context& context, const GgufMetadata& metadata,
                          const std::string& output, ConvertReport& report) {
  if (const std::string text = make_generation_config(metadata); !text.empty())
    HUG_TRY(
        write_small(context, output, "generation_config.json", text, report));
  const bool has_card =
      HUG_TRY(context.parts().fs->find_info(output + "/README.md")).has_value();
  const std::string card = make_model_card(metadata);
  if (card.empty() || has_card) return {};
  return write_small(context, output, "README.md", card, report);
}

}  // namespace hug::convert
