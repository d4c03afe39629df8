#include "format/torch/torch.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <unordered_map>

#include "base/base.h"
#include "data/zip.h"
#include "format/strided_source.h"
#include "format/torch/torch_legacy.h"
#include "format/torch/torch_state.h"

namespace hug::format {
namespace {

constexpr std::uint64_t kLargestPickle = 256 << 20;

// The name in front of "/data.pkl". Errors: kCorrupt when there is none or
// more than one.
Result<std::string> find_root(const data::ZipArchive& zip) {
  constexpr std::string_view kEnd = "/data.pkl";
  std::optional<std::string> root;
  for (const data::ZipEntry& entry : zip.entries()) {
    if (!entry.name.ends_with(kEnd)) continue;
    if (root) return Error(Code::kCorrupt, "it holds more than one data.pkl");
    root = entry.name.substr(0, entry.name.size() - kEnd.size());
  }
  if (!root)
    return Error(Code::kCorrupt, "it is a zip archive without data.pkl");
  return *root;
}

Result<void> check_byte_order(const data::ZipArchive& zip,
                              const std::string& root) {
  const data::ZipEntry* entry = zip.find(root + "/byteorder");
  if (entry == nullptr) return {};
  const std::string order = HUG_TRY(zip.read(*entry, 64));
  if (base::trim(order) == "little") return {};
  return Error(Code::kUnsupported, "its numbers are in byte order '" +
                                       std::string(base::trim(order)) + "'");
}

class ZipCheckpoint {
 public:
  ZipCheckpoint(const data::ZipArchive& zip, std::string root)
      : zip_(zip), root_(std::move(root)) {}

  Result<TorchCheckpoint> read();

 private:
  Result<std::size_t> find_storage(const StorageId& id);

  const data::ZipArchive& zip_;
  std::string root_;
  TorchCheckpoint out_;
  std::unordered_map<std::string, std::size_t> by_key_;
};

Result<std::size_t> ZipCheckpoint::find_storage(const StorageId& id) {
  const auto type = id.type.value_or(tensor::DType::kU8);
  const auto known = by_key_.find(id.key);
  if (known != by_key_.end()) {
    if (out_.storages[known->second].type != type)
      return Error(Code::kCorrupt, "storage '" + id.key + "' is of two types");
    return known->second;
  }
  const data::ZipEntry* entry = zip_.find(root_ + "/data/" + id.key);
  if (entry == nullptr)
    return Error(Code::kCorrupt, "storage '" + id.key + "' is missing");
  const auto bytes =
      base::checked_mul<std::uint64_t>(id.numel, tensor::info(type).bytes);
  if (!bytes || *bytes > entry->size)
    return Error(Code::kCorrupt, "storage '" + id.key + "' has " +
                                     std::to_string(entry->size) +
                                     " bytes, too few for its " +
                                     std::to_string(id.numel) + " elements");
  auto source = HUG_TRY(zip_.member(*entry));
  out_.storages.push_back(
      {.key = id.key, .type = type, .source = std::move(source)});
  by_key_.emplace(id.key, out_.storages.size() - 1);
  return out_.storages.size() - 1;
}

Result<TorchCheckpoint> ZipCheckpoint::read() {
  HUG_TRY(check_byte_order(zip_, root_));
  const data::ZipEntry* entry = zip_.find(root_ + "/data.pkl");
  const std::string bytes = HUG_TRY(zip_.read(*entry, kLargestPickle));
  const auto source = borrow_bytes(std::as_bytes(std::span(bytes)), "data.pkl");
  const Pickle pickle = HUG_TRY(read_pickle(*source));
  HUG_TRY(check_allowed(pickle));
  out_.tensors = HUG_TRY(read_state(
      pickle, [this](const StorageId& id) { return find_storage(id); }));
  for (const TorchTensor& t : out_.tensors)
    HUG_TRY(check_bounds(t, out_.storages[t.storage]));
  return std::move(out_);
}

bool begins_with(const ByteSource& source, std::string_view magic) {
  std::array<std::byte, 8> start{};
  const auto n = std::min<std::uint64_t>(source.size(), start.size());
  if (n < magic.size() ||
      !source.read_at(0, std::span(start).first(magic.size())))
    return false;
  return std::memcmp(start.data(), magic.data(), magic.size()) == 0;
}

Result<TorchCheckpoint> read(const ByteSourcePtr& source) {
  if (begins_with(*source, "PK\x03\x04")) {
    const auto zip = HUG_TRY(data::ZipArchive::open(source));
    return ZipCheckpoint(zip, HUG_TRY(find_root(zip))).read();
  }
  if (begins_with(*source, "\x80")) return read_torch_legacy(source);
  return Error(Code::kCorrupt, "it is neither a zip archive nor a pickle")
      .hint("save it again with a current version of PyTorch");
}

}  // namespace

bool TorchTensor::contiguous() const noexcept {
  std::uint64_t expected = 1;
  for (std::size_t i = shape.size(); i-- > 0;) {
    if (shape[i] == 0) return true;
    if (shape[i] != 1 && strides[i] != expected) return false;
    expected *= shape[i];
  }
  return true;
}

Result<TorchCheckpoint> read_torch(const ByteSourcePtr& source) {
  return read(source).with("reading PyTorch file '" + source->name() + "'");
}

bool looks_like_torch(const ByteSource& source) {
  return begins_with(source, "PK\x03\x04") ||
         begins_with(source, "\x80\x02\x8a\x0a");
}

Result<ByteSourcePtr> tensor_source(const TorchCheckpoint& checkpoint,
                                    const TorchTensor& tensor) {
  const TorchStorage& storage = checkpoint.storages[tensor.storage];
  HUG_TRY(check_bounds(tensor, storage));
  const std::uint64_t size = tensor::info(tensor.type).bytes;
  if (tensor.contiguous()) {
    const auto n = HUG_TRY(tensor::element_count(tensor.shape));
    return slice(storage.source, n == 0 ? 0 : tensor.offset * size, n * size);
  }
  return make_strided_source(storage.source,
                             {.shape = tensor.shape,
                              .strides = tensor.strides,
                              .offset = tensor.offset,
                              .element_bytes = size},
                             storage.source->name() + "#" + tensor.name);
}

}  // namespace hug::format
