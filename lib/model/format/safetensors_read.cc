#include <algorithm>
#include <array>
#include <bit>
#include <cstring>
#include <limits>

#include "base/base.h"
#include "format/json_cursor.h"
#include "format/safetensors.h"

namespace hug::format {
namespace {

Error corrupt(std::string what) {
  return Error(Code::kCorrupt, std::move(what));
}

Result<void> read_shape(JsonCursor& json, SafeTensor& out) {
  return json.array([&]() -> Result<void> {
    if (out.shape.size() == kMaxSafetensorsDims)
      return Error(Code::kLimit, "more than 32 dimensions");
    out.shape.push_back(HUG_TRY(json.unsigned_number()));
    return {};
  });
}

Result<void> read_offsets(JsonCursor& json, SafeTensor& out) {
  HUG_TRY(json.expect('['));
  out.begin = HUG_TRY(json.unsigned_number());
  HUG_TRY(json.expect(','));
  out.end = HUG_TRY(json.unsigned_number());
  return json.expect(']');
}

Result<void> read_entry(JsonCursor& json, SafeTensor& out) {
  enum : unsigned { kType = 1, kShape = 2, kOffsets = 4, kAll = 7 };

  unsigned seen = 0;
  const auto once = [&](unsigned what) -> Result<void> {
    if ((seen & what) != 0) return corrupt("a key occurs twice");
    seen |= what;
    return {};
  };
  HUG_TRY(json.object([&](const std::string& key) -> Result<void> {
    if (key == "dtype") {
      HUG_TRY(once(kType));
      const std::string type = HUG_TRY(json.string());
      out.type = HUG_TRY(tensor::dtype_from_safetensors(type));
      return {};
    }
    if (key == "shape") {
      HUG_TRY(once(kShape));
      return read_shape(json, out);
    }
    if (key == "data_offsets") {
      HUG_TRY(once(kOffsets));
      return read_offsets(json, out);
    }
    return corrupt("unknown key '" + key + "'");
  }));
  if (seen != kAll) return corrupt("dtype, shape or data_offsets is missing");
  return {};
}

Result<void> read_metadata(JsonCursor& json, StringPairs& out) {
  return json.object([&](std::string key) -> Result<void> {
    std::string value = HUG_TRY(json.string());
    out.emplace_back(std::move(key), std::move(value));
    return {};
  });
}

template <class List, class Name>
Result<void> check_unique(const List& list, Name name) {
  std::vector<std::string_view> names;
  names.reserve(list.size());
  for (const auto& item : list)
    names.emplace_back(name(item));
  std::sort(names.begin(), names.end());
  const auto twice = std::adjacent_find(names.begin(), names.end());
  if (twice == names.end()) return {};
  return corrupt("'" + std::string(*twice) + "' occurs twice");
}

Result<void> check_size(const SafeTensor& t) {
  const auto n = HUG_TRY(tensor::element_count(t.shape));
  const auto bytes = HUG_TRY(tensor::row_bytes(t.type, n));
  if (t.end < t.begin || t.end - t.begin != bytes)
    return corrupt("its shape needs " + std::to_string(bytes) +
                   " bytes, its data_offsets are " + std::to_string(t.begin) +
                   " and " + std::to_string(t.end));
  return {};
}

// Sorts by place and leaves neither hole nor overlap.
Result<void> check_places(Safetensors& out) {
  std::stable_sort(out.tensors.begin(), out.tensors.end(),
                   [](const SafeTensor& a, const SafeTensor& b) {
                     return a.begin != b.begin ? a.begin < b.begin
                                               : a.end < b.end;
                   });
  std::uint64_t end = 0;
  for (const SafeTensor& t : out.tensors) {
    HUG_TRY(check_size(t).with("reading tensor '" + t.name + "'"));
    if (t.begin != end)
      return corrupt("tensor '" + t.name + "' begins at " +
                     std::to_string(t.begin) + " of the data, not at " +
                     std::to_string(end));
    end = t.end;
  }
  out.data_bytes = end;
  return {};
}

Result<std::uint64_t> header_length(std::span<const std::byte> bytes,
                                    std::uint64_t file_bytes) {
  std::uint64_t n = 0;
  static_assert(std::endian::native == std::endian::little);
  std::memcpy(&n, bytes.data(), sizeof(n));
  if (n > kMaxSafetensorsHeader)
    return Error(Code::kLimit, "a header of " + std::to_string(n) +
                                   " bytes, more than 100,000,000");
  if (n < 2 || n > file_bytes - 8)
    return corrupt("a header of " + std::to_string(n) + " bytes in a file of " +
                   std::to_string(file_bytes));
  return n;
}

// The whole header, in at most two fetches that bring nothing else.
Result<std::vector<std::byte>> fetch_header(const ByteSource& source,
                                            std::uint64_t window) {
  const auto first =
      std::min(source.size(), std::max<std::uint64_t>(window, 8));
  std::vector<std::byte> bytes(static_cast<std::size_t>(first));
  HUG_TRY(source.read_at(0, bytes));
  const auto n = HUG_TRY(header_length(bytes, source.size()));
  bytes.resize(static_cast<std::size_t>(8 + n));
  if (bytes.size() > first)
    HUG_TRY(source.read_at(
        first, std::span(bytes).subspan(static_cast<std::size_t>(first))));
  return bytes;
}

Result<Safetensors> read(const ByteSource& source,
                         const SafetensorsReadOptions& options) {
  if (source.size() < 10)
    return corrupt("it has " + std::to_string(source.size()) +
                   " bytes, fewer than the smallest such file");
  std::span<const std::byte> bytes = source.mapped();
  std::vector<std::byte> fetched;
  if (bytes.empty())
    bytes = fetched = HUG_TRY(fetch_header(source, options.first_window));
  const auto n = HUG_TRY(header_length(bytes, source.size()));
  const auto json = bytes.subspan(8, static_cast<std::size_t>(n));
  auto out = HUG_TRY(parse_safetensors_header(
      {reinterpret_cast<const char*>(json.data()), json.size()}));
  out.data_offset = 8 + n;
  const auto end = base::checked_add(out.data_offset, out.data_bytes);
  if (!end || *end > source.size()) {
    if (options.require_data || !end)
      return corrupt("its tensors end at byte " +
                     std::to_string(end.value_or(UINT64_MAX)) +
                     ", but the file has " + std::to_string(source.size()));
  } else if (*end < source.size()) {
    return corrupt(std::to_string(source.size() - *end) +
                   " bytes follow the last tensor");
  }
  return out;
}

}  // namespace

const SafeTensor* Safetensors::find(std::string_view name) const noexcept {
  for (const SafeTensor& t : tensors)
    if (t.name == name) return &t;
  return nullptr;
}

Result<Safetensors> parse_safetensors_header(std::string_view text) {
  JsonCursor json(text);
  Safetensors out;
  bool has_metadata = false;
  HUG_TRY(json.object([&](std::string key) -> Result<void> {
    if (key == "__metadata__") {
      if (has_metadata) return corrupt("__metadata__ occurs twice");
      has_metadata = true;
      return read_metadata(json, out.metadata).with("reading __metadata__");
    }
    SafeTensor t;
    HUG_TRY(read_entry(json, t).with("reading tensor '" + key + "'"));
    t.name = std::move(key);
    out.tensors.push_back(std::move(t));
    return {};
  }));
  HUG_TRY(json.end());
  HUG_TRY(check_unique(
      out.tensors, [](const auto& t) -> std::string_view { return t.name; }));
  HUG_TRY(check_unique(
      out.metadata, [](const auto& m) -> std::string_view { return m.first; }));
  HUG_TRY(check_places(out));
  return out;
}

Result<Safetensors> read_safetensors(const ByteSource& source,
                                     const SafetensorsReadOptions& options) {
  return read(source, options)
      .with("reading safetensors file '" + source.name() + "'");
}

Result<std::uint64_t> safetensors_header_bytes(const ByteSource& source) {
  std::array<std::byte, 8> start{};
  HUG_TRY_WITH(source.read_at(0, start), "reading '" + source.name() + "'");
  return 8 + HUG_TRY_WITH(header_length(start, source.size()),
                          "reading safetensors file '" + source.name() + "'");
}

bool looks_like_safetensors(const ByteSource& source) {
  if (source.size() < 10) return false;
  std::array<std::byte, 9> start{};
  return source.read_at(0, start).has_value() &&
         header_length(std::span(start).first(8), source.size()).has_value() &&
         start[8] == std::byte{'{'};
}

}  // namespace hug::format
