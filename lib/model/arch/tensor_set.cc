#include "arch/tensor_set.h"

#include "arch/load_type.h"
#include "arch/made_tensor.h"
#include "base/checked.h"
#include "hug/mapped_files.h"
#include "tensor/codec.h"

namespace hug::arch {

namespace {

constexpr std::uint64_t kSmall = 256 << 10;
constexpr std::uint64_t kArena = 1 << 20;
constexpr std::uint64_t kAlignment = 64;

}  // namespace

bool TensorStore::is_damaged() const noexcept {
  for (const ByteSourcePtr& file : files)
    if (is_mapped_file_damaged(file->mapped())) return true;
  return false;
}

Result<std::span<std::byte>> TensorStore::take(std::uint64_t bytes) {
  const std::uint64_t rounded =
      (bytes + kAlignment - 1) / kAlignment * kAlignment;
  if (bytes == 0) return std::span<std::byte>();
  if (rounded < bytes)
    return Error(Code::kLimit, "a tensor is too large for this machine");
  const bool small = rounded <= kSmall;
  if (!small || rounded > arena_.size()) {
    blocks.emplace_back(static_cast<std::size_t>(small ? kArena : rounded));
    nn::HugeBlock& block = blocks.back();
    if (block.data() == nullptr)
      return Error(Code::kLimit, "there is no memory for a tensor of " +
                                     std::to_string(bytes) + " bytes");
    if (!small) return std::span(block.data(), static_cast<std::size_t>(bytes));
    arena_ = {block.data(), block.size()};
  }
  const auto out = arena_.first(static_cast<std::size_t>(bytes));
  arena_ = arena_.subspan(static_cast<std::size_t>(rounded));
  return out;
}

namespace {

// One file of a gguf model.
class PartReader {
 public:
  PartReader(const format::GgufPart& part, TensorSet& out)
      : part_(part), out_(out) {}

  Result<void> read() {
    const ByteSource& source = *part_.source;
    out_.store->files.push_back(part_.source);
    if (!source.mapped().empty()) {
      bytes_ = source.mapped();
    } else {
      const auto block = HUG_TRY(out_.store->take(source.size()));
      HUG_TRY(source.read_at(0, block));
      bytes_ = block;
    }
    for (const format::GgufTensor& tensor : part_.gguf.tensors)
      HUG_TRY(add(tensor));
    return {};
  }

 private:
  Result<void> add(const format::GgufTensor& tensor) {
    const auto begin = base::checked_add(part_.gguf.data_offset, tensor.offset);
    // The reader checked that data lie inside; a file may have shrunk since.
    if (!begin || *begin > bytes_.size() ||
        tensor.bytes > bytes_.size() - *begin)
      return Error(Code::kCorrupt,
                   "the data of '" + tensor.name + "' are not all there");
    out_.tensors.emplace(
        tensor.name,
        StoredTensor{tensor.type, tensor.ne,
                     bytes_.subspan(static_cast<std::size_t>(*begin),
                                    static_cast<std::size_t>(tensor.bytes))});
    return {};
  }

  const format::GgufPart& part_;
  TensorSet& out_;
  std::span<const std::byte> bytes_;
};

// Rows of a tensor that is there, as another type.
Result<void> encode_again(const StoredTensor& from, StoredTensor& to,
                          TensorStore& store, nn::Team& team) {
  const std::uint64_t n = from.n_rows();
  const std::uint64_t in_row = n != 0 ? from.bytes.size() / n : 0;
  const std::uint64_t width = from.ne[0];
  const MadeTensor made{
      .n_rows = n,
      .row_bytes =
          width / tensor::info(to.type).block * tensor::info(to.type).bytes,
      .block_rows = std::max<std::uint64_t>(
          1, (1 << 18) / std::max<std::uint64_t>(width, 1)),
      .make = [&](std::uint64_t first, std::uint64_t count,
                  std::span<std::byte> out, GatherBuffers& buffers) {
        buffers.floats.resize(count * width);
        auto done = tensor::decode_rows(
            from.type, from.bytes.subspan(first * in_row, count * in_row),
            buffers.floats);
        if (!done) return done;
        return tensor::encode_rows(to.type, buffers.floats, width, {}, out);
      }};
  to.bytes = HUG_TRY(make_tensor(made, store, team));
  return {};
}

Result<void> quantize_all(TensorSet& set, const format::GgufModel& model,
                          tensor::DType wanted, nn::Team& team) {
  const bool tied = set.find("output.weight") == nullptr;
  for (const auto place : model.places()) {
    const format::GgufTensor& tensor = model.tensor(place);
    StoredTensor& stored = set.tensors[tensor.name];
    const auto type = type_at_load(
        {tensor.name, stored.type, stored.ne[0], tensor.n_dims, tied}, wanted);
    if (!type) continue;
    StoredTensor made = stored;
    made.type = *type;
    HUG_TRY(encode_again(stored, made, *set.store, team));
    const auto& part = model.parts[place.part];
    part.source->release(part.gguf.data_offset + tensor.offset, tensor.bytes);
    stored = made;
  }
  return {};
}

}  // namespace

Result<TensorSet> read_tensors(const format::GgufModel& model, nn::Team& team,
                               const LoadOptions& options) {
  TensorSet out;
  out.store = std::make_shared<TensorStore>();
  out.store->name = model.parts.front().source->name();
  out.metadata = model.metadata();
  for (const format::GgufPart& part : model.parts)
    HUG_TRY(PartReader(part, out).read());
  if (options.quantize)
    HUG_TRY(quantize_all(out, model, *options.quantize, team));
  return out;
}

}  // namespace hug::arch
