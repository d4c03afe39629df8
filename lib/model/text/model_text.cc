// Where repositories (as transformers writes them) and gguf files keep their
// tokenizer and their chat templates.
#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>
#include <utility>

#include "data/json.h"
#include "format/gguf.h"
#include "hug/chat_template.h"
#include "text/gguf_tokenizer.h"

namespace hug {

namespace {

constexpr std::uint64_t kMaxConfig = 64u << 20;

void add(ModelText& out, std::string name, std::string source) {
  const auto same =
      std::find_if(out.templates.begin(), out.templates.end(),
                   [&](const NamedTemplate& t) { return t.name == name; });
  if (same != out.templates.end()) return;  // the first place wins
  NamedTemplate t{std::move(name), std::move(source)};
  const bool first = t.name == "default";
  out.templates.insert(first ? out.templates.begin() : out.templates.end(),
                       std::move(t));
}

// "chat_template": a string, or a list of {"name", "template"}.
void add_from_json(ModelText& out, const nlohmann::json& config) {
  if (const auto text = data::find_string(config, "chat_template")) {
    add(out, "default", *text);
  } else if (const auto* list = data::find_array(config, "chat_template")) {
    for (const auto& one : *list) {
      add(out, data::find_string(one, "name").value_or("default"),
          data::find_string(one, "template").value_or(""));
    }
  }
}

// A special token is a string or {"content": ...}.
std::string token_text(const nlohmann::json& config, std::string_view key) {
  if (const auto text = data::find_string(config, key)) return *text;
  const auto* object = data::find_object(config, key);
  if (object == nullptr) return "";
  return data::find_string(*object, "content").value_or("");
}

// The only file of a set, when it is a gguf file.
Result<ByteSourcePtr> lone_gguf(const FileSet& files) {
  if (files.files().size() != 1) return ByteSourcePtr();
  auto source = HUG_TRY(files.open(files.files().front().path));
  if (!format::looks_like_gguf(*source)) return ByteSourcePtr();
  return source;
}

}  // namespace

namespace text {

ModelText read_model_text(const format::GgufMetadata& kv) {
  ModelText out;
  if (const auto t = kv.find_string("tokenizer.chat_template")) {
    add(out, "default", std::string(*t));
  }
  for (const auto& [key, value] : kv) {
    constexpr std::string_view kPrefix = "tokenizer.chat_template.";
    if (!key.starts_with(kPrefix)) continue;
    if (const auto* text = std::get_if<std::string>(&value)) {
      add(out, key.substr(kPrefix.size()), *text);
    }
  }
  const auto* tokens = kv.find_strings("tokenizer.ggml.tokens");
  const auto named = [&](std::string_view key) -> std::string {
    const auto id = kv.find_unsigned(key);
    if (!id || tokens == nullptr || *id >= tokens->size()) return "";
    return std::string((*tokens)[static_cast<std::size_t>(*id)]);
  };
  out.bos_token = named("tokenizer.ggml.bos_token_id");
  out.eos_token = named("tokenizer.ggml.eos_token_id");
  return out;
}

}  // namespace text

Result<ModelText> read_model_text(const FileSet& files) {
  if (const auto gguf = HUG_TRY(lone_gguf(files))) {
    format::GgufReadOptions options;
    options.require_data = false;
    return text::read_model_text(
        HUG_TRY(format::read_gguf(*gguf, options)).metadata);
  }
  ModelText out;
  if (files.find("chat_template.jinja") != nullptr) {
    add(out, "default",
        HUG_TRY(files.read_text("chat_template.jinja", kMaxConfig)));
  }
  constexpr std::string_view kFolder = "additional_chat_templates/";
  constexpr std::string_view kSuffix = ".jinja";
  for (const FileInfo& f : files.files()) {
    if (!f.path.starts_with(kFolder) || !f.path.ends_with(kSuffix)) continue;
    add(out,
        f.path.substr(kFolder.size(),
                      f.path.size() - kFolder.size() - kSuffix.size()),
        HUG_TRY(files.read_text(f.path, kMaxConfig)));
  }
  for (const std::string_view name :
       {"tokenizer_config.json", "chat_template.json",
        "processor_config.json"}) {
    if (files.find(name) == nullptr) continue;
    const auto config = HUG_TRY(
        data::parse_json(HUG_TRY(files.read_text(name, kMaxConfig)), name));
    add_from_json(out, config);
    if (out.bos_token.empty()) out.bos_token = token_text(config, "bos_token");
    if (out.eos_token.empty()) out.eos_token = token_text(config, "eos_token");
  }
  return out;
}

Result<Tokenizer> open_tokenizer(const FileSet& files) {
  if (files.files().size() == 1) {
    return Tokenizer::open(*HUG_TRY(files.open(files.files().front().path)));
  }
  if (files.find("tokenizer.json") != nullptr) {
    return Tokenizer::open(*HUG_TRY(files.open("tokenizer.json")));
  }
  return Error(Code::kNotFound, files.name() + " has no tokenizer.json")
      .hint("name a gguf file or a repository with a tokenizer.json");
}

}  // namespace hug
