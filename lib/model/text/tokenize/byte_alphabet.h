// The alphabet of GPT-2 (its encoder's bytes_to_unicode()): every byte as one
// printable character, so that any bytes can be written as text.
#pragma once

#include <array>
#include <optional>
#include <string>
#include <string_view>

namespace hug::text {

class ByteAlphabet {
 public:
  ByteAlphabet();

  /// The character (UTF-8) that stands for a byte.
  std::string_view text(char byte) const {
    const auto& e = texts_[static_cast<unsigned char>(byte)];
    return {e.data(), e[1] == 0 ? 1u : 2u};
  }

  /// The byte a character stands for.
  std::optional<char> byte(char32_t c) const {
    if (c >= bytes_.size() || bytes_[c] < 0) return {};
    return static_cast<char>(bytes_[c]);
  }

  /// The bytes that `text` spells; nothing when a character is not one of the
  /// alphabet.
  std::optional<std::string> decode(std::string_view text) const;
  std::string encode(std::string_view bytes) const;

 private:
  std::array<std::array<char, 2>, 256> texts_{};
  std::array<int, 0x144> bytes_{};
};

const ByteAlphabet& byte_alphabet();

}  // namespace hug::text
