#include <algorithm>
#include <bit>
#include <cstring>
#include <type_traits>
#include <utility>

#include "base/base.h"
#include "format/gguf.h"
#include "format/window.h"

namespace hug::format {
namespace {

constexpr std::string_view kMagic = "GGUF";

template <class T>
T load(const std::byte* p, bool swap) noexcept {
  std::array<std::byte, sizeof(T)> raw;
  std::memcpy(raw.data(), p, sizeof(T));
  if (swap) std::reverse(raw.begin(), raw.end());
  return std::bit_cast<T>(raw);
}

class Reader {
 public:
  Reader(const ByteSource& source, const GgufReadOptions& options)
      : source_(source),
        options_(options),
        window_(source, kMaxGgufHeader, options.first_window) {}

  Result<Gguf> read();

 private:
  Error corrupt(std::string what) const {
    return Error(Code::kCorrupt, std::move(what));
  }

  template <class T>
  Result<T> number() {
    const auto bytes = HUG_TRY(window_.take(sizeof(T)));
    return load<T>(bytes.data(), swap_);
  }

  Result<std::string_view> text(std::uint64_t most);
  Result<void> read_start();
  Result<void> read_metadata();
  Result<GgufValue> read_value(ValueType type);
  Result<GgufArray> read_array();
  Result<void> read_strings(StringArray& out, std::uint64_t n);
  Result<void> check_keys() const;
  Result<void> read_alignment();
  Result<void> read_tensors();
  Result<GgufTensor> read_tensor();
  Result<void> place_tensors();
  Result<void> check_names() const;

  const ByteSource& source_;
  const GgufReadOptions& options_;
  Window window_;
  bool swap_ = false;
  std::uint64_t n_tensors_ = 0;
  std::uint64_t n_keys_ = 0;
  Gguf out_;
};

// Valid until the next read.
Result<std::string_view> Reader::text(std::uint64_t most) {
  const auto n = HUG_TRY(number<std::uint64_t>());
  if (n > window_.remaining())
    return corrupt("a string of " + std::to_string(n) + " bytes, but only " +
                   std::to_string(window_.remaining()) + " follow");
  if (n > most)
    return Error(Code::kLimit, "a string of " + std::to_string(n) +
                                   " bytes, more than the " +
                                   std::to_string(most) + " allowed");
  const auto bytes = HUG_TRY(window_.take(n));
  return std::string_view(reinterpret_cast<const char*>(bytes.data()),
                          bytes.size());
}

Result<void> Reader::read_start() {
  if (source_.size() < 24)
    return corrupt("it has " + std::to_string(source_.size()) +
                   " bytes, fewer than the smallest gguf file");
  const auto magic = HUG_TRY(window_.take(4));
  if (std::memcmp(magic.data(), kMagic.data(), 4) != 0)
    return corrupt("it does not begin with \"GGUF\"");
  auto version = HUG_TRY(number<std::uint32_t>());
  if ((version & 0xffffU) == 0 && version != 0) {
    if (!options_.accept_big_endian)
      return Error(Code::kUnsupported, "its numbers are big-endian")
          .hint("convert it again on, or for, a little-endian machine");
    swap_ = out_.big_endian = true;
    version = __builtin_bswap32(version);
  }
  if (version < 2 || version > 3)
    return Error(Code::kUnsupported, "gguf version " + std::to_string(version) +
                                         " is not known; 2 and 3 are")
        .hint("convert the original model again");
  out_.version = version;
  n_tensors_ = HUG_TRY(number<std::uint64_t>());
  n_keys_ = HUG_TRY(number<std::uint64_t>());
  if (n_tensors_ > kMaxGgufTensors)
    return Error(Code::kLimit, "it claims to hold " +
                                   std::to_string(n_tensors_) + " tensors");
  if (n_keys_ > kMaxGgufKeys)
    return Error(Code::kLimit, "it claims to hold " + std::to_string(n_keys_) +
                                   " metadata keys");
  return {};
}

Result<void> Reader::read_strings(StringArray& out, std::uint64_t n) {
  if (n > window_.remaining() / 8)
    return corrupt("an array of " + std::to_string(n) +
                   " strings does not fit into the file");
  const std::uint64_t sure = std::min(n, window_.buffered() / 8);
  out.reserve(static_cast<std::size_t>(sure), 0);
  for (std::uint64_t i = 0; i < n; ++i)
    out.push_back(HUG_TRY(text(kMaxGgufString)));
  return {};
}

Result<GgufArray> Reader::read_array() {
  const auto type = static_cast<ValueType>(HUG_TRY(number<std::uint32_t>()));
  const auto n = HUG_TRY(number<std::uint64_t>());
  if (type > ValueType::kF64)
    return corrupt("an array of unknown type " +
                   std::to_string(static_cast<std::uint32_t>(type)));
  if (type == ValueType::kArray)
    return Error(Code::kUnsupported, "an array of arrays");
  if (n > kMaxGgufElements)
    return Error(Code::kLimit,
                 "an array of " + std::to_string(n) + " elements");
  GgufArray out = make_array(type);
  if (auto* strings = std::get_if<StringArray>(&out)) {
    HUG_TRY(read_strings(*strings, n));
    return out;
  }
  const std::uint64_t size = scalar_bytes(type);
  if (n > window_.remaining() / size)
    return corrupt("an array of " + std::to_string(n) + " elements, but only " +
                   std::to_string(window_.remaining()) + " bytes follow");
  const auto bytes = HUG_TRY(window_.take(n * size));
  std::visit(
      [&](auto& a) {
        using T = std::remove_cvref_t<decltype(a)>;
        if constexpr (!std::is_same_v<T, StringArray>) {
          using E = typename T::value_type;
          a.resize(static_cast<std::size_t>(n));
          for (std::size_t i = 0; i < a.size(); ++i) {
            if constexpr (std::is_same_v<E, bool>)
              a[i] = bytes[i] != std::byte{0};
            else
              a[i] = load<E>(bytes.data() + i * sizeof(E), swap_);
          }
        }
      },
      out);
  return out;
}

Result<GgufValue> Reader::read_value(ValueType type) {
  switch (type) {
    case ValueType::kU8:
      return GgufValue(HUG_TRY(number<std::uint8_t>()));
    case ValueType::kI8:
      return GgufValue(HUG_TRY(number<std::int8_t>()));
    case ValueType::kU16:
      return GgufValue(HUG_TRY(number<std::uint16_t>()));
    case ValueType::kI16:
      return GgufValue(HUG_TRY(number<std::int16_t>()));
    case ValueType::kU32:
      return GgufValue(HUG_TRY(number<std::uint32_t>()));
    case ValueType::kI32:
      return GgufValue(HUG_TRY(number<std::int32_t>()));
    case ValueType::kF32:
      return GgufValue(HUG_TRY(number<float>()));
    case ValueType::kBool:
      return GgufValue(HUG_TRY(number<std::uint8_t>()) != 0);
    case ValueType::kString:
      return GgufValue(std::string(HUG_TRY(text(kMaxGgufString))));
    case ValueType::kArray:
      return GgufValue(HUG_TRY(read_array()));
    case ValueType::kU64:
      return GgufValue(HUG_TRY(number<std::uint64_t>()));
    case ValueType::kI64:
      return GgufValue(HUG_TRY(number<std::int64_t>()));
    case ValueType::kF64:
      return GgufValue(HUG_TRY(number<double>()));
  }
  return corrupt("a value of unknown type " +
                 std::to_string(static_cast<std::uint32_t>(type)));
}

Result<void> Reader::read_metadata() {
  // The smallest entry: an empty key, its type, one byte.
  if (n_keys_ > window_.remaining() / 13)
    return corrupt(std::to_string(n_keys_) +
                   " metadata keys do not fit into the file");
  for (std::uint64_t i = 0; i < n_keys_; ++i) {
    auto key = text(kMaxGgufKey);
    if (!key)
      return std::move(key).error().with("reading metadata key " +
                                         std::to_string(i));
    if (key->empty())
      return corrupt("metadata key " + std::to_string(i) + " is empty");
    std::string name(*key);
    const auto type = HUG_TRY(number<std::uint32_t>());
    auto value = read_value(static_cast<ValueType>(type));
    if (!value)
      return std::move(value).error().with("reading metadata '" + name + "'");
    out_.metadata.append(std::move(name), std::move(*value));
  }
  return check_keys();
}

Result<void> Reader::check_keys() const {
  std::vector<std::string_view> keys;
  keys.reserve(out_.metadata.size());
  for (const auto& entry : out_.metadata)
    keys.emplace_back(entry.first);
  std::sort(keys.begin(), keys.end());
  const auto twice = std::adjacent_find(keys.begin(), keys.end());
  if (twice != keys.end())
    return corrupt("metadata key '" + std::string(*twice) + "' occurs twice");
  return {};
}

Result<void> Reader::read_alignment() {
  const GgufValue* value = out_.metadata.find("general.alignment");
  if (value == nullptr) return {};
  const auto* number = std::get_if<std::uint32_t>(value);
  if (number == nullptr)
    return corrupt("general.alignment is " +
                   std::string(name(type_of(*value))) + ", not u32");
  if (*number < 8 || *number > kMaxGgufAlignment ||
      !std::has_single_bit(*number))
    return corrupt("general.alignment is " + std::to_string(*number) +
                   ", not a power of two from 8 to 1048576");
  out_.alignment = *number;
  return {};
}

Result<GgufTensor> Reader::read_tensor() {
  const std::string name(HUG_TRY(text(kMaxGgufKey)));
  if (name.empty()) return corrupt("a tensor without a name");
  const auto n_dims = HUG_TRY(number<std::uint32_t>());
  if (n_dims > 4)
    return corrupt("tensor '" + name + "' has " + std::to_string(n_dims) +
                   " dimensions, more than 4");
  std::array<std::uint64_t, 4> ne{};
  for (std::uint32_t i = 0; i < n_dims; ++i)
    ne[i] = HUG_TRY(number<std::uint64_t>());
  const auto id = HUG_TRY(number<std::uint32_t>());
  auto type = tensor::dtype_from_gguf(static_cast<std::int64_t>(id));
  if (!type)
    return std::move(type).error().with("reading tensor '" + name + "'");
  auto out =
      HUG_TRY(make_gguf_tensor(name, *type, std::span(ne).first(n_dims)));
  out.offset = HUG_TRY(number<std::uint64_t>());
  return out;
}

Result<void> Reader::read_tensors() {
  // The smallest entry: name, no dimensions, type, offset.
  if (n_tensors_ > window_.remaining() / 24)
    return corrupt(std::to_string(n_tensors_) +
                   " tensors do not fit into the file");
  const std::uint64_t sure = std::min(n_tensors_, window_.buffered() / 24);
  out_.tensors.reserve(static_cast<std::size_t>(sure));
  for (std::uint64_t i = 0; i < n_tensors_; ++i) {
    auto tensor = read_tensor();
    if (!tensor)
      return std::move(tensor).error().with("reading tensor entry " +
                                            std::to_string(i));
    out_.tensors.push_back(std::move(*tensor));
  }
  return check_names();
}

Result<void> Reader::check_names() const {
  std::vector<std::string_view> names;
  names.reserve(out_.tensors.size());
  for (const GgufTensor& t : out_.tensors)
    names.emplace_back(t.name);
  std::sort(names.begin(), names.end());
  const auto twice = std::adjacent_find(names.begin(), names.end());
  if (twice != names.end())
    return corrupt("tensor '" + std::string(*twice) + "' occurs twice");
  return {};
}

Result<void> Reader::place_tensors() {
  out_.data_offset = window_.position();
  if (out_.tensors.empty()) return {};
  out_.data_offset = *base::checked_align(out_.data_offset, out_.alignment);
  std::uint64_t sum = 0;
  for (const GgufTensor& t : out_.tensors) {
    if (t.offset != sum)
      return corrupt("tensor '" + t.name + "' begins at " +
                     std::to_string(t.offset) + " of the data, not at " +
                     std::to_string(sum));
    const auto end = base::checked_add(t.offset, t.bytes);
    const auto file_end =
        end ? base::checked_add(*end, out_.data_offset) : std::nullopt;
    if (!file_end)
      return corrupt("tensor '" + t.name + "' ends beyond any file");
    if (options_.require_data && *file_end > source_.size())
      return corrupt("tensor '" + t.name + "' ends at byte " +
                     std::to_string(*file_end) + ", but the file has " +
                     std::to_string(source_.size()));
    const auto padded = base::checked_align(*end, out_.alignment);
    if (!padded) return corrupt("tensor '" + t.name + "' ends beyond any file");
    sum = *padded;
  }
  out_.data_bytes = sum;
  return {};
}

Result<Gguf> Reader::read() {
  HUG_TRY(read_start());
  HUG_TRY(read_metadata());
  HUG_TRY(read_alignment());
  HUG_TRY(read_tensors());
  HUG_TRY(place_tensors());
  return std::move(out_);
}

}  // namespace

Result<Gguf> read_gguf(const ByteSource& source,
                       const GgufReadOptions& options) {
  return Reader(source, options)
      .read()
      .with("reading gguf file '" + source.name() + "'");
}

bool looks_like_gguf(const ByteSource& source) {
  if (source.size() < 24) return false;
  std::array<std::byte, 4> magic{};
  return source.read_at(0, magic).has_value() &&
         std::memcmp(magic.data(), kMagic.data(), 4) == 0;
}

Result<ByteSourcePtr> tensor_source(const Gguf& gguf, const GgufTensor& tensor,
                                    const ByteSourcePtr& source) {
  const auto begin = base::checked_add(gguf.data_offset, tensor.offset);
  if (!begin)
    return Error(Code::kCorrupt, "tensor '" + tensor.name +
                                     "' lies beyond the end of the file");
  return slice(source, *begin, tensor.bytes)
      .with("reading tensor '" + tensor.name + "'");
}

}  // namespace hug::format
