#include "text/tokenize/tokenizer_chain.h"

#include <algorithm>
#include <utility>

#include "text/tokenize/byte_alphabet.h"

namespace hug::text {

bool TokenizerChain::is_special(TokenId id) const {
  return std::binary_search(special_ids_.begin(), special_ids_.end(), id);
}

Result<void> TokenizerChain::encode_pieces(
    Pieces& pieces, Work& work, std::vector<PlacedToken>& out) const {
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
Result<void> TokenizerChain::encode_plain(std::string_view text,
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

Result<void> TokenizerChain::encode_segment(
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

Result<Encoding> TokenizerChain::encode(std::span<const TextSegment> segments,
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

Result<std::string> TokenizerChain::decode(std::span<const TokenId> ids,
                                           bool skip_special) const {
  std::vector<std::string> tokens;
  for (const TokenId id : ids) {
    if (skip_special && is_special(id)) continue;
    const std::string_view text = texts_[static_cast<std::size_t>(id)];
    if (!text.empty()) tokens.emplace_back(text);
  }
  if (decoder_) HUG_TRY(decoder_->apply(tokens));
  std::string out;
  for (std::size_t i = 0; i < tokens.size(); ++i) {
    if (i > 0 && !decoder_) out += ' ';
    out += tokens[i];
  }
  return out;
}

std::string TokenizerChain::token_bytes(TokenId id) const {
  if (id < 0 || static_cast<std::size_t>(id) >= texts_.size()) return {};
  if (is_special(id)) return {};
  const std::string text(token_text(id));
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

}  // namespace hug::text
