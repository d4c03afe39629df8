#include "format/torch/torch_legacy.h"

#include <array>
#include <bit>
#include <cstring>
#include <unordered_map>

#include "base/base.h"
#include "format/torch/torch_state.h"

namespace hug::format {
namespace {

// LONG1 of ten bytes: 0x1950a86a20f9469cfc6c.
constexpr std::string_view kMagic(
    "\x80\x02\x8a\x0a\x6c\xfc\x9c\x46\xf9\x20\x6a\xa8\x50\x19.", 15);
constexpr std::int64_t kProtocol = 1001;

Error corrupt(std::string what) {
  return Error(Code::kCorrupt, std::move(what));
}

class LegacyReader {
 public:
  explicit LegacyReader(ByteSourcePtr source) : source_(std::move(source)) {}

  Result<TorchCheckpoint> read();

 private:
  Result<Pickle> next();
  Result<void> read_start();
  Result<std::size_t> find_storage(const StorageId& id);
  Result<void> open_storages(const Pickle& keys);

  ByteSourcePtr source_;
  std::uint64_t at_ = 0;
  TorchCheckpoint out_;
  std::vector<std::uint64_t> numel_;  // of each storage
  std::unordered_map<std::string, std::size_t> by_key_;
};

Result<Pickle> LegacyReader::next() {
  Pickle pickle = HUG_TRY(read_pickle(*source_, at_));
  HUG_TRY(check_allowed(pickle));
  at_ = pickle.end();
  return pickle;
}

Result<void> LegacyReader::read_start() {
  std::array<std::byte, kMagic.size()> start{};
  if (source_->size() < start.size())
    return corrupt("it is too short for a checkpoint");
  HUG_TRY(source_->read_at(0, start));
  if (std::memcmp(start.data(), kMagic.data(), start.size()) != 0)
    return Error(Code::kUnsupported,
                 "it is a pickle, but not one that torch.save writes")
        .hint("look at it with 'hug scan'");
  at_ = start.size();
  const Pickle protocol = HUG_TRY(next());
  if (!protocol.root() || protocol.as_int(*protocol.root()) != kProtocol)
    return Error(Code::kUnsupported, "its protocol version is not 1001");
  const Pickle machine = HUG_TRY(next());
  const auto& facts = machine.items(*machine.root());
  for (std::size_t i = 0; i + 1 < facts.size(); i += 2)
    if (machine.as_text(facts[i]) == "little_endian" &&
        machine.node(facts[i + 1]).value != 1)
      return Error(Code::kUnsupported, "its numbers are big-endian");
  return {};
}

Result<std::size_t> LegacyReader::find_storage(const StorageId& id) {
  const auto type = id.type.value_or(tensor::DType::kU8);
  const auto [entry, is_new] = by_key_.emplace(id.key, out_.storages.size());
  if (is_new) {
    out_.storages.push_back({.key = id.key, .type = type, .source = nullptr});
    numel_.push_back(id.numel);
  } else if (out_.storages[entry->second].type != type ||
             numel_[entry->second] != id.numel) {
    return corrupt("storage '" + id.key + "' is described in two ways");
  }
  return entry->second;
}

// The elements of all storages follow in the order of the keys.
Result<void> LegacyReader::open_storages(const Pickle& keys) {
  for (const PickleRef ref : keys.items(*keys.root())) {
    const auto key = keys.as_text(ref);
    const auto known = key ? by_key_.find(std::string(*key)) : by_key_.end();
    if (known == by_key_.end()) return corrupt("a storage that no tensor uses");
    TorchStorage& storage = out_.storages[known->second];
    if (storage.source != nullptr)
      return corrupt("storage '" + storage.key + "' occurs twice");
    std::array<std::byte, 8> raw{};
    HUG_TRY(source_->read_at(at_, raw));
    const auto n = std::bit_cast<std::uint64_t>(raw);
    const auto bytes =
        base::checked_mul<std::uint64_t>(n, tensor::info(storage.type).bytes);
    if (n != numel_[known->second] || !bytes)
      return corrupt("storage '" + storage.key + "' has " + std::to_string(n) +
                     " elements, not " + std::to_string(numel_[known->second]));
    storage.source = HUG_TRY(slice(source_, at_ + 8, *bytes));
    at_ += 8 + *bytes;
  }
  for (const TorchStorage& storage : out_.storages)
    if (storage.source == nullptr)
      return corrupt("storage '" + storage.key + "' is missing");
  return {};
}

Result<TorchCheckpoint> LegacyReader::read() {
  HUG_TRY(read_start());
  const Pickle state = HUG_TRY(next());
  out_.tensors = HUG_TRY(read_state(
      state, [this](const StorageId& id) { return find_storage(id); }));
  HUG_TRY(open_storages(HUG_TRY(next())));
  for (const TorchTensor& t : out_.tensors)
    HUG_TRY(check_bounds(t, out_.storages[t.storage]));
  out_.end = at_;
  return std::move(out_);
}

}  // namespace

Result<TorchCheckpoint> read_torch_legacy(const ByteSourcePtr& source) {
  return LegacyReader(source).read();
}

}  // namespace hug::format
