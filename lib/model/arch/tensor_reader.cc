#include "arch/tensor_reader.h"

#include "tensor/codec.h"

namespace hug::arch {

Error TensorReader::missing(const std::string& name) const {
  return Error(Code::kCorrupt, "the tensor '" + name + "' of " +
                                   m_.hparams.arch + " is missing");
}

namespace {

// Do the bytes hold as many elements as the shape says?
bool is_whole(const StoredTensor& t) {
  const auto row = tensor::row_bytes(t.type, t.ne[0]);
  return row && t.n_rows() != 0 && t.bytes.size() / t.n_rows() == *row &&
         t.bytes.size() % t.n_rows() == 0;
}

}  // namespace

Result<nn::Matrix> TensorReader::matrix(const std::string& name,
                                        std::uint64_t n_in,
                                        std::uint64_t n_out) const {
  const auto* t = find(name);
  if (t == nullptr) return missing(name);
  const std::uint64_t rows = t->n_rows();
  if (t->ne[0] != n_in || (n_out != 0 && rows != n_out)) {
    return Error(Code::kCorrupt,
                 "the tensor '" + name + "' is " + std::to_string(t->ne[0]) +
                     " x " + std::to_string(rows) + ", not " +
                     std::to_string(n_in) + " x " + std::to_string(n_out));
  }
  if (!tensor::can_decode(t->type)) {
    return Error(Code::kUnsupported, "the tensor '" + name +
                                         "' has a type that cannot be "
                                         "computed with");
  }
  if (t->bytes.empty() || !is_whole(*t)) {
    return Error(Code::kCorrupt,
                 "the data of '" + name + "' are not all there");
  }
  return nn::Matrix{t->type, t->bytes, static_cast<std::size_t>(n_in),
                    static_cast<std::size_t>(rows)};
}

Result<Vector> TensorReader::vector(const std::string& name) const {
  const auto* t = find(name);
  if (t == nullptr) return missing(name);
  if (!is_whole(*t) || !tensor::can_decode(t->type)) {
    return Error(Code::kCorrupt, "cannot read the tensor '" + name + "'");
  }
  Vector out(static_cast<std::size_t>(t->n_elements()));
  HUG_TRY(tensor::decode_rows(t->type, t->bytes, out));
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
      return Error(Code::kCorrupt, "'" + name + ".bias' has " +
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
    return Error(Code::kCorrupt, "the norm '" + name +
                                     "' has another size than the "
                                     "keys say");
  }
  return {};
}

}  // namespace hug::arch
