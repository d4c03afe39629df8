#include "text/tokenize/models/word_models.h"

#include <utility>

#include "text/tokenize/unicode/unicode.h"

namespace hug::text {

namespace {

Result<void> add_unknown(std::string_view piece, std::int32_t id,
                         std::string_view name, std::vector<Token>& out) {
  if (id < 0) {
    return Error(Code::kUnsupported, "tokenizer: '" + std::string(name) +
                                         "', the token for what is unknown, "
                                         "is not in the vocabulary");
  }
  out.push_back({id, 0, static_cast<std::uint32_t>(piece.size())});
  return {};
}

std::size_t count_chars(std::string_view text) {
  std::size_t n = 0;
  for (std::size_t i = 0; i < text.size(); i += char_size(text[i]))
    ++n;
  return n;
}

}  // namespace

WordPiece::WordPiece(Texts vocabulary, Options options)
    : TokenModel(std::move(vocabulary)),
      options_(std::move(options)),
      ids_(vocabulary_) {}

bool WordPiece::find_parts(std::string_view piece,
                           std::vector<Token>& out) const {
  std::string candidate;
  for (std::size_t begin = 0; begin < piece.size();) {
    std::size_t end = piece.size();
    std::int32_t id = -1;
    while (end > begin) {
      candidate = begin > 0 ? options_.prefix : "";
      candidate += piece.substr(begin, end - begin);
      id = ids_.find(candidate);
      if (id >= 0) break;
      do {
        --end;  // to the start of the last character
      } while (end > begin &&
               (static_cast<unsigned char>(piece[end]) & 0xc0) == 0x80);
    }
    if (id < 0) return false;
    out.push_back({id, static_cast<std::uint32_t>(begin),
                   static_cast<std::uint32_t>(end)});
    begin = end;
  }
  return true;
}

Result<void> WordPiece::encode(std::string_view piece, ModelScratch&,
                               std::vector<Token>& out) const {
  const std::size_t before = out.size();
  if (count_chars(piece) <= options_.max_chars && find_parts(piece, out)) {
    return {};
  }
  out.resize(before);
  return add_unknown(piece, ids_.find(options_.unknown), options_.unknown, out);
}

WordLevel::WordLevel(Texts vocabulary, std::string unknown)
    : TokenModel(std::move(vocabulary)),
      unknown_(std::move(unknown)),
      ids_(vocabulary_) {}

Result<void> WordLevel::encode(std::string_view piece, ModelScratch&,
                               std::vector<Token>& out) const {
  const std::int32_t id = ids_.find(piece);
  if (id < 0) return add_unknown(piece, ids_.find(unknown_), unknown_, out);
  out.push_back({id, 0, static_cast<std::uint32_t>(piece.size())});
  return {};
}

}  // namespace hug::text
