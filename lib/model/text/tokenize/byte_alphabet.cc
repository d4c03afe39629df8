#include "text/tokenize/byte_alphabet.h"

#include "base/utf8.h"
#include "text/tokenize/unicode/unicode.h"

namespace hug::text {

ByteAlphabet::ByteAlphabet() {
  bytes_.fill(-1);
  char32_t next = 0x100;
  for (int b = 0; b < 256; ++b) {
    const bool printable =
        (b >= 0x21 && b <= 0x7e) || (b >= 0xa1 && b <= 0xac) || b >= 0xae;
    const char32_t c = printable ? static_cast<char32_t>(b) : next++;
    std::string text;
    base::append_code_point(text, c);
    auto& entry = texts_[static_cast<std::size_t>(b)];
    entry[0] = text[0];
    if (text.size() > 1) entry[1] = text[1];
    bytes_[c] = b;
  }
}

std::optional<std::string> ByteAlphabet::decode(std::string_view text) const {
  std::string out;
  for (std::size_t i = 0; i < text.size();) {
    const auto b = byte(next_char(text, i));
    if (!b) return {};
    out += *b;
  }
  return out;
}

std::string ByteAlphabet::encode(std::string_view bytes) const {
  std::string out;
  for (const char b : bytes)
    out += text(b);
  return out;
}

const ByteAlphabet& byte_alphabet() {
  static const ByteAlphabet kAlphabet;
  return kAlphabet;
}

}  // namespace hug::text
