#include "arch/checkpoint/sentencepiece.h"

#include <bit>
#include <cstring>
#include <optional>

namespace hug::arch {

namespace {

Error corrupt(const char* what) {
  return Error(Code::kCorrupt,
               std::string("the sentencepiece model is damaged: ") + what);
}

// One field of a message: its number and either a number or bytes.
struct Field {
  std::uint64_t number = 0;
  std::uint64_t value = 0;
  std::string_view bytes = {};
};

class Fields {
 public:
  explicit Fields(std::string_view message) : rest_(message) {}

  bool done() const { return rest_.empty(); }

  Result<Field> next() {
    const std::uint64_t key = HUG_TRY(varint());
    Field out;
    out.number = key >> 3;
    switch (key & 7) {
      case 0:
        out.value = HUG_TRY(varint());
        return out;
      case 1:
        out.bytes = HUG_TRY(take(8));
        return out;
      case 2:
        out.bytes = HUG_TRY(take(HUG_TRY(varint())));
        return out;
      case 5: {
        out.bytes = HUG_TRY(take(4));
        std::uint32_t bits = 0;
        std::memcpy(&bits, out.bytes.data(), 4);
        out.value = bits;
        return out;
      }
      default:
        return corrupt("an unknown wire type");
    }
  }

 private:
  Result<std::uint64_t> varint() {
    std::uint64_t value = 0;
    for (unsigned shift = 0; shift < 64; shift += 7) {
      if (rest_.empty()) return corrupt("it ends within a number");
      const auto byte = static_cast<unsigned char>(rest_.front());
      rest_.remove_prefix(1);
      value |= static_cast<std::uint64_t>(byte & 0x7f) << shift;
      if (byte < 0x80) return value;
    }
    return corrupt("a number is too long");
  }

  Result<std::string_view> take(std::uint64_t n) {
    if (n > rest_.size()) return corrupt("a field goes beyond its end");
    const std::string_view out = rest_.substr(0, n);
    rest_.remove_prefix(n);
    return out;
  }

  std::string_view rest_;
};

Result<SpmPiece> parse_piece(std::string_view message) {
  SpmPiece out;
  Fields fields(message);
  while (!fields.done()) {
    const Field field = HUG_TRY(fields.next());
    if (field.number == 1) out.text = std::string(field.bytes);
    if (field.number == 2)
      out.score = std::bit_cast<float>(static_cast<std::uint32_t>(field.value));
    if (field.number == 3 && field.value >= 1 && field.value <= 6)
      out.type = static_cast<TokenType>(field.value);
  }
  return out;
}

Result<void> parse_normalizer(std::string_view message, SpmModel& out) {
  Fields fields(message);
  while (!fields.done()) {
    const Field field = HUG_TRY(fields.next());
    if (field.number == 2) out.charsmap = std::string(field.bytes);
    if (field.number == 3) out.add_dummy_prefix = field.value != 0;
    if (field.number == 4) out.remove_extra_whitespaces = field.value != 0;
  }
  return {};
}

Result<void> parse_trainer(std::string_view message, SpmModel& out) {
  Fields fields(message);
  while (!fields.done()) {
    const Field field = HUG_TRY(fields.next());
    if (field.number == 3 && field.value >= 1 && field.value <= 4)
      out.kind = static_cast<SpmModel::Kind>(field.value);
  }
  return {};
}

}  // namespace

Result<SpmModel> parse_sentencepiece(std::string_view bytes) {
  SpmModel out;
  Fields fields(bytes);
  while (!fields.done()) {
    const Field field = HUG_TRY(fields.next());
    if (field.number == 1)
      out.pieces.push_back(HUG_TRY(parse_piece(field.bytes)));
    if (field.number == 2) HUG_TRY(parse_trainer(field.bytes, out));
    if (field.number == 3) HUG_TRY(parse_normalizer(field.bytes, out));
  }
  if (out.pieces.empty()) return corrupt("it has no pieces");
  return out;
}

namespace {

void put_varint(std::string& out, std::uint64_t value) {
  while (value >= 0x80) {
    out += static_cast<char>((value & 0x7f) | 0x80);
    value >>= 7;
  }
  out += static_cast<char>(value);
}

void put_number(std::string& out, unsigned field, std::uint64_t value) {
  put_varint(out, field << 3);
  put_varint(out, value);
}

void put_bytes(std::string& out, unsigned field, std::string_view bytes) {
  put_varint(out, (field << 3) | 2);
  put_varint(out, bytes.size());
  out += bytes;
}

std::string print_piece(const SpmPiece& piece) {
  std::string out;
  put_bytes(out, 1, piece.text);
  put_varint(out, (2U << 3) | 5);
  const auto bits = std::bit_cast<std::uint32_t>(piece.score);
  for (unsigned shift = 0; shift < 32; shift += 8)
    out += static_cast<char>((bits >> shift) & 0xff);
  put_number(out, 3, static_cast<std::uint64_t>(piece.type));
  return out;
}

std::string print_trainer(const SpmModel& model) {
  constexpr std::uint64_t kNone = ~std::uint64_t{0};  // -1
  std::string out;
  put_number(out, 3, static_cast<std::uint64_t>(model.kind));
  put_number(out, 4, model.pieces.size());
  put_number(out, 35, model.byte_fallback ? 1 : 0);
  put_number(out, 40, model.unk.value_or(0));
  put_number(out, 41, model.bos.value_or(kNone));
  put_number(out, 42, model.eos.value_or(kNone));
  put_number(out, 43, model.pad.value_or(kNone));
  return out;
}

}  // namespace

std::string print_sentencepiece(const SpmModel& model) {
  std::string out;
  for (const SpmPiece& piece : model.pieces)
    put_bytes(out, 1, print_piece(piece));
  put_bytes(out, 2, print_trainer(model));
  std::string normalizer;
  put_bytes(normalizer, 1,
            model.charsmap.empty() ? "identity" : "user_defined");
  if (!model.charsmap.empty()) put_bytes(normalizer, 2, model.charsmap);
  put_number(normalizer, 3, model.add_dummy_prefix ? 1 : 0);
  put_number(normalizer, 4, model.remove_extra_whitespaces ? 1 : 0);
  put_bytes(out, 3, normalizer);
  return out;
}

}  // namespace hug::arch
