// tokenizer.json: added tokens, normalizer, pre-tokenizer, model,
// post-processor, decoder, as the tokenizers library chains them.
#include <algorithm>
#include <nlohmann/json.hpp>
#include <unordered_map>
#include <utility>

#include "data/json.h"
#include "text/json_tokenizer.h"
#include "text/tokenize/added_tokens.h"
#include "text/tokenize/byte_alphabet.h"
#include "text/tokenize/decoder.h"
#include "text/tokenize/post_processor.h"
#include "text/tokenize/pre_tokenizer.h"
#include "text/tokenize/token_model.h"
#include "text/tokenize/tokenizer_impl.h"

namespace hug {

namespace text {

namespace {

struct Work {
  std::unique_ptr<ModelScratch> model;
  std::vector<Token> tokens;
};

class JsonTokenizer final : public Tokenizer::Impl {
 public:
  static Result<std::shared_ptr<const Impl>> load(
      const nlohmann::json& spec, const format::GgufMetadata* keys = nullptr);

  Result<Encoding> encode(std::span<const TextSegment> segments,
                          const std::string_view* pair, bool add_special,
                          bool offsets) const override;
  Result<std::string> decode(std::span<const TokenId> ids,
                             bool skip_special) const override;
  std::string token_bytes(TokenId id) const override;

  std::size_t size() const override { return texts_.size(); }

  std::string_view token_text(TokenId id) const override {
    return texts_[static_cast<std::size_t>(id)];
  }

  TokenId find(std::string_view text) const override {
    const auto it = added_.find(std::string(text));
    return it != added_.end() ? it->second.id : model_->find(text);
  }

  bool is_special(TokenId id) const override {
    return std::binary_search(special_ids_.begin(), special_ids_.end(), id);
  }

  std::string_view kind() const override { return kind_; }

 private:
  Result<void> read_added(const nlohmann::json& spec);
  Result<void> index_added();
  void find_special();
  void take_special(const format::GgufMetadata& keys);

  Result<void> encode_segment(const TextSegment& segment, std::size_t offset,
                              bool track, Work& work,
                              std::vector<PlacedToken>& out) const;
  Result<void> encode_plain(std::string_view text, std::size_t offset,
                            bool with_special, bool track, Work& work,
                            std::vector<PlacedToken>& out) const;
  Result<void> encode_pieces(Pieces& pieces, Work& work,
                             std::vector<PlacedToken>& out) const;

  std::string kind_;
  NormalizerPtr normalizer_;
  PreTokenizerPtr pre_tokenizer_;
  TokenModelPtr model_;
  PostProcessorPtr post_processor_;
  DecoderPtr decoder_;
  bool bytes_ = false;  // the model reads bytes itself
  std::vector<std::string> texts_;
  std::unordered_map<std::string, AddedToken> added_;
  std::vector<TokenId> special_ids_;  // ascending
  std::vector<TokenId> added_ids_;    // ascending
  AddedTokens raw_;                   // looked for in the text as it comes
  AddedTokens normalized_;            // looked for behind the normalizer
  Pool<Work> pool_;
};

Result<std::shared_ptr<const Tokenizer::Impl>> JsonTokenizer::load(
    const nlohmann::json& spec, const format::GgufMetadata* keys) {
  auto out = std::make_shared<JsonTokenizer>();
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
  out->texts_ = out->model_->vocabulary();
  HUG_TRY(out->read_added(part("added_tokens")));
  HUG_TRY(out->index_added());
  out->find_special();
  if (keys != nullptr) out->take_special(*keys);
  return std::shared_ptr<const Impl>(std::move(out));
}

Result<void> JsonTokenizer::read_added(const nlohmann::json& list) {
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

Result<void> JsonTokenizer::index_added() {
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
void JsonTokenizer::find_special() {
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

void JsonTokenizer::take_special(const format::GgufMetadata& keys) {
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

Result<void> JsonTokenizer::encode_pieces(Pieces& pieces, Work& work,
                                          std::vector<PlacedToken>& out) const {
  if (pre_tokenizer_) {
    HUG_TRY(bytes_ ? pre_tokenizer_->split_only(pieces)
                   : pre_tokenizer_->apply(pieces));
  }
  for (const ByteRange& r : pieces.ranges) {
    work.tokens.clear();
    const auto view = pieces.view(r);
    HUG_TRY(bytes_ ? model_->encode_bytes(view, *work.model, work.tokens)
                   : model_->encode(view, *work.model, work.tokens));
    for (const Token& t : work.tokens) {
      const Origin o =
          pieces.text.origin_of(r.begin + t.begin, r.begin + t.end);
      out.push_back({t.id, o.begin, o.end, 0, false});
    }
  }
  return {};
}

// Text without raw added tokens: normalized, and cut at the others.
Result<void> JsonTokenizer::encode_plain(std::string_view text,
                                         std::size_t offset, bool with_special,
                                         bool track, Work& work,
                                         std::vector<PlacedToken>& out) const {
  Pieces all;
  all.text = TextBuffer(text, offset, track);
  if (normalizer_) HUG_TRY(normalizer_->apply(all.text));
  if (normalized_.empty()) {
    all.ranges = {{0, all.text.size()}};
    if (all.text.size() == 0) return {};
    return encode_pieces(all, work, out);
  }
  for (const auto& part : normalized_.split(all.text.bytes, with_special)) {
    if (part.token != nullptr) {
      const Origin o = all.text.origin_of(part.begin, part.end);
      out.push_back({part.token->id, o.begin, o.end, 0, false});
      continue;
    }
    Pieces one;
    one.text.tracked = track;
    one.text.at_start = all.text.at_start && part.begin == 0;
    one.text.append(std::string_view(all.text.bytes)
                        .substr(part.begin, part.end - part.begin),
                    all.text, part.begin, part.end);
    one.ranges = {{0, one.text.size()}};
    HUG_TRY(encode_pieces(one, work, out));
  }
  return {};
}

Result<void> JsonTokenizer::encode_segment(
    const TextSegment& segment, std::size_t offset, bool track, Work& work,
    std::vector<PlacedToken>& out) const {
  for (const auto& part : raw_.split(segment.text, segment.parse_special)) {
    if (part.token != nullptr) {
      out.push_back({part.token->id,
                     static_cast<std::uint32_t>(offset + part.begin),
                     static_cast<std::uint32_t>(offset + part.end), 0, false});
      continue;
    }
    HUG_TRY(encode_plain(segment.text.substr(part.begin, part.end - part.begin),
                         offset + part.begin, segment.parse_special, track,
                         work, out));
  }
  return {};
}

Result<Encoding> JsonTokenizer::encode(std::span<const TextSegment> segments,
                                       const std::string_view* pair,
                                       bool add_special, bool offsets) const {
  const auto lease = pool_.take([this] {
    return std::make_unique<Work>(Work{model_->make_scratch(), {}});
  });
  std::vector<PlacedToken> a;
  std::vector<PlacedToken> b;
  std::size_t offset = 0;
  for (const TextSegment& s : segments) {
    HUG_TRY(encode_segment(s, offset, offsets, *lease, a));
    offset += s.text.size();
  }
  if (pair != nullptr) {
    HUG_TRY(encode_segment(
        {*pair, segments.empty() || segments.front().parse_special}, 0, offsets,
        *lease, b));
  }
  if (post_processor_) {
    if (offsets) {
      post_processor_->trim(a, texts_);
      post_processor_->trim(b, texts_);
    }
    if (add_special) {
      post_processor_->apply(a, pair != nullptr ? &b : nullptr);
    }
  }
  for (PlacedToken& t : b) {  // no template said where they go
    t.type = 1;
    a.push_back(t);
  }
  Encoding out;
  out.ids.reserve(a.size());
  for (const PlacedToken& t : a) {
    out.ids.push_back(t.id);
    out.types.push_back(t.type);
    out.is_added.push_back(t.special ? 1 : 0);
    if (offsets) out.offsets.push_back({t.begin, t.end});
  }
  return out;
}

Result<std::string> JsonTokenizer::decode(std::span<const TokenId> ids,
                                          bool skip_special) const {
  std::vector<std::string> tokens;
  for (const TokenId id : ids) {
    if (skip_special && is_special(id)) continue;
    const std::string& text = texts_[static_cast<std::size_t>(id)];
    if (!text.empty()) tokens.push_back(text);
  }
  if (decoder_) HUG_TRY(decoder_->apply(tokens));
  std::string out;
  for (std::size_t i = 0; i < tokens.size(); ++i) {
    if (i > 0 && !decoder_) out += ' ';
    out += tokens[i];
  }
  return out;
}

std::string JsonTokenizer::token_bytes(TokenId id) const {
  if (id < 0 || static_cast<std::size_t>(id) >= texts_.size()) return {};
  if (is_special(id)) return {};
  const std::string& text = texts_[static_cast<std::size_t>(id)];
  if (std::binary_search(added_ids_.begin(), added_ids_.end(), id)) {
    return text;
  }
  if (bytes_) return byte_alphabet().decode(text).value_or(text);
  if (text.size() == 6 && text.starts_with("<0x") && text[5] == '>') {
    return std::string(
        1, static_cast<char>(std::stoi(text.substr(3, 2), nullptr, 16)));
  }
  // What decoders do to a token in the middle of a text.
  std::vector<std::string> pair = {"a", text};
  if (!decoder_ || !decoder_->apply(pair)) return text;
  std::string joined;
  for (const auto& t : pair)
    joined += t;
  return joined.starts_with('a') ? joined.substr(1) : joined;
}

}  // namespace

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
  return Tokenizer(HUG_TRY_WITH(JsonTokenizer::load(tokenizer, keys),
                                "reading " + std::string(name)));
}

}  // namespace text

Result<Tokenizer> Tokenizer::from_json(std::string_view json,
                                       std::string_view name) {
  return text::make_tokenizer(HUG_TRY(text::parse_tokenizer_json(json, name)),
                              name);
}

}  // namespace hug
