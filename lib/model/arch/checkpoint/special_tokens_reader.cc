#include "arch/checkpoint/special_tokens_reader.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "base/strings.h"
#include "data/json.h"

namespace hug::arch {

using nlohmann::json;

namespace {

std::string special_id(const json& piece) {
  const json* special = data::find_object(piece, "SpecialToken");
  return special != nullptr ? data::find_string(*special, "id").value_or("")
                            : std::string();
}

std::string sequence_id(const json& piece) {
  const json* sequence = data::find_object(piece, "Sequence");
  return sequence != nullptr ? data::find_string(*sequence, "id").value_or("")
                             : std::string();
}

// Spaces inside a half would end it: they are written as the byte alphabet
// writes them.
void append_half(std::string& out, std::string_view half) {
  for (const char c : half) {
    if (c == ' ') {
      out += "\xc4\xa0";  // U+0120
    } else {
      out += c;
    }
  }
}

}  // namespace

void SpecialTokensReader::add(const std::string& kind, bool value) {
  for (auto& [name, old] : out_.adds_) {
    if (name != kind) continue;
    old = value;
    return;
  }
  out_.adds_.emplace_back(kind, value);
}

std::string SpecialTokensReader::text_of(const std::string& kind) const {
  for (const auto& [name, text] : texts_)
    if (name == kind) return text;
  if (config_ == nullptr) return {};
  const json* entry = data::find_member(*config_, kind + "_token");
  if (entry == nullptr) return {};
  if (entry->is_string()) return entry->get<std::string>();
  return data::find_string(*entry, "content").value_or("");
}

void SpecialTokensReader::set_text(const std::string& kind,
                                   const std::string& text) {
  for (auto& [name, old] : texts_) {
    if (name != kind) continue;
    old = text;
    return;
  }
  texts_.emplace_back(kind, text);
}

Result<void> SpecialTokensReader::read(bool merges) {
  const json* tokenizer = HUG_TRY(files_.json("tokenizer.json"));
  config_ = HUG_TRY(files_.json("tokenizer_config.json"));
  if (tokenizer != nullptr) {
    if (merges) HUG_TRY(read_merges(*tokenizer));
    if (const json* normalizer = data::find_object(*tokenizer, "normalizer"))
      read_normalizer(*normalizer, 0);
    if (text_of("bos").empty() && !text_of("cls").empty())
      set_text("bos", text_of("cls"));
    if (text_of("eos").empty() && !text_of("sep").empty())
      set_text("eos", text_of("sep"));
    read_post_processor(*tokenizer);
  }
  if (config_ != nullptr) {
    HUG_TRY(read_templates(*config_));
    read_ids(tokenizer, *config_);
  }
  if (const json* config = HUG_TRY(files_.json("config.json")))
    read_config_ids(*config);
  if (merges && out_.merges_.empty()) HUG_TRY(read_merges_txt());
  return {};
}

Result<void> SpecialTokensReader::read_merges(const json& tokenizer) {
  const json* model = data::find_object(tokenizer, "model");
  const json* list =
      model != nullptr ? data::find_array(*model, "merges") : nullptr;
  if (list == nullptr) return {};
  std::string pair;
  for (const json& merge : *list) {
    pair.clear();
    if (merge.is_string()) {
      pair = merge.get_ref<const std::string&>();
    } else if (merge.is_array() && merge.size() == 2 && merge[0].is_string() &&
               merge[1].is_string()) {
      append_half(pair, merge[0].get_ref<const std::string&>());
      pair += ' ';
      append_half(pair, merge[1].get_ref<const std::string&>());
    } else {
      return Error(Code::kCorrupt,
                   "tokenizer.json has a merge that is not two texts");
    }
    out_.merges_.push_back(pair);
  }
  return {};
}

Result<void> SpecialTokensReader::read_merges_txt() {
  const auto content = HUG_TRY(files_.text("merges.txt"));
  if (!content) return {};
  bool first = true;
  for (const std::string_view raw : base::split(*content, '\n')) {
    const std::string_view line = base::trim(raw);
    const bool comment = first && line.starts_with('#');
    first = false;
    const auto space = line.find(' ');
    if (comment || space == std::string_view::npos ||
        line.find(' ', space + 1) != std::string_view::npos)
      continue;
    out_.merges_.push_back(line);
  }
  return {};
}

void SpecialTokensReader::read_normalizer(const json& normalizer, int depth) {
  const std::string type = data::find_string(normalizer, "type").value_or("");
  const auto flag = [&](const char* key, std::optional<bool>& out) {
    const json* value = data::find_member(normalizer, key);
    if (value != nullptr && value->is_boolean()) out = value->get<bool>();
  };
  if (type == "Lowercase") out_.lowercase_ = true;
  if (type == "StripAccents") out_.strip_accents_ = true;
  if (type == "BertNormalizer") {
    flag("lowercase", out_.lowercase_);
    flag("strip_accents", out_.strip_accents_);
  }
  if (type != "Sequence" || depth > 8) return;
  if (const json* parts = data::find_array(normalizer, "normalizers"))
    for (const json& part : *parts)
      read_normalizer(part, depth + 1);
}

void SpecialTokensReader::read_post_processor(const json& tokenizer) {
  const json* post = data::find_object(tokenizer, "post_processor");
  if (post == nullptr) return;
  json one = json::array();
  const json* list = data::find_array(*post, "processors");
  if (list == nullptr) {
    one.push_back(*post);
    list = &one;
  }
  for (const json& processor : *list) {
    const std::string type = data::find_string(processor, "type").value_or("");
    if (type == "RobertaProcessing") read_roberta(processor);
    if (type != "TemplateProcessing") continue;
    first_.clear();
    last_.clear();
    if (const json* single = data::find_array(processor, "single"))
      read_single(*single);
    if (const json* pair = data::find_array(processor, "pair"))
      read_pair(*pair);
  }
}

void SpecialTokensReader::read_roberta(const json& processor) {
  for (const char* kind : {"bos", "eos", "sep"})
    add(kind, true);
  if (config_ == nullptr) return;
  const auto fill = [&](const char* kind, const char* fallback) {
    if (!text_of(kind).empty()) return;
    const json* entry = data::find_array(processor, kind);
    const bool usable =
        entry != nullptr && !entry->empty() && entry->front().is_string();
    set_text(kind,
             usable ? entry->front().get<std::string>() : text_of(fallback));
  };
  fill("cls", "bos");
  fill("sep", "eos");
}

// A special token in front is the beginning of text, one behind its end; an
// end that differs from the configured one turns that into an end of turn.
void SpecialTokensReader::read_single(const json& pieces) {
  if (pieces.size() < 2) return;
  first_ = special_id(pieces.front());
  if (!first_.empty()) {
    if (config_ == nullptr) set_text("bos", first_);
    if (text_of("bos").empty()) set_text("bos", first_);
    if (first_ != text_of("bos") && text_of("cls").empty())
      set_text("cls", first_);
    add("bos", first_ == text_of("bos") || first_ == text_of("cls"));
  }
  last_ = special_id(pieces.back());
  if (last_.empty()) return;
  const std::string eos = text_of("eos");
  if (config_ != nullptr && last_ != eos) {
    for (const char* kind : {"eot", "eom"}) {
      auto& kinds = out_.kinds_;
      if (std::find(kinds.begin(), kinds.end(), kind) != kinds.end()) continue;
      kinds.emplace_back(kind);
      set_text(kind, eos);
      break;
    }
  }
  set_text("eos", last_);
  add("eos", true);
}

// A [sep] [eos] B: does anything stand between two texts?
void SpecialTokensReader::read_pair(const json& pieces) {
  if (pieces.empty()) return;
  std::size_t begin = 0;
  std::size_t end = pieces.size();
  if (!first_.empty() && special_id(pieces.front()) == first_) ++begin;
  if (!last_.empty() && special_id(pieces.back()) == last_ && end > begin)
    --end;
  if (end - begin < 3) return;
  if (sequence_id(pieces[begin]) != "A" || sequence_id(pieces[end - 1]) != "B")
    return;
  const auto separates = [&](const std::string& text) {
    return !text.empty() && (text == text_of("sep") || text == text_of("eos"));
  };
  const std::size_t n = end - begin - 2;
  bool add_sep = separates(special_id(pieces[begin + 1])) && last_.empty();
  if (n == 2 && separates(special_id(pieces[begin + 2]))) add_sep = true;
  add("sep", add_sep);
  if (add_sep && text_of("sep").empty() && config_ != nullptr)
    set_text("sep", text_of("eos"));
}

Result<void> SpecialTokensReader::read_templates(const json& config) {
  const json* inside = data::find_member(config, "chat_template");
  const bool present = config.contains("chat_template");
  if (inside != nullptr && inside->is_string()) {
    out_.templates_.push_back({"", inside->get<std::string>()});
  } else if (inside != nullptr && inside->is_array()) {
    for (const json& one : *inside)
      out_.templates_.push_back(
          {data::find_string(one, "name").value_or("_"),
           data::find_string(one, "template").value_or("")});
  }
  if (present) return {};
  if (auto text = HUG_TRY(files_.text("chat_template.jinja"))) {
    out_.templates_.push_back({"", std::move(*text)});
    for (const FileInfo& file : files_.files().files()) {
      constexpr std::string_view kFolder = "additional_chat_templates/";
      constexpr std::string_view kEnd = ".jinja";
      const std::string_view path = file.path;
      if (!path.starts_with(kFolder) || !path.ends_with(kEnd)) continue;
      auto more = HUG_TRY(files_.text(file.path));
      const auto name = path.substr(kFolder.size(),
                                    path.size() - kFolder.size() - kEnd.size());
      out_.templates_.push_back({std::string(name), std::move(*more)});
    }
  } else if (const json* file = HUG_TRY(files_.json("chat_template.json"))) {
    if (const auto content = data::find_string(*file, "chat_template"))
      out_.templates_.push_back({"", *content});
  }
  return {};
}

void SpecialTokensReader::read_ids(const json* tokenizer, const json& config) {
  const json* added = tokenizer != nullptr
                          ? data::find_array(*tokenizer, "added_tokens")
                          : nullptr;
  for (const std::string& kind : out_.kinds_) {
    const json* flag = data::find_member(config, "add_" + kind + "_token");
    if (flag != nullptr && flag->is_boolean()) add(kind, flag->get<bool>());
    const std::string text = text_of(kind);
    if (text.empty() || added == nullptr) continue;
    for (const json& token : *added) {
      if (data::find_string(token, "content") != text) continue;
      if (const auto id = data::find_unsigned(token, "id")) out_.set(kind, *id);
      break;
    }
  }
}

void SpecialTokensReader::read_config_ids(const json& config) {
  const json* inner = data::find_object(config, "text_config");
  for (const std::string& kind : out_.kinds_) {
    const std::string key = kind + "_token_id";
    auto id = data::find_unsigned(config, key);
    const bool present = config.contains(key) && !config[key].is_null();
    if (!present && inner != nullptr) id = data::find_unsigned(*inner, key);
    if (id) out_.set(kind, *id);
  }
}

}  // namespace hug::arch
