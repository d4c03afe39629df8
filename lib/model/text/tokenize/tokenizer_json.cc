// tokenizer.json to the chain that it describes.
#include <algorithm>
#include <nlohmann/json.hpp>
#include <utility>

#include "data/json.h"
#include "text/json_tokenizer.h"
#include "text/tokenize/tokenizer_chain.h"

namespace hug {

namespace text {

Result<std::shared_ptr<const Tokenizer::Impl>> TokenizerChain::load(
    const nlohmann::json& spec, const format::GgufMetadata* keys) {
  auto out = std::make_shared<TokenizerChain>();
  const auto part = [&](const char* key) -> const nlohmann::json& {
    static const nlohmann::json kNull;
    const auto it = spec.find(key);
    return it == spec.end() ? kNull : *it;
  };
  const auto& model = part("model");
  if (!model.is_object()) {
    return Error(Code::kCorrupt, "tokenizer.json: it has no model");
  }
  out->model_ = HUG_TRY(make_token_model(model));
  out->normalizer_ = HUG_TRY(make_normalizer(part("normalizer")));
  out->pre_tokenizer_ = HUG_TRY(make_pre_tokenizer(part("pre_tokenizer")));
  out->post_processor_ = HUG_TRY(make_post_processor(part("post_processor")));
  out->decoder_ = HUG_TRY(make_decoder(part("decoder")));
  out->bytes_ = out->model_->reads_bytes() && out->pre_tokenizer_ &&
                out->pre_tokenizer_->ends_in_byte_alphabet();
  out->kind_ = data::find_string(model, "type").value_or("bpe");
  std::transform(out->kind_.begin(), out->kind_.end(), out->kind_.begin(),
                 [](char c) { return c >= 'A' && c <= 'Z' ? c + 32 : c; });
  out->texts_ = *out->model_->vocabulary();
  HUG_TRY(out->read_added(part("added_tokens")));
  HUG_TRY(out->index_added());
  out->find_special();
  if (keys != nullptr) out->take_special(*keys);
  return std::shared_ptr<const Impl>(std::move(out));
}

Result<void> TokenizerChain::read_added(const nlohmann::json& list) {
  if (list.is_null()) return {};
  if (!list.is_array() || list.size() > (1u << 20)) {
    return Error(Code::kCorrupt, "tokenizer.json: added_tokens is no list");
  }
  // Ids of tokens that the model does not know follow its own.
  std::size_t next = texts_.size();
  for (const auto& entry : list) {
    AddedToken t;
    t.content = data::find_string(entry, "content").value_or("");
    if (t.content.empty()) continue;
    t.single_word = data::find_bool(entry, "single_word");
    t.lstrip = data::find_bool(entry, "lstrip");
    t.rstrip = data::find_bool(entry, "rstrip");
    t.special = data::find_bool(entry, "special");
    t.normalized = data::find_bool(entry, "normalized", !t.special);
    const std::int32_t known = model_->find(t.content);
    const auto earlier = added_.find(t.content);
    if (earlier != added_.end()) {
      t.id = earlier->second.id;
    } else if (known >= 0) {
      t.id = known;
    } else {
      t.id = static_cast<std::int32_t>(next++);
      texts_.push_back(t.content);
    }
    added_.insert_or_assign(t.content, std::move(t));
  }
  return {};
}

Result<void> TokenizerChain::index_added() {
  std::vector<const AddedToken*> ordered;
  for (const auto& [content, token] : added_)
    ordered.push_back(&token);
  std::sort(ordered.begin(), ordered.end(),
            [](const auto* a, const auto* b) { return a->id < b->id; });
  for (const AddedToken* t : ordered) {
    if (t->special) special_ids_.push_back(t->id);
    added_ids_.push_back(t->id);
    if (!t->normalized || !normalizer_) {
      (t->normalized ? normalized_ : raw_).add(*t, t->content);
      continue;
    }
    TextBuffer pattern(t->content, 0, false);
    HUG_TRY(normalizer_->apply(pattern));
    normalized_.add(*t, pattern.bytes);
  }
  raw_.seal();
  normalized_.seal();
  return {};
}

// tokenizer.json does not name its special tokens; what the post-processor
// puts around an empty text tells the first and the last.
void TokenizerChain::find_special() {
  std::vector<PlacedToken> around;
  if (post_processor_) post_processor_->apply(around, nullptr);
  special.adds_bos = false;
  if (!around.empty()) {
    std::vector<PlacedToken> one = {{-1, 0, 0, 0, false}};
    post_processor_->apply(one, nullptr);
    special.adds_bos = !one.empty() && one.front().special;
    special.adds_eos = !one.empty() && one.back().special;
    if (special.adds_bos) special.bos = one.front().id;
    if (special.adds_eos) special.eos = one.back().id;
  }
  const auto name = [&](std::optional<TokenId>& slot,
                        std::initializer_list<std::string_view> names) {
    for (const auto n : names) {
      if (slot) return;
      const TokenId id = find(n);
      if (id >= 0) slot = id;
    }
  };
  name(special.bos, {"<s>", "<bos>", "<|begin_of_text|>", "[CLS]"});
  name(special.eos,
       {"</s>", "<eos>", "<|end_of_text|>", "<|endoftext|>", "[SEP]"});
  name(special.unknown, {"<unk>", "[UNK]"});
  name(special.separator, {"[SEP]", "</s>"});
  name(special.padding, {"<pad>", "[PAD]"});
  name(special.mask, {"<mask>", "[MASK]"});
  special.end_of_generation = find_end_of_generation(*this);
}

void TokenizerChain::take_special(const format::GgufMetadata& keys) {
  const auto take = [&](const char* name, std::optional<TokenId>& slot) {
    const auto id =
        keys.find_unsigned("tokenizer.ggml." + std::string(name) + "_token_id");
    if (id && *id < size()) slot = static_cast<TokenId>(*id);
  };
  take("bos", special.bos);
  take("eos", special.eos);
  take("unknown", special.unknown);
  take("seperator", special.separator);
  take("padding", special.padding);
  take("mask", special.mask);
  special.end_of_generation = find_end_of_generation(*this);
  auto& ends = special.end_of_generation;
  for (const char* name : {"eot", "eom"}) {
    std::optional<TokenId> id;
    take(name, id);
    if (id && std::find(ends.begin(), ends.end(), *id) == ends.end())
      ends.insert(std::lower_bound(ends.begin(), ends.end(), *id), *id);
  }
}

Result<nlohmann::json> parse_tokenizer_json(std::string_view text,
                                            std::string_view name) {
  bool in_model = false;
  bool in_merges = false;
  const auto key = [&](int depth, const std::string& value) {
    if (depth == 1) in_model = value == "model";
    if (depth <= 2) in_merges = in_model && depth == 2 && value == "merges";
  };
  const auto array = [&](int depth, nlohmann::json& pair) {
    if (!in_merges || depth != 3 || pair.size() != 2 || !pair[0].is_string() ||
        !pair[1].is_string())
      return;
    const auto& a = pair[0].get_ref<const std::string&>();
    const auto& b = pair[1].get_ref<const std::string&>();
    if (a.empty() || b.empty() || a.starts_with("#version") ||
        a.find(' ') != a.npos || b.find(' ') != b.npos)
      return;
    std::string both;
    both.reserve(a.size() + b.size() + 1);
    both.append(a).append(1, ' ').append(b);
    pair = std::move(both);
  };
  return data::parse_json(text, name,
                          {.bytes = std::size_t{256} << 20, .depth = 64},
                          {.key = key, .array = array});
}

Result<Tokenizer> make_tokenizer(const nlohmann::json& tokenizer,
                                 std::string_view name,
                                 const format::GgufMetadata* keys) {
  if (!tokenizer.is_object()) {
    return Error(Code::kCorrupt, std::string(name) + ": it is no tokenizer");
  }
  return Tokenizer(HUG_TRY_WITH(TokenizerChain::load(tokenizer, keys),
                                "reading " + std::string(name)));
}

}  // namespace text

Result<Tokenizer> Tokenizer::from_json(std::string_view json,
                                       std::string_view name) {
  return text::make_tokenizer(HUG_TRY(text::parse_tokenizer_json(json, name)),
                              name);
}

}  // namespace hug
