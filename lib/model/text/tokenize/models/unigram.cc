#include "text/tokenize/models/unigram.h"

#include <algorithm>
#include <utility>

#include "text/tokenize/unicode/unicode.h"

namespace hug::text {

struct Unigram::Scratch final : ModelScratch {
  struct Node {
    double score = 0;
    std::int32_t id = 0;
    std::int32_t begin = -1;  // -1: not reached
  };

  std::vector<Node> ends;  // the best way to end at each byte
  std::vector<Token> path;
};

std::unique_ptr<ModelScratch> Unigram::make_scratch() const {
  return std::make_unique<Scratch>();
}

Result<TokenModelPtr> Unigram::make(Texts vocabulary,
                                    std::vector<double> scores,
                                    Options options) {
  if (scores.size() != vocabulary->size()) {
    return Error(Code::kCorrupt, "tokenizer: a token without a score");
  }
  if (options.unknown_id >= static_cast<std::int32_t>(vocabulary->size())) {
    return Error(Code::kCorrupt, "tokenizer: unk_id is not in the vocabulary");
  }
  double least = 0;
  if (!scores.empty()) least = *std::min_element(scores.begin(), scores.end());
  auto out = std::unique_ptr<Unigram>(
      new Unigram(std::move(vocabulary), std::move(scores), options));
  const auto& texts = *out->vocabulary_;
  for (std::size_t i = 0; i < texts.size(); ++i) {
    if (!texts[i].empty())
      out->trie_.put(texts[i], static_cast<std::int32_t>(i));
  }
  out->trie_.seal();
  out->unknown_score_ = least - 10.0;
  constexpr std::string_view kHex = "0123456789ABCDEF";
  for (std::size_t b = 0; b < 256; ++b) {
    out->fallback_ids_[b] =
        out->ids_.find(std::string("<0x") + kHex[b >> 4] + kHex[b & 15] + ">");
  }
  return TokenModelPtr(std::move(out));
}

void Unigram::find_best_path(std::string_view piece, Scratch& scratch) const {
  auto& ends = scratch.ends;
  ends.assign(piece.size() + 1, {});
  const auto offer = [&](std::size_t begin, std::size_t end, std::int32_t id,
                         double score) {
    auto& node = ends[end];
    if (node.begin < 0 || score > node.score) {
      node = {score, id, static_cast<std::int32_t>(begin)};
    }
  };
  for (std::size_t at = 0; at < piece.size();) {
    const double so_far = ends[at].score;
    const std::size_t one = char_size(piece[at]);
    bool single = false;
    trie_.each_prefix(piece.substr(at), [&](std::size_t size, std::int32_t id) {
      offer(at, at + size, id, scores_[static_cast<std::size_t>(id)] + so_far);
      single = single || size == one;
    });
    if (!single) {
      offer(at, at + one, options_.unknown_id, unknown_score_ + so_far);
    }
    at += one;
  }
  scratch.path.clear();
  for (std::size_t end = piece.size(); end > 0;) {
    const auto& node = ends[end];
    const auto begin = static_cast<std::uint32_t>(node.begin);
    auto& path = scratch.path;
    // Neighbouring unknowns are one.
    if (node.id == options_.unknown_id && !path.empty() &&
        path.back().id == options_.unknown_id) {
      path.back().begin = begin;
    } else {
      path.push_back({node.id, begin, static_cast<std::uint32_t>(end)});
    }
    end = begin;
  }
}

Result<void> Unigram::add_unknown(std::string_view piece, Token token,
                                  std::vector<Token>& out) const {
  const auto text = piece.substr(token.begin, token.end - token.begin);
  const std::int32_t id = ids_.find(text);
  if (id >= 0) {  // the piece is spelled as the unknown token itself
    out.push_back({id, token.begin, token.end});
    return {};
  }
  const bool bytes = options_.byte_fallback &&
                     std::all_of(text.begin(), text.end(), [&](char c) {
                       return fallback_ids_[static_cast<unsigned char>(c)] >= 0;
                     });
  if (bytes) {
    // Each byte token stands for the whole piece, as in the library.
    for (const char c : text) {
      out.push_back({fallback_ids_[static_cast<unsigned char>(c)], token.begin,
                     token.end});
    }
    return {};
  }
  if (options_.unknown_id < 0) {
    return Error(Code::kUnsupported,
                 "tokenizer: the text holds something unknown and there is no "
                 "token for that");
  }
  out.push_back({options_.unknown_id, token.begin, token.end});
  return {};
}

Result<void> Unigram::encode(std::string_view piece, ModelScratch& scratch,
                             std::vector<Token>& out) const {
  auto& s = static_cast<Scratch&>(scratch);
  find_best_path(piece, s);
  for (auto it = s.path.rbegin(); it != s.path.rend(); ++it) {
    if (it->id == options_.unknown_id) {
      HUG_TRY(add_unknown(piece, *it, out));
    } else {
      out.push_back(*it);
    }
  }
  return {};
}

}  // namespace hug::text
