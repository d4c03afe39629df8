#include "text/tokenize/steps/post_processor.h"

#include <map>
#include <nlohmann/json.hpp>
#include <utility>

#include "data/json.h"
#include "text/tokenize/unicode/unicode.h"

namespace hug::text {

namespace {

using Tokens = std::vector<PlacedToken>;

// Takes the spaces at either end of a token's text out of its offsets.
void trim_offsets(Tokens& tokens, const format::StringArray& texts,
                  bool prefix_space) {
  const auto is_blank = [](char32_t c) { return c == 0x120 || is_space(c); };
  for (PlacedToken& t : tokens) {
    if (static_cast<std::size_t>(t.id) >= texts.size()) continue;
    const std::string_view text = texts[static_cast<std::size_t>(t.id)];
    std::uint32_t leading = 0;
    std::uint32_t trailing = 0;
    bool only_blanks = true;
    for (std::size_t i = 0; i < text.size();) {
      if (is_blank(next_char(text, i))) {
        if (only_blanks) ++leading;
        ++trailing;
      } else {
        only_blanks = false;
        trailing = 0;
      }
    }
    if (leading == 0 && trailing == 0) continue;
    if (leading > 0) {
      // The first blank may be the one that was put in front.
      const bool added = prefix_space && t.begin == 0;
      if (added) --leading;
      t.begin = std::min(t.begin + leading, t.end);
    }
    if (trailing > 0 && t.end >= trailing) {
      t.end = std::max(t.end - trailing, t.begin);
    }
  }
}

class ByteLevel final : public PostProcessor {
 public:
  ByteLevel(bool trim, bool prefix_space)
      : trim_(trim), prefix_space_(prefix_space) {}

  void trim(Tokens& tokens, const format::StringArray& texts) const override {
    if (trim_) trim_offsets(tokens, texts, prefix_space_);
  }

  void apply(Tokens&, Tokens*) const override {}

 private:
  bool trim_;
  bool prefix_space_;
};

// A template: what stands where.
class Pattern final : public PostProcessor {
 public:
  struct Item {
    int sequence = -1;  // 0, 1, or -1 for special tokens
    std::vector<std::int32_t> ids;
    std::uint8_t type = 0;
  };

  std::vector<Item> single;
  std::vector<Item> pair;
  bool trims = false;
  bool prefix_space = false;

  void trim(Tokens& tokens, const format::StringArray& texts) const override {
    if (trims) trim_offsets(tokens, texts, prefix_space);
  }

  void apply(Tokens& a, Tokens* b) const override {
    Tokens out;
    for (const Item& item : b != nullptr ? pair : single) {
      if (item.sequence < 0) {
        for (const auto id : item.ids) {
          out.push_back({id, 0, 0, item.type, true});
        }
        continue;
      }
      const Tokens* from = item.sequence == 0 ? &a : b;
      if (from == nullptr) continue;
      for (PlacedToken t : *from) {
        t.type = item.type;
        out.push_back(t);
      }
    }
    a = std::move(out);
    if (b != nullptr) b->clear();
  }
};

class Sequence final : public PostProcessor {
 public:
  explicit Sequence(std::vector<PostProcessorPtr> parts)
      : parts_(std::move(parts)) {}

  void trim(Tokens& tokens, const format::StringArray& texts) const override {
    for (const auto& part : parts_)
      part->trim(tokens, texts);
  }

  void apply(Tokens& a, Tokens* b) const override {
    for (const auto& part : parts_) {
      part->apply(a, b);
      if (b != nullptr && b->empty()) b = nullptr;
    }
  }

 private:
  std::vector<PostProcessorPtr> parts_;
};

Result<std::int32_t> read_id(const nlohmann::json& v) {
  if (!v.is_number_unsigned() || v.get<std::uint64_t>() > (1u << 22)) {
    return Error(Code::kCorrupt,
                 "tokenizer.json: a special token's id is no id");
  }
  return v.get<std::int32_t>();
}

using SpecialIds = std::map<std::string, std::vector<std::int32_t>>;

Result<SpecialIds> read_special_ids(const nlohmann::json& spec) {
  SpecialIds out;
  const auto* object = data::find_object(spec, "special_tokens");
  if (object == nullptr) return out;
  for (const auto& [name, value] : object->items()) {
    const auto* ids = data::find_array(value, "ids");
    if (ids == nullptr) {
      return Error(Code::kCorrupt, "tokenizer.json: the special token '" +
                                       name +
                                       "' of the post-processor has no ids");
    }
    for (const auto& id : *ids)
      out[name].push_back(HUG_TRY(read_id(id)));
  }
  return out;
}

Result<std::vector<Pattern::Item>> read_items(const nlohmann::json& spec,
                                              std::string_view key,
                                              const SpecialIds& special) {
  std::vector<Pattern::Item> out;
  const auto* list = data::find_array(spec, key);
  if (list == nullptr || list->size() > 1024) {
    return Error(Code::kCorrupt,
                 "tokenizer.json: TemplateProcessing without '" +
                     std::string(key) + "'");
  }
  for (const auto& one : *list) {
    Pattern::Item item;
    if (const auto* s = data::find_object(one, "Sequence")) {
      item.sequence = data::find_string(*s, "id").value_or("A") == "B" ? 1 : 0;
      item.type = static_cast<std::uint8_t>(
          data::find_unsigned(*s, "type_id").value_or(0));
    } else if (const auto* t = data::find_object(one, "SpecialToken")) {
      const std::string name = data::find_string(*t, "id").value_or("");
      const auto found = special.find(name);
      if (found == special.end()) {
        return Error(Code::kCorrupt,
                     "tokenizer.json: the post-processor uses '" + name +
                         "' without saying its ids");
      }
      item.ids = found->second;
      item.type = static_cast<std::uint8_t>(
          data::find_unsigned(*t, "type_id").value_or(0));
    } else {
      return Error(Code::kCorrupt,
                   "tokenizer.json: an unknown piece of a template");
    }
    out.push_back(std::move(item));
  }
  return out;
}

Result<PostProcessorPtr> make_template(const nlohmann::json& spec) {
  auto out = std::make_unique<Pattern>();
  const auto special = HUG_TRY(read_special_ids(spec));
  out->single = HUG_TRY(read_items(spec, "single", special));
  out->pair = HUG_TRY(read_items(spec, "pair", special));
  return PostProcessorPtr(std::move(out));
}

// ["[SEP]", 102]
Result<std::int32_t> read_named_id(const nlohmann::json& spec,
                                   std::string_view key) {
  const auto* pair = data::find_array(spec, key);
  if (pair == nullptr || pair->size() != 2) {
    return Error(Code::kCorrupt, "tokenizer.json: the post-processor has no '" +
                                     std::string(key) + "'");
  }
  return read_id((*pair)[1]);
}

Result<PostProcessorPtr> make_bert(const nlohmann::json& spec, bool roberta) {
  auto out = std::make_unique<Pattern>();
  const auto cls = HUG_TRY(read_named_id(spec, "cls"));
  const auto sep = HUG_TRY(read_named_id(spec, "sep"));
  const std::uint8_t second = roberta ? 0 : 1;
  out->single = {{-1, {cls}, 0}, {0, {}, 0}, {-1, {sep}, 0}};
  out->pair = out->single;
  if (roberta) out->pair.push_back({-1, {sep}, 0});
  out->pair.push_back({1, {}, second});
  out->pair.push_back({-1, {sep}, second});
  if (roberta) {
    out->trims = data::find_bool(spec, "trim_offsets", true);
    out->prefix_space = data::find_bool(spec, "add_prefix_space", true);
  }
  return PostProcessorPtr(std::move(out));
}

}  // namespace

Result<PostProcessorPtr> make_post_processor(const nlohmann::json& spec) {
  if (spec.is_null()) return PostProcessorPtr();
  const std::string type = data::find_string(spec, "type").value_or("");
  if (type == "ByteLevel") {
    return PostProcessorPtr(std::make_unique<ByteLevel>(
        data::find_bool(spec, "trim_offsets", true),
        data::find_bool(spec, "add_prefix_space", true)));
  }
  if (type == "TemplateProcessing") return make_template(spec);
  if (type == "BertProcessing") return make_bert(spec, false);
  if (type == "RobertaProcessing") return make_bert(spec, true);
  if (type == "Sequence") {
    const auto* list = data::find_array(spec, "processors");
    if (list == nullptr || list->size() > 64) {
      return Error(Code::kCorrupt,
                   "tokenizer.json: a Sequence without processors");
    }
    std::vector<PostProcessorPtr> parts;
    for (const auto& one : *list) {
      auto part = HUG_TRY(make_post_processor(one));
      if (part) parts.push_back(std::move(part));
    }
    return PostProcessorPtr(std::make_unique<Sequence>(std::move(parts)));
  }
  return Error(Code::kUnsupported,
               "tokenizer.json: unknown post-processor '" + type + "'");
}

}  // namespace hug::text
