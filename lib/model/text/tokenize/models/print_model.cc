#include "text/tokenize/models/print_model.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <map>
#include <tuple>

#include "data/json.h"
#include "text/tokenize/steps/pre_names.h"
#include "text/tokenize/unicode/unicode.h"

namespace hug::text {

namespace {

using data::quote_json;

std::string text_of(bool value) {
  return value ? "true" : "false";
}

std::string text_of(float value) {
  std::array<char, 32> text{};
  const auto end =
      std::to_chars(text.data(), text.data() + text.size(), value).ptr;
  std::string out(text.data(), end);
  // A whole number is a float too.
  if (out.find_first_not_of("-0123456789") == out.npos) out += ".0";
  return out;
}

std::string print_map(const NamedVocabulary& in) {
  std::string out = "{";
  for (std::size_t i = 0; i < in.names.size(); ++i) {
    if (in.names[i].empty()) continue;
    if (out.size() > 1) out += ',';
    out += "\n  " + quote_json(in.names[i]) + ": " + std::to_string(i);
  }
  return out + "\n }";
}

// "a b", unless one of them has a space in it.
std::string print_merge(std::string_view a, std::string_view b) {
  if (a.find(' ') == a.npos && b.find(' ') == b.npos)
    return quote_json(std::string(a) + " " + std::string(b));
  return "[" + quote_json(a) + ", " + quote_json(b) + "]";
}

struct BpeOptions {
  std::string unknown = {};  // JSON
  bool byte_fallback = false;
  bool ignore_merges = false;
};

std::string print_bpe(const NamedVocabulary& in,
                      const std::vector<std::string>& merges,
                      const BpeOptions& options) {
  std::string out = "{\n \"type\": \"BPE\",\n \"dropout\": null,";
  out += "\n \"unk_token\": " + options.unknown + ",";
  out +=
      "\n \"continuing_subword_prefix\": null,"
      "\n \"end_of_word_suffix\": null,";
  out += "\n \"fuse_unk\": " + text_of(options.unknown != "null") + ",";
  out += "\n \"byte_fallback\": " + text_of(options.byte_fallback) + ",";
  out += "\n \"ignore_merges\": " + text_of(options.ignore_merges) + ",";
  out += "\n \"vocab\": " + print_map(in) + ",\n \"merges\": [";
  for (std::size_t i = 0; i < merges.size(); ++i)
    out += (i == 0 ? "\n  " : ",\n  ") + merges[i];
  return out + "\n ]\n}";
}

bool has_all_bytes(const GgufVocabulary& v) {
  constexpr std::string_view kHex = "0123456789ABCDEF";
  for (unsigned b = 0; b < 256; ++b) {
    std::string name = "<0x";
    name += kHex[b >> 4];
    name += kHex[b & 15];
    if (v.ids.find(name + ">") < 0) return false;
  }
  return true;
}

std::string unknown_name(const NamedVocabulary& in) {
  if (!in.v.special.unknown) return "null";
  const auto& name = in.names[static_cast<std::size_t>(*in.v.special.unknown)];
  return name.empty() ? "null" : quote_json(name);
}

// A join of two tokens to a third.
struct Join {
  float score;
  TokenId joined;
  TokenId left;
  TokenId right;
};

std::vector<Join> joins_of(const GgufVocabulary& v) {
  std::vector<Join> out;
  for (std::size_t i = 0; i < v.size(); ++i) {
    const auto id = static_cast<TokenId>(i);
    const std::string_view text = v.text(i);
    if (v.ids.find(text) != id) continue;
    for (std::size_t at = 0; at < text.size();) {
      at += char_size(text[at]);
      if (at >= text.size()) break;
      const TokenId left = v.ids.find(text.substr(0, at));
      const TokenId right = left < 0 ? -1 : v.ids.find(text.substr(at));
      if (right >= 0) out.push_back({v.scores[i], id, left, right});
    }
  }
  return out;
}

// Whether scores order the joins: as good as no two joined tokens share one.
bool scores_tell(const std::vector<Join>& joins) {
  std::map<float, std::size_t> tokens;
  TokenId last = -1;
  std::size_t n = 0;
  for (const Join& join : joins) {
    if (join.joined == last) continue;
    last = join.joined;
    ++tokens[join.score];
    ++n;
  }
  const auto most = std::max_element(
      tokens.begin(), tokens.end(),
      [](const auto& a, const auto& b) { return a.second < b.second; });
  return n < 2 || most->second < 2 || most->second * 20 < n;
}

}  // namespace

Result<ModelText> print_bpe_model(const NamedVocabulary& in) {
  const GgufVocabulary& v = in.v;
  const PreName* pre = find_pre_name(v.model == "gemma4" ? "gemma4" : v.pre);
  if (pre == nullptr)
    return Error(Code::kUnsupported,
                 "gguf: unknown pre-tokenizer '" + v.pre + "'");
  // Joins of tokens that do not exist never happen, and are not read.
  std::vector<std::string> merges;
  const auto has = [&](std::string_view token) {
    const TokenId id = v.ids.find(token);
    return id >= 0 && !in.names[static_cast<std::size_t>(id)].empty();
  };
  for (std::size_t i = 0; i < in.merges.size(); ++i) {
    const std::string_view merge = in.merges[i];
    const auto blank = merge.find(' ', 1);
    if (blank == merge.npos) continue;
    const auto a = merge.substr(0, blank);
    const auto b = merge.substr(blank + 1);
    if (has(a) && has(b) && has(std::string(a) + std::string(b)))
      merges.push_back(print_merge(a, b));
  }
  BpeOptions options;
  options.unknown = pre->by_bytes ? "null" : unknown_name(in);
  options.byte_fallback = !pre->by_bytes && has_all_bytes(v);
  options.ignore_merges = pre->ignore_merges;
  return ModelText{print_bpe(in, merges, options), {}};
}

// The library knows no scores: they become the order of merges.
ModelText print_spm_model(const NamedVocabulary& in) {
  auto joins = joins_of(in.v);
  ModelText out;
  if (!scores_tell(joins))
    out.warnings.emplace_back(
        "the scores of the tokens do not tell in which order they are joined; "
        "the merges of tokenizer.json are a guess");
  std::stable_sort(joins.begin(), joins.end(),
                   [](const Join& a, const Join& b) {
                     if (a.score != b.score) return a.score > b.score;
                     return std::tie(a.joined, a.left, a.right) <
                            std::tie(b.joined, b.left, b.right);
                   });
  std::vector<std::string> merges;
  merges.reserve(joins.size());
  for (const Join& join : joins) {
    const auto& a = in.names[static_cast<std::size_t>(join.left)];
    const auto& b = in.names[static_cast<std::size_t>(join.right)];
    const auto& c = in.names[static_cast<std::size_t>(join.joined)];
    if (!a.empty() && !b.empty() && c == a + b)
      merges.push_back(print_merge(a, b));
  }
  BpeOptions options;
  options.unknown = unknown_name(in);
  options.byte_fallback = has_all_bytes(in.v);
  out.json = print_bpe(in, merges, options);
  return out;
}

ModelText print_wordpiece_model(const NamedVocabulary& in) {
  std::string unknown = unknown_name(in);
  if (unknown == "null") unknown = "\"[UNK]\"";
  return {"{\n \"type\": \"WordPiece\",\n \"unk_token\": " + unknown +
              ",\n \"continuing_subword_prefix\": \"##\","
              "\n \"max_input_chars_per_word\": 100,\n \"vocab\": " +
              print_map(in) + "\n}",
          {}};
}

ModelText print_unigram_model(const NamedVocabulary& in) {
  const GgufVocabulary& v = in.v;
  std::string out = "{\n \"type\": \"Unigram\",\n \"unk_id\": ";
  out += v.special.unknown ? std::to_string(*v.special.unknown) : "null";
  out += ",\n \"vocab\": [";
  std::size_t n = in.names.size();
  while (n > 0 && in.names[n - 1].empty())
    --n;
  for (std::size_t i = 0; i < n; ++i) {
    // Ids count the entries: one that is left out would move all others.
    const std::string_view name =
        in.names[i].empty() ? v.text(i) : std::string_view(in.names[i]);
    const bool defined = v.kinds[i] == TokenKind::kUserDefined;
    out += i == 0 ? "\n  [" : ",\n  [";
    out += quote_json(name) + ", ";
    out += text_of(defined ? 0.0F : v.scores[i]) + "]";
  }
  return {out + "\n ],\n \"byte_fallback\": false\n}", {}};
}

}  // namespace hug::text
