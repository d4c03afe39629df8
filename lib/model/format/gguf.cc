#include "format/gguf.h"

#include "base/base.h"

namespace hug::format {

Result<GgufTensor> make_gguf_tensor(std::string name, tensor::DType type,
                                    std::span<const std::uint64_t> ne) {
  if (name.size() > kMaxTensorName)
    return Error(Code::kLimit, "tensor name '" + name.substr(0, 80) + "' has " +
                                   std::to_string(name.size()) +
                                   " bytes, more than 63");
  if (ne.size() > 4)
    return Error(Code::kCorrupt, "tensor '" + name + "' has " +
                                     std::to_string(ne.size()) +
                                     " dimensions, more than 4");
  GgufTensor out;
  out.type = type;
  out.n_dims = static_cast<std::uint32_t>(ne.size());
  std::copy(ne.begin(), ne.end(), out.ne.begin());
  // A zero anywhere must not hide an overflow of the other dimensions.
  std::uint64_t product = 1;
  for (const std::uint64_t n : out.ne) {
    const auto next = base::checked_mul(product, n == 0 ? 1 : n);
    if (n > INT64_MAX || !next || *next > INT64_MAX)
      return Error(Code::kCorrupt,
                   "tensor '" + name + "' has more elements than can be");
    product = *next;
  }
  auto bytes = tensor::tensor_bytes(type, out.ne[0], out.n_rows());
  if (!bytes)
    return std::move(bytes).error().with("measuring tensor '" + name + "'");
  out.bytes = *bytes;
  out.name = std::move(name);
  return out;
}

void trim_dims(GgufTensor& tensor) noexcept {
  while (tensor.n_dims > 1 && tensor.ne[tensor.n_dims - 1] == 1)
    --tensor.n_dims;
  if (tensor.n_dims == 0) tensor.n_dims = 1;
}

std::string_view Gguf::architecture() const {
  return metadata.find_string("general.architecture").value_or("");
}

std::string Gguf::arch_key(std::string_view rest) const {
  std::string key(architecture());
  key += '.';
  return key.append(rest);
}

const GgufTensor* Gguf::find_tensor(std::string_view name) const noexcept {
  for (const GgufTensor& t : tensors)
    if (t.name == name) return &t;
  return nullptr;
}

}  // namespace hug::format
