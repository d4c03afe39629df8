#include "arch/tensor_reader.h"

#include "tensor/codec.h"

namespace hug::arch {

Error TensorReader::missing(const std::string& name) const {
  return Error(Code::kCorrupt, "gguf: the tensor '" + name + "' of " +
                                   m_.hparams.arch + " is missing");
}

std::span<const std::byte> TensorReader::bytes_of(
    const format::GgufTensor& t) const {
  const std::span<const std::byte> all =
      m_.storage.empty() ? m_.source->mapped()
                         : std::span<const std::byte>(m_.storage);
  const std::uint64_t begin = gguf_.data_offset + t.offset;
  // The reader checked that data lie inside; a file may have shrunk since.
  if (begin > all.size() || t.bytes > all.size() - begin) return {};
  return all.subspan(static_cast<std::size_t>(begin),
                     static_cast<std::size_t>(t.bytes));
}

Result<nn::Matrix> TensorReader::matrix(const std::string& name,
                                        std::uint64_t n_in,
                                        std::uint64_t n_out) const {
  const auto* t = gguf_.find_tensor(name);
  if (t == nullptr) return missing(name);
  const std::uint64_t rows = t->n_rows();
  if (t->ne[0] != n_in || (n_out != 0 && rows != n_out)) {
    return Error(Code::kCorrupt, "gguf: the tensor '" + name + "' is " +
                                     std::to_string(t->ne[0]) + " x " +
                                     std::to_string(rows) + ", not " +
                                     std::to_string(n_in) + " x " +
                                     std::to_string(n_out));
  }
  if (!tensor::can_decode(t->type)) {
    return Error(Code::kUnsupported, "gguf: the tensor '" + name +
                                         "' has a type that cannot be "
                                         "computed with");
  }
  const auto bytes = bytes_of(*t);
  if (bytes.size() != t->bytes || bytes.empty()) {
    return Error(Code::kCorrupt,
                 "gguf: the data of '" + name + "' are not all there");
  }
  return nn::Matrix{t->type, bytes, static_cast<std::size_t>(n_in),
                    static_cast<std::size_t>(rows)};
}

Result<Vector> TensorReader::vector(const std::string& name) const {
  const auto* t = gguf_.find_tensor(name);
  if (t == nullptr) return missing(name);
  const auto bytes = bytes_of(*t);
  if (bytes.size() != t->bytes || !tensor::can_decode(t->type)) {
    return Error(Code::kCorrupt, "gguf: cannot read the tensor '" + name + "'");
  }
  Vector out(static_cast<std::size_t>(t->n_elements()));
  HUG_TRY(tensor::decode_rows(t->type, bytes, out));
  return out;
}

Result<void> TensorReader::linear(Linear& out, const std::string& name,
                                  std::uint64_t n_in,
                                  std::uint64_t n_out) const {
  if (!has(name + ".weight")) return {};
  out.w = HUG_TRY(matrix(name + ".weight", n_in, n_out));
  if (has(name + ".bias")) {
    out.b = HUG_TRY(vector(name + ".bias"));
    if (out.b.size() != out.w.n_out) {
      return Error(Code::kCorrupt, "gguf: '" + name + ".bias' has " +
                                       std::to_string(out.b.size()) +
                                       " elements for " +
                                       std::to_string(out.w.n_out) + " rows");
    }
  }
  return {};
}

Result<void> TensorReader::norm(Norm& out, const std::string& name,
                                std::uint64_t n) const {
  if (!has(name + ".weight")) return {};
  out.w = HUG_TRY(vector(name + ".weight"));
  if (has(name + ".bias")) out.b = HUG_TRY(vector(name + ".bias"));
  if ((n != 0 && out.w.size() != n) ||
      (!out.b.empty() && out.b.size() != out.w.size())) {
    return Error(Code::kCorrupt, "gguf: the norm '" + name +
                                     "' has another size than the "
                                     "keys say");
  }
  return {};
}

}  // namespace hug::arch
