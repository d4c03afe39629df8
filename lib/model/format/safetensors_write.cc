#include <algorithm>
#include <array>
#include <bit>
#include <cstring>
#include <unordered_set>

#include "base/base.h"
#include "data/json.h"
#include "format/safetensors.h"

namespace hug::format {
namespace {

// The order in which the library sorts types when it writes, widest last.
constexpr std::array kTypeOrder = {
    tensor::DType::kBool,       tensor::DType::kF4,
    tensor::DType::kF6E2M3,     tensor::DType::kF6E3M2,
    tensor::DType::kU8,         tensor::DType::kI8,
    tensor::DType::kF8E5M2,     tensor::DType::kF8E4M3,
    tensor::DType::kF8E8M0,     tensor::DType::kF8E4M3Fnuz,
    tensor::DType::kF8E5M2Fnuz, tensor::DType::kI16,
    tensor::DType::kU16,        tensor::DType::kF16,
    tensor::DType::kBf16,       tensor::DType::kI32,
    tensor::DType::kU32,        tensor::DType::kF32,
    tensor::DType::kC64,        tensor::DType::kF64,
    tensor::DType::kI64,        tensor::DType::kU64};

std::size_t rank_of(tensor::DType type) noexcept {
  return static_cast<std::size_t>(
      std::find(kTypeOrder.begin(), kTypeOrder.end(), type) -
      kTypeOrder.begin());
}

Result<std::uint64_t> bytes_of(const SafeTensorPlan& t) {
  const auto n = HUG_TRY(tensor::element_count(t.shape));
  return tensor::row_bytes(t.type, n).with("measuring tensor '" + t.name + "'");
}

Result<void> check(std::span<const SafeTensorPlan> tensors) {
  std::unordered_set<std::string_view> names;
  for (const SafeTensorPlan& t : tensors) {
    if (tensor::info(t.type).safetensors.empty())
      return Error(Code::kUnsupported, "tensor '" + t.name +
                                           "': safetensors has no type " +
                                           std::string(tensor::name(t.type)));
    if (t.name == "__metadata__" || !names.insert(t.name).second)
      return Error(Code::kCorrupt, "tensor '" + t.name + "' is there twice");
    if (!base::is_valid_utf8(t.name))
      return Error(Code::kCorrupt, "a tensor name is not UTF-8");
    if (t.shape.size() > kMaxSafetensorsDims)
      return Error(Code::kLimit, "tensor '" + t.name + "' has " +
                                     std::to_string(t.shape.size()) +
                                     " dimensions");
  }
  return {};
}

void print_entry(std::string& out, const SafeTensor& t) {
  out += data::quote_json(t.name) + ":{\"dtype\":\"";
  out += tensor::info(t.type).safetensors;
  out += "\",\"shape\":[";
  for (std::size_t i = 0; i < t.shape.size(); ++i)
    out += (i == 0 ? "" : ",") + std::to_string(t.shape[i]);
  out += "],\"data_offsets\":[" + std::to_string(t.begin) + "," +
         std::to_string(t.end) + "]}";
}

std::string print_header(std::span<const SafeTensor> tensors,
                         const StringPairs& metadata) {
  std::string out = "{";
  if (!metadata.empty()) {
    out += "\"__metadata__\":{";
    for (std::size_t i = 0; i < metadata.size(); ++i)
      out += (i == 0 ? "" : ",") + data::quote_json(metadata[i].first) + ":" +
             data::quote_json(metadata[i].second);
    out += "}";
  }
  for (const SafeTensor& t : tensors) {
    if (out.size() > 1) out += ",";
    print_entry(out, t);
  }
  out += "}";
  out.append((8 - out.size() % 8) % 8, ' ');
  return out;
}

}  // namespace

Result<SafetensorsLayout> layout_safetensors(
    std::vector<SafeTensorPlan> tensors, const StringPairs& metadata,
    SafetensorsOrder order) {
  HUG_TRY(check(tensors));
  if (order == SafetensorsOrder::kReference)
    std::sort(tensors.begin(), tensors.end(),
              [](const SafeTensorPlan& a, const SafeTensorPlan& b) {
                const auto ra = rank_of(a.type);
                const auto rb = rank_of(b.type);
                return ra != rb ? ra > rb : a.name < b.name;
              });
  SafetensorsLayout layout;
  std::uint64_t sum = 0;
  for (SafeTensorPlan& t : tensors) {
    const auto end = base::checked_add(sum, HUG_TRY(bytes_of(t)));
    if (!end)
      return Error(Code::kLimit, "the tensors are larger than any file");
    layout.tensors.push_back({.name = std::move(t.name),
                              .type = t.type,
                              .shape = std::move(t.shape),
                              .begin = sum,
                              .end = *end});
    sum = *end;
  }
  const std::string json = print_header(layout.tensors, metadata);
  if (json.size() > kMaxSafetensorsHeader)
    return Error(Code::kLimit, "a header of " + std::to_string(json.size()) +
                                   " bytes, more than 100,000,000")
        .hint("write several smaller shards");
  const std::uint64_t length = json.size();
  layout.header.resize(8 + json.size());
  static_assert(std::endian::native == std::endian::little);
  std::memcpy(layout.header.data(), &length, 8);
  std::memcpy(layout.header.data() + 8, json.data(), json.size());
  const auto total = base::checked_add(sum, layout.header.size());
  if (!total)
    return Error(Code::kLimit, "the tensors are larger than any file");
  layout.file_bytes = *total;
  return layout;
}

Result<std::vector<ShardPlan>> plan_shards(std::vector<SafeTensorPlan> tensors,
                                           std::uint64_t max_bytes,
                                           std::string_view stem) {
  HUG_TRY(check(tensors));
  std::vector<ShardPlan> shards(1);
  std::uint64_t bytes = 0;
  for (SafeTensorPlan& t : tensors) {
    const auto size = HUG_TRY(bytes_of(t));
    const auto sum = base::checked_add(bytes, size).value_or(UINT64_MAX);
    if (max_bytes != 0 && sum > max_bytes && !shards.back().tensors.empty()) {
      shards.emplace_back();
      bytes = 0;
    }
    bytes = base::checked_add(bytes, size).value_or(UINT64_MAX);
    shards.back().tensors.push_back(std::move(t));
  }
  const auto digits = [](std::size_t n) {
    const std::string text = std::to_string(n);
    return std::string(text.size() < 5 ? 5 - text.size() : 0, '0') + text;
  };
  for (std::size_t i = 0; i < shards.size(); ++i) {
    shards[i].file = stem;
    if (shards.size() > 1)
      shards[i].file += "-" + digits(i + 1) + "-of-" + digits(shards.size());
    shards[i].file += ".safetensors";
  }
  return shards;
}

Result<SafetensorsIndex> index_of(std::span<const ShardPlan> shards) {
  SafetensorsIndex index;
  for (const ShardPlan& shard : shards)
    for (const SafeTensorPlan& t : shard.tensors) {
      const auto sum =
          base::checked_add(index.total_size, HUG_TRY(bytes_of(t)));
      if (!sum)
        return Error(Code::kLimit, "the tensors are larger than any file");
      index.total_size = *sum;
      index.weight_map.emplace_back(t.name, shard.file);
    }
  return index;
}

SafetensorsWriter::SafetensorsWriter(SafetensorsLayout layout, WriteBytes write)
    : layout_(std::move(layout)), write_(std::move(write)) {}

Result<void> SafetensorsWriter::write_header() {
  HUG_TRY(write_(layout_.header));
  header_done_ = true;
  skip_full();
  return {};
}

void SafetensorsWriter::skip_full() noexcept {
  const auto& tensors = layout_.tensors;
  while (next_ < tensors.size() &&
         done_ == tensors[next_].end - tensors[next_].begin) {
    ++next_;
    done_ = 0;
  }
}

Result<void> SafetensorsWriter::write(std::span<const std::byte> bytes) {
  if (bytes.empty()) return {};
  const auto& tensors = layout_.tensors;
  if (!header_done_ || next_ == tensors.size() ||
      bytes.size() > tensors[next_].end - tensors[next_].begin - done_)
    return Error(Code::kInternal, "more bytes written than the tensor has");
  HUG_TRY(write_(bytes));
  done_ += bytes.size();
  skip_full();
  return {};
}

Result<void> SafetensorsWriter::copy(const ByteSource& source) {
  const auto& tensors = layout_.tensors;
  if (next_ == tensors.size() || done_ != 0 ||
      source.size() != tensors[next_].end - tensors[next_].begin)
    return Error(Code::kInternal,
                 "'" + source.name() + "' is not of the size of the tensor");
  return copy_source(source,
                     [this](std::span<const std::byte> b) { return write(b); });
}

Result<void> SafetensorsWriter::finish() {
  if (!header_done_ || next_ != layout_.tensors.size())
    return Error(Code::kInternal, "the file ends before its last tensor");
  return {};
}

}  // namespace hug::format
