#include "arch/checkpoint/tokens.h"

#include "text/gguf_tokenizer.h"

namespace hug::arch {

TokenList TokenList::padded(std::uint64_t n, bool scores) {
  TokenList out;
  out.text.reserve(n);
  for (std::uint64_t i = 0; i < n; ++i)
    out.text.push_back("[PAD" + std::to_string(i) + "]");
  if (scores) out.score.assign(n, -10000.0F);
  out.type.assign(n, TokenType::kUnused);
  return out;
}

void TokenList::set(std::uint64_t id, std::string token, float value,
                    TokenType kind) {
  text[id] = std::move(token);
  if (!score.empty()) score[id] = value;
  type[id] = kind;
}

void TokenList::write(format::GgufMetadata& out) const {
  format::StringArray tokens;
  std::size_t bytes = 0;
  for (const std::string& token : text)
    bytes += token.size();
  tokens.reserve(text.size(), bytes);
  for (const std::string& token : text)
    tokens.push_back(token);
  out.set("tokenizer.ggml.tokens", format::GgufArray(std::move(tokens)));
  if (!score.empty())
    out.set("tokenizer.ggml.scores", format::GgufArray(score));
  std::vector<std::int32_t> types;
  types.reserve(type.size());
  for (const TokenType one : type)
    types.push_back(static_cast<std::int32_t>(one));
  out.set("tokenizer.ggml.token_type", format::GgufArray(std::move(types)));
}

}  // namespace hug::arch
