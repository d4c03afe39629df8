#include "arch/checkpoint/added_form.h"

#include <nlohmann/json.hpp>
#include <optional>

#include "base/strings.h"
#include "base/utf8.h"
#include "data/json.h"

namespace hug::arch {

using nlohmann::json;

namespace {

// The byte a character of the GPT-2 alphabet stands for.
std::optional<char> byte_of(char32_t c) {
  const bool plain = (c >= 0x21 && c <= 0x7e) || (c >= 0xa1 && c <= 0xac) ||
                     (c >= 0xae && c <= 0xff);
  if (plain) return static_cast<char>(static_cast<unsigned char>(c));
  if (c < 0x100 || c > 0x143) return std::nullopt;
  // The others stand in order from U+0100: 0..32, 127..160, 173.
  const unsigned n = c - 0x100;
  const unsigned byte = n <= 32 ? n : n <= 66 ? n - 33 + 127 : 173;
  return static_cast<char>(static_cast<unsigned char>(byte));
}

std::string byte_level(const std::string& text) {
  std::string bytes;
  std::size_t at = 0;
  while (at < text.size()) {
    const auto c = base::next_code_point(text, at);
    const auto byte = byte_of(c);
    if (!byte) return text;  // not of the alphabet: stays as it is
    bytes += *byte;
  }
  return base::to_valid_utf8(bytes);
}

std::string apply(const json& decoder, std::string text, int depth) {
  const std::string type = data::find_string(decoder, "type").value_or("");
  if (type == "ByteLevel") return byte_level(text);
  if (type == "Replace") {
    const json* pattern = data::find_object(decoder, "pattern");
    const auto from = pattern != nullptr ? data::find_string(*pattern, "String")
                                         : std::nullopt;
    const auto to = data::find_string(decoder, "content");
    if (from && to && !from->empty())
      return base::replace_all(text, *from, *to);
  }
  if (type == "Sequence" && depth < 8)
    if (const json* parts = data::find_array(decoder, "decoders"))
      for (const json& part : *parts)
        text = apply(part, std::move(text), depth + 1);
  return text;
}

}  // namespace

std::string decoded_form(const json& tokenizer, const std::string& text) {
  const json* decoder = data::find_object(tokenizer, "decoder");
  return decoder != nullptr ? apply(*decoder, text, 0) : text;
}

}  // namespace hug::arch
