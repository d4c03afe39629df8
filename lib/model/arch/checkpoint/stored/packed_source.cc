#include "arch/checkpoint/stored/packed_source.h"

#include <algorithm>
#include <array>
#include <optional>

#include "arch/checkpoint/stored/expanded_source.h"
#include "tensor/codec.h"

namespace hug::arch {

using format::CheckpointTensor;
using tensor::DType;

namespace {

// Where AWQ keeps column j of eight: its place in the word.
constexpr std::array<unsigned, 8> kAwqPlaces = {0, 4, 1, 5, 2, 6, 3, 7};

// How the numbers lie. Words, scales and zeros are matrices; what of them
// belongs to output o and input i:
//
//            words              scales        zeros
//   GPTQ     (i / per, o)       (group, o)    (group, o / per)
//   AWQ      (i, o / per)       (group, o)    (group, o / per)
//   packed   (o, i / per)       (o, group)    (o / per, group)
struct Layout {
  StorageKind kind = StorageKind::kGptq;
  unsigned bits = 4;
  unsigned per_word = 8;
  std::uint64_t n_out = 0;
  std::uint64_t n_in = 0;
  std::uint64_t n_group = 1;
  std::uint64_t group = 0;  // inputs of one
  float zero_shift = 0;
  float middle = 0;  // the zero point where none is stored

  unsigned code(std::uint32_t word, std::uint64_t i) const noexcept {
    const auto k = static_cast<unsigned>(i % per_word);
    const unsigned place = kind == StorageKind::kAwq ? kAwqPlaces[k] : k;
    return (word >> (place * bits)) & ((1U << bits) - 1);
  }
};

Error misfit(const CheckpointTensor& part, const std::string& name) {
  return Error(Code::kCorrupt,
               "'" + part.name + "' does not fit '" + name + "'");
}

class PackedSource final : public ExpandedSource {
 public:
  PackedSource(const Layout& layout, const PackedParts& parts, std::string name)
      : ExpandedSource(std::move(name), layout.n_out, layout.n_in),
        l_(layout),
        words_(parts.words->source),
        zeros_(parts.zeros != nullptr ? parts.zeros->source : ByteSourcePtr()),
        scales_(*parts.scales),
        has_zeros_(parts.zeros != nullptr) {
    if (parts.index != nullptr) index_ = *parts.index;
  }

 private:
  // Of all groups and the outputs of a window: (n_group, n_rows).
  struct Groups {
    std::vector<float> scale = {};
    std::vector<float> zero = {};
    std::vector<std::uint32_t> of = {};  // an input of the window
  };

  Result<void> compute(const Window& w, std::span<float> out) const override;
  Result<void> read_groups(const Window& w, Groups& out) const;
  Result<void> read_index(const Window& w, Groups& out) const;
  Result<void> read_scales(const Window& w, Groups& out) const;
  Result<void> read_zeros(const Window& w, Groups& out) const;
  Result<void> read_words(const Scattered& from, std::uint64_t first,
                          std::span<std::uint32_t> out) const;
  Result<void> by_inputs(const Window& w, const Groups& groups,
                         std::span<float> out) const;
  Result<void> by_outputs(const Window& w, const Groups& groups,
                          std::span<float> out) const;

  Layout l_;
  Scattered words_;
  Scattered zeros_;
  CheckpointTensor scales_;
  bool has_zeros_;
  std::optional<CheckpointTensor> index_;
};

Result<void> PackedSource::read_words(const Scattered& from,
                                      std::uint64_t first,
                                      std::span<std::uint32_t> out) const {
  return from.read(first * 4, std::as_writable_bytes(out));
}

Result<void> PackedSource::read_index(const Window& w, Groups& out) const {
  out.of.resize(w.n_columns);
  for (std::uint64_t i = 0; i < w.n_columns; ++i)
    out.of[i] = static_cast<std::uint32_t>((w.column + i) / l_.group);
  if (!index_) return {};
  std::vector<std::int32_t> groups(w.n_columns);
  HUG_TRY(index_->source->read_at(w.column * 4,
                                  std::as_writable_bytes(std::span(groups))));
  for (std::uint64_t i = 0; i < w.n_columns; ++i) {
    const std::int32_t g = groups[i];
    if (g < 0) continue;  // not set: in order
    if (static_cast<std::uint64_t>(g) >= l_.n_group)
      return Error(Code::kCorrupt, "'" + index_->name + "' names group " +
                                       std::to_string(g) + " of " +
                                       std::to_string(l_.n_group));
    out.of[i] = static_cast<std::uint32_t>(g);
  }
  return {};
}

Result<void> PackedSource::read_scales(const Window& w, Groups& out) const {
  const std::uint64_t bytes = tensor::info(scales_.type).bytes;
  std::vector<std::byte> raw;
  std::vector<float> floats;
  const auto read = [&](std::uint64_t first, std::uint64_t n) -> Result<void> {
    raw.resize(n * bytes);
    floats.resize(n);
    HUG_TRY(scales_.source->read_at(first * bytes, raw));
    return tensor::decode_rows(scales_.type, raw, floats);
  };
  out.scale.resize(l_.n_group * w.n_rows);
  if (l_.kind == StorageKind::kPacked) {
    HUG_TRY(read(w.row * l_.n_group, w.n_rows * l_.n_group));
    for (std::uint64_t r = 0; r < w.n_rows; ++r)
      for (std::uint64_t g = 0; g < l_.n_group; ++g)
        out.scale[g * w.n_rows + r] = floats[r * l_.n_group + g];
    return {};
  }
  for (std::uint64_t g = 0; g < l_.n_group; ++g) {
    HUG_TRY(read(g * l_.n_out + w.row, w.n_rows));
    std::copy(floats.begin(), floats.end(),
              out.scale.begin() + static_cast<std::ptrdiff_t>(g * w.n_rows));
  }
  return {};
}

Result<void> PackedSource::read_zeros(const Window& w, Groups& out) const {
  out.zero.assign(l_.n_group * w.n_rows, l_.middle);
  if (!has_zeros_) return {};
  const std::uint64_t first = w.row / l_.per_word;
  const std::uint64_t last = (w.row + w.n_rows - 1) / l_.per_word;
  const std::uint64_t row_words = (l_.n_out + l_.per_word - 1) / l_.per_word;
  std::vector<std::uint32_t> words(last - first + 1);
  for (std::uint64_t g = 0; g < l_.n_group; ++g) {
    if (l_.kind == StorageKind::kPacked) {
      for (std::uint64_t i = first; i <= last; ++i)
        HUG_TRY(read_words(zeros_, i * l_.n_group + g,
                           std::span(words).subspan(i - first, 1)));
    } else {
      HUG_TRY(read_words(zeros_, g * row_words + first, words));
    }
    for (std::uint64_t r = 0; r < w.n_rows; ++r) {
      const std::uint64_t o = w.row + r;
      const unsigned code = l_.code(words[o / l_.per_word - first], o);
      out.zero[g * w.n_rows + r] = static_cast<float>(code) + l_.zero_shift;
    }
  }
  return {};
}

Result<void> PackedSource::read_groups(const Window& w, Groups& out) const {
  HUG_TRY(read_index(w, out));
  HUG_TRY(read_scales(w, out));
  return read_zeros(w, out);
}

// Words hold several inputs of one output.
Result<void> PackedSource::by_inputs(const Window& w, const Groups& groups,
                                     std::span<float> out) const {
  const bool rows = l_.kind == StorageKind::kPacked;
  const std::uint64_t first = w.column / l_.per_word;
  const std::uint64_t last = (w.column + w.n_columns - 1) / l_.per_word;
  const std::uint64_t row_words = (l_.n_in + l_.per_word - 1) / l_.per_word;
  const auto unpack = [&](std::uint32_t word, std::uint64_t place,
                          std::uint64_t r) {
    for (unsigned k = 0; k < l_.per_word; ++k) {
      const std::uint64_t i = place * l_.per_word + k;
      if (i < w.column || i >= w.column + w.n_columns) continue;
      const std::uint64_t c = i - w.column;
      const std::uint64_t g = groups.of[c] * w.n_rows + r;
      out[r * w.n_columns + c] =
          (static_cast<float>(l_.code(word, i)) - groups.zero[g]) *
          groups.scale[g];
    }
  };
  std::vector<std::uint32_t> words(rows ? last - first + 1 : w.n_rows);
  if (rows) {
    for (std::uint64_t r = 0; r < w.n_rows; ++r) {
      HUG_TRY(read_words(words_, (w.row + r) * row_words + first, words));
      for (std::uint64_t p = first; p <= last; ++p)
        unpack(words[p - first], p, r);
    }
    return {};
  }
  for (std::uint64_t p = first; p <= last; ++p) {
    HUG_TRY(read_words(words_, p * l_.n_out + w.row, words));
    for (std::uint64_t r = 0; r < w.n_rows; ++r)
      unpack(words[r], p, r);
  }
  return {};
}

// Words hold several outputs of one input.
Result<void> PackedSource::by_outputs(const Window& w, const Groups& groups,
                                      std::span<float> out) const {
  const std::uint64_t first = w.row / l_.per_word;
  const std::uint64_t last = (w.row + w.n_rows - 1) / l_.per_word;
  const std::uint64_t row_words = l_.n_out / l_.per_word;
  std::vector<std::uint32_t> words(last - first + 1);
  for (std::uint64_t c = 0; c < w.n_columns; ++c) {
    HUG_TRY(read_words(words_, (w.column + c) * row_words + first, words));
    for (std::uint64_t r = 0; r < w.n_rows; ++r) {
      const std::uint64_t o = w.row + r;
      const std::uint64_t g = groups.of[c] * w.n_rows + r;
      const unsigned code = l_.code(words[o / l_.per_word - first], o);
      out[r * w.n_columns + c] =
          (static_cast<float>(code) - groups.zero[g]) * groups.scale[g];
    }
  }
  return {};
}

Result<void> PackedSource::compute(const Window& w,
                                   std::span<float> out) const {
  Groups groups;
  HUG_TRY(read_groups(w, groups));
  return l_.kind == StorageKind::kAwq ? by_outputs(w, groups, out)
                                      : by_inputs(w, groups, out);
}

bool is_matrix(const CheckpointTensor& tensor, std::uint64_t rows,
               std::uint64_t columns) {
  if (columns == 1 && tensor.shape == std::vector<std::uint64_t>{rows})
    return true;
  return tensor.shape == std::vector<std::uint64_t>{rows, columns};
}

// The numbers of inputs and outputs that the words have room for.
Result<void> read_sizes(const PackedParts& parts, const std::string& name,
                        Layout& out) {
  const auto& shape = parts.words->shape;
  if (shape.size() != 2 || parts.words->type != DType::kI32 || shape[0] == 0 ||
      shape[1] == 0 || shape[0] > (1ULL << 40) || shape[1] > (1ULL << 40))
    return misfit(*parts.words, name);
  if (out.kind == StorageKind::kPacked) {
    std::array<std::int64_t, 2> sizes{};
    if (parts.shape == nullptr || parts.shape->type != DType::kI64 ||
        parts.shape->bytes != sizeof(sizes))
      return Error(Code::kCorrupt, "'" + name + "' has no shape");
    HUG_TRY(parts.shape->source->read_at(
        0, std::as_writable_bytes(std::span(sizes))));
    out.n_out = static_cast<std::uint64_t>(sizes[0]);
    out.n_in = static_cast<std::uint64_t>(sizes[1]);
    if (sizes[1] < 1 || shape[0] != out.n_out ||
        shape[1] != (out.n_in + out.per_word - 1) / out.per_word)
      return misfit(*parts.words, name);
    return {};
  }
  const bool gptq = out.kind == StorageKind::kGptq;
  out.n_in = shape[0] * (gptq ? out.per_word : 1);
  out.n_out = shape[1] * (gptq ? 1 : out.per_word);
  return {};
}

Result<void> check_parts(const PackedParts& parts, const std::string& name,
                         Layout& l) {
  const bool packed = l.kind == StorageKind::kPacked;
  const auto& scales = *parts.scales;
  if (!tensor::can_decode(scales.type) || scales.shape.empty())
    return misfit(scales, name);
  if (packed) {
    l.n_group = scales.shape.size() < 2 ? 1 : scales.shape[1];
    if (l.n_group == 0 || l.n_in % l.n_group != 0) return misfit(scales, name);
    l.group = l.n_in / l.n_group;
  } else {
    if (l.group == 0) l.group = l.n_in;
    l.n_group = (l.n_in + l.group - 1) / l.group;
  }
  const bool fits = packed ? is_matrix(scales, l.n_out, l.n_group)
                           : is_matrix(scales, l.n_group, l.n_out);
  if (!fits) return misfit(scales, name);
  const std::uint64_t out_words = (l.n_out + l.per_word - 1) / l.per_word;
  if (parts.zeros != nullptr) {
    const bool zeros_fit = packed
                               ? is_matrix(*parts.zeros, out_words, l.n_group)
                               : is_matrix(*parts.zeros, l.n_group, out_words);
    if (!zeros_fit || parts.zeros->type != DType::kI32)
      return misfit(*parts.zeros, name);
  }
  if (parts.index != nullptr &&
      (parts.index->type != DType::kI32 || !is_matrix(*parts.index, l.n_in, 1)))
    return misfit(*parts.index, name);
  return {};
}

}  // namespace

Result<PackedMatrix> open_packed(const Storage& storage,
                                 const PackedParts& parts, std::string name) {
  Layout layout;
  layout.kind = storage.kind;
  layout.bits = storage.bits;
  layout.per_word = 32 / storage.bits;
  layout.group = storage.group;
  layout.zero_shift = static_cast<float>(storage.zero_shift);
  layout.middle = static_cast<float>(1U << (storage.bits - 1));
  HUG_TRY(read_sizes(parts, name, layout));
  HUG_TRY(check_parts(parts, name, layout));
  PackedMatrix out;
  out.shape = {layout.n_out, layout.n_in};
  out.source = std::make_shared<PackedSource>(layout, parts, std::move(name));
  return out;
}

}  // namespace hug::arch
