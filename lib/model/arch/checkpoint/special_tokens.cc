#include "arch/checkpoint/special_tokens.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "arch/checkpoint/special_tokens_reader.h"
#include "base/strings.h"
#include "data/json.h"

namespace hug::arch {

using nlohmann::json;

const std::vector<std::string> SpecialTokens::kUsualKinds = {
    "bos", "eos", "unk", "sep", "pad", "cls", "mask"};

namespace {

// Kinds that gguf has a key for.
std::string_view key_of(std::string_view kind) {
  constexpr std::pair<std::string_view, std::string_view> kKeys[] = {
      {"bos", "bos"},     {"eos", "eos"},     {"eot", "eot"},
      {"eom", "eom"},     {"unk", "unknown"}, {"sep", "seperator"},
      {"pad", "padding"}, {"mask", "mask"}};
  for (const auto& [name, key] : kKeys)
    if (name == kind) return key;
  return {};
}

void write_templates(const std::vector<ChatTemplate>& templates,
                     format::GgufMetadata& out) {
  constexpr std::string_view kKey = "tokenizer.chat_template";
  const ChatTemplate* main = nullptr;
  format::StringArray names;
  for (const ChatTemplate& one : templates) {
    if (one.name.empty() || one.name == "default") {
      main = &one;
      continue;
    }
    std::string name = one.name;
    for (char& c : name)
      if (!((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
            (c >= '0' && c <= '9')))
        c = '_';
    names.push_back(name);
    out.set(std::string(kKey) + "." + name, one.text);
  }
  if (!names.empty())
    out.set("tokenizer.chat_templates", format::GgufArray(std::move(names)));
  if (main != nullptr && !main->text.empty()) out.set(kKey, main->text);
}

}  // namespace

void SpecialTokens::set(const std::string& kind, std::uint64_t id) {
  if (n_vocab_ && id >= *n_vocab_) return;
  if (id > 0xffffffffULL) return;
  for (const auto& [name, value] : ids_)
    if (name == kind) return;
  ids_.emplace_back(kind, id);
}

void SpecialTokens::write(format::GgufMetadata& out) const {
  if (!merges_.empty())
    out.set("tokenizer.ggml.merges", format::GgufArray(merges_));
  for (const auto& [kind, id] : ids_) {
    const std::string_view key = key_of(kind);
    if (key.empty()) continue;
    out.set("tokenizer.ggml." + std::string(key) + "_token_id",
            static_cast<std::uint32_t>(id));
  }
  for (const auto& [kind, value] : adds_)
    if (kind == "bos" || kind == "eos" || kind == "sep")
      out.set("tokenizer.ggml.add_" + kind + "_token", value);
  write_templates(templates_, out);
  if (lowercase_) out.set("tokenizer.ggml.normalizer.lowercase", *lowercase_);
  if (strip_accents_)
    out.set("tokenizer.ggml.normalizer.strip_accents", *strip_accents_);
}

Result<SpecialTokens> SpecialTokens::load(Repository& files, Options options) {
  SpecialTokens out;
  out.kinds_ = std::move(options.kinds);
  out.n_vocab_ = options.n_vocab;
  SpecialTokensReader reader(files, out);
  HUG_TRY(reader.read(options.merges));
  return out;
}

}  // namespace hug::arch
