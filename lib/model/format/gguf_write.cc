#include <algorithm>
#include <bit>
#include <cstring>
#include <type_traits>

#include "base/base.h"
#include "format/gguf.h"

namespace hug::format {
namespace {

// Appends little-endian numbers; with no target it only counts.
class Out {
 public:
  explicit Out(std::vector<std::byte>* bytes) : bytes_(bytes) {}

  template <class T>
  void number(T value) {
    static_assert(std::endian::native == std::endian::little);
    raw(&value, sizeof(value));
  }

  void text(std::string_view text) {
    number(static_cast<std::uint64_t>(text.size()));
    raw(text.data(), text.size());
  }

  void zeros(std::uint64_t n) {
    size_ += n;
    if (bytes_ != nullptr) bytes_->resize(bytes_->size() + n);
  }

  std::uint64_t size() const noexcept { return size_; }

 private:
  void raw(const void* data, std::size_t n) {
    size_ += n;
    if (bytes_ == nullptr || n == 0) return;
    const auto* from = static_cast<const std::byte*>(data);
    bytes_->insert(bytes_->end(), from, from + n);
  }

  std::vector<std::byte>* bytes_;
  std::uint64_t size_ = 0;
};

void put_array(Out& out, const GgufArray& array) {
  out.number(static_cast<std::uint32_t>(element_type(array)));
  out.number(static_cast<std::uint64_t>(element_count(array)));
  std::visit(
      [&](const auto& a) {
        using T = std::remove_cvref_t<decltype(a)>;
        if constexpr (std::is_same_v<T, StringArray>) {
          for (std::size_t i = 0; i < a.size(); ++i)
            out.text(a[i]);
        } else if constexpr (std::is_same_v<T, std::vector<bool>>) {
          for (const bool b : a)
            out.number(static_cast<std::uint8_t>(b));
        } else {
          for (const auto e : a)
            out.number(e);
        }
      },
      array);
}

void put_value(Out& out, const GgufValue& value) {
  out.number(static_cast<std::uint32_t>(type_of(value)));
  std::visit(
      [&](const auto& v) {
        using T = std::remove_cvref_t<decltype(v)>;
        if constexpr (std::is_same_v<T, GgufArray>)
          put_array(out, v);
        else if constexpr (std::is_same_v<T, std::string>)
          out.text(v);
        else if constexpr (std::is_same_v<T, bool>)
          out.number(static_cast<std::uint8_t>(v));
        else
          out.number(v);
      },
      value);
}

void put_tensor(Out& out, const GgufTensor& tensor) {
  out.text(tensor.name);
  out.number(tensor.n_dims);
  for (const std::uint64_t n : tensor.dims())
    out.number(n);
  out.number(static_cast<std::uint32_t>(tensor.type));
  out.number(tensor.offset);
}

void put_header(Out& out, const GgufMetadata& metadata,
                std::span<const GgufTensor> tensors, std::uint32_t version,
                std::uint32_t alignment) {
  out.number(std::uint32_t{0x46554747});  // "GGUF"
  out.number(version);
  out.number(static_cast<std::uint64_t>(tensors.size()));
  out.number(static_cast<std::uint64_t>(metadata.size()));
  for (const auto& [key, value] : metadata) {
    out.text(key);
    put_value(out, value);
  }
  for (const GgufTensor& t : tensors)
    put_tensor(out, t);
  const std::uint64_t over = out.size() % alignment;
  if (!tensors.empty() && over != 0) out.zeros(alignment - over);
}

Result<std::uint32_t> alignment_of(const GgufMetadata& metadata) {
  const GgufValue* value = metadata.find("general.alignment");
  if (value == nullptr) return kDefaultAlignment;
  const auto* n = std::get_if<std::uint32_t>(value);
  if (n == nullptr || *n < 8 || *n > kMaxGgufAlignment ||
      !std::has_single_bit(*n))
    return Error(Code::kCorrupt,
                 "general.alignment must be a u32 and a power of two from 8 to "
                 "1048576");
  return *n;
}

Result<void> check_unique(std::vector<std::string_view> names,
                          std::string_view what) {
  std::sort(names.begin(), names.end());
  if (!names.empty() && names.front().empty())
    return Error(Code::kCorrupt, "a " + std::string(what) + " without a name");
  const auto twice = std::adjacent_find(names.begin(), names.end());
  if (twice == names.end()) return {};
  return Error(Code::kCorrupt, std::string(what) + " '" + std::string(*twice) +
                                   "' is there twice");
}

Result<void> check_writable(const GgufMetadata& metadata,
                            std::span<const GgufTensor> tensors) {
  if (metadata.size() > kMaxGgufKeys || tensors.size() > kMaxGgufTensors)
    return Error(Code::kLimit, "too many metadata keys or tensors");
  std::vector<std::string_view> keys;
  for (const auto& entry : metadata) {
    keys.emplace_back(entry.first);
    if (entry.first.size() > kMaxGgufKey)
      return Error(
          Code::kLimit,
          "a metadata key of " + std::to_string(entry.first.size()) + " bytes");
  }
  HUG_TRY(check_unique(std::move(keys), "metadata key"));
  std::vector<std::string_view> names;
  for (const GgufTensor& t : tensors) {
    names.emplace_back(t.name);
    if (!tensor::info(t.type).in_gguf())
      return Error(Code::kUnsupported, "tensor '" + t.name +
                                           "': gguf has no type " +
                                           std::string(tensor::name(t.type)));
  }
  return check_unique(std::move(names), "tensor");
}

std::uint64_t padding_of(const GgufLayout& layout, std::size_t i) {
  const std::uint64_t end = layout.tensors[i].offset + layout.tensors[i].bytes;
  const std::uint64_t over = end % layout.alignment;
  return over == 0 ? 0 : layout.alignment - over;
}

}  // namespace

Result<std::uint64_t> gguf_header_bytes(const GgufMetadata& metadata,
                                        std::span<const GgufTensor> tensors) {
  Out out(nullptr);
  put_header(out, metadata, tensors, 3, HUG_TRY(alignment_of(metadata)));
  return out.size();
}

Result<std::uint64_t> gguf_file_bytes(const GgufMetadata& metadata,
                                      std::span<const GgufTensor> tensors) {
  std::uint64_t sum = HUG_TRY(gguf_header_bytes(metadata, tensors));
  const std::uint32_t alignment = HUG_TRY(alignment_of(metadata));
  for (const GgufTensor& t : tensors) {
    const auto padded = base::checked_align(t.bytes, alignment);
    const auto next = padded ? base::checked_add(sum, *padded) : std::nullopt;
    if (!next)
      return Error(Code::kLimit, "the tensors are larger than any file");
    sum = *next;
  }
  return sum;
}

Result<GgufLayout> layout_gguf(const GgufMetadata& metadata,
                               std::vector<GgufTensor> tensors,
                               std::uint32_t version) {
  HUG_TRY(check_writable(metadata, tensors));
  GgufLayout layout;
  layout.alignment = HUG_TRY(alignment_of(metadata));
  std::uint64_t sum = 0;
  for (GgufTensor& t : tensors) {
    const auto checked = HUG_TRY(make_gguf_tensor(t.name, t.type, t.dims()));
    t.bytes = checked.bytes;
    t.ne = checked.ne;
    t.offset = sum;
    const auto end = base::checked_add(sum, t.bytes);
    const auto padded =
        end ? base::checked_align(*end, layout.alignment) : std::nullopt;
    if (!padded)
      return Error(Code::kLimit, "the tensors are larger than any file");
    sum = *padded;
  }
  Out counter(nullptr);
  put_header(counter, metadata, tensors, version, layout.alignment);
  layout.header.reserve(static_cast<std::size_t>(counter.size()));
  Out out(&layout.header);
  put_header(out, metadata, tensors, version, layout.alignment);
  layout.data_offset = out.size();
  const auto total = base::checked_add(layout.data_offset, sum);
  if (!total)
    return Error(Code::kLimit, "the tensors are larger than any file");
  layout.file_bytes = *total;
  layout.tensors = std::move(tensors);
  return layout;
}

GgufWriter::GgufWriter(GgufLayout layout, WriteBytes write)
    : layout_(std::move(layout)), write_(std::move(write)) {}

Result<void> GgufWriter::write_header() {
  HUG_TRY(write_(layout_.header));
  header_done_ = true;
  return skip_full();
}

// Ends every tensor that has all its bytes, empty ones included.
Result<void> GgufWriter::skip_full() {
  while (next_ < layout_.tensors.size() &&
         done_ == layout_.tensors[next_].bytes) {
    HUG_TRY(write_zeros(write_, padding_of(layout_, next_)));
    ++next_;
    done_ = 0;
  }
  return {};
}

Result<void> GgufWriter::write(std::span<const std::byte> bytes) {
  if (bytes.empty()) return {};
  if (!header_done_ || next_ == layout_.tensors.size() ||
      bytes.size() > layout_.tensors[next_].bytes - done_)
    return Error(Code::kInternal, "more bytes written than the tensor has");
  HUG_TRY(write_(bytes));
  done_ += bytes.size();
  return skip_full();
}

Result<void> GgufWriter::copy(const ByteSource& source) {
  if (next_ == layout_.tensors.size() || done_ != 0 ||
      source.size() != layout_.tensors[next_].bytes)
    return Error(Code::kInternal,
                 "'" + source.name() + "' is not of the size of the tensor");
  return copy_source(source,
                     [this](std::span<const std::byte> b) { return write(b); });
}

Result<void> GgufWriter::finish() {
  if (!header_done_ || next_ != layout_.tensors.size())
    return Error(Code::kInternal, "the file ends before its last tensor");
  return {};
}

}  // namespace hug::format
