#include "arch/checkpoint/stored/storage.h"

#include <nlohmann/json.hpp>

#include "data/json.h"

namespace hug::arch {

using nlohmann::json;

namespace {

Error cannot(const std::string& method, const std::string& hint) {
  return Error(Code::kUnsupported, "the weights are stored as '" + method + "'")
      .hint(hint);
}

constexpr const char* kTakeOriginal =
    "take the original checkpoint, which is not quantized";

Result<unsigned> bits_of(const json& config, const std::string& method) {
  auto bits = data::find_unsigned(config, "bits");
  if (!bits) bits = data::find_unsigned(config, "w_bit");
  if (bits.value_or(4) == 2 || bits.value_or(4) == 4 || bits.value_or(4) == 8)
    return static_cast<unsigned>(bits.value_or(4));
  return cannot(method + "' of " + std::to_string(*bits) + " bits, '",
                kTakeOriginal);
}

// -1 is a group of all.
std::uint64_t group_of(const json& config) {
  for (const char* key : {"group_size", "q_group_size"})
    if (const auto n = data::find_signed(config, key))
      return *n > 0 ? static_cast<std::uint64_t>(*n) : 0;
  return 128;
}

Result<Storage> gptq(const json& config) {
  Storage out;
  out.kind = StorageKind::kGptq;
  out.bits = HUG_TRY(bits_of(config, "gptq"));
  out.group = group_of(config);
  // The first form of the format stores zero points less one.
  out.zero_shift =
      data::find_string(config, "checkpoint_format") == "gptq_v2" ? 0 : 1;
  return out;
}

Result<Storage> awq(const json& config) {
  const auto version = data::find_string(config, "version").value_or("gemm");
  if (version != "gemm" && version != "GEMM")
    return cannot("awq' in the form '" + version, kTakeOriginal);
  Storage out;
  out.kind = StorageKind::kAwq;
  out.bits = HUG_TRY(bits_of(config, "awq"));
  if (out.bits != 4)
    return cannot("awq' of other than 4 bits, '", kTakeOriginal);
  out.group = group_of(config);
  return out;
}

void read_block(const json* sizes, Storage& out) {
  if (sizes == nullptr || !sizes->is_array() || sizes->size() != 2) return;
  if (!(*sizes)[0].is_number_unsigned() || !(*sizes)[1].is_number_unsigned())
    return;
  out.block_rows = (*sizes)[0].get<std::uint64_t>();
  out.block_columns = (*sizes)[1].get<std::uint64_t>();
}

// The weights of its groups; more than one way in one file is not told apart.
Result<Storage> compressed(const json& config) {
  Storage out;
  const std::string form =
      data::find_string(config, "format").value_or("float-quantized");
  if (form == "pack-quantized") {
    out.kind = StorageKind::kPacked;
  } else if (form != "float-quantized" && form != "int-quantized" &&
             form != "naive-quantized" && form != "dense") {
    return cannot("compressed-tensors' in the form '" + form, kTakeOriginal);
  }
  const json* groups = data::find_object(config, "config_groups");
  if (groups == nullptr) return out;
  for (const auto& [name, one] : groups->items()) {
    const json* weights = data::find_object(one, "weights");
    if (weights == nullptr) continue;
    if (const auto bits = data::find_unsigned(*weights, "num_bits"))
      out.bits = static_cast<unsigned>(*bits);
    read_block(data::find_array(*weights, "block_structure"), out);
  }
  if (out.kind == StorageKind::kPacked && out.bits != 4 && out.bits != 8)
    return cannot(
        "compressed-tensors' of " + std::to_string(out.bits) + " bits, '",
        kTakeOriginal);
  return out;
}

Result<Storage> by_method(const json& config) {
  const std::string method =
      data::find_string(config, "quant_method").value_or("");
  if (method == "gptq") return gptq(config);
  if (method == "awq") return awq(config);
  if (method == "compressed-tensors") return compressed(config);
  if (method == "fp8" || method == "fbgemm_fp8") {
    Storage out;
    read_block(data::find_array(config, "weight_block_size"), out);
    return out;
  }
  if (method == "modelopt" &&
      data::find_string(config, "quant_algo").value_or("FP8") == "FP8")
    return Storage();
  if (method.empty() || method == "mxfp4") return Storage();  // gpt-oss
  if (method == "bitsandbytes")
    return cannot(
        method,
        "load it with transformers, call dequantize() and save it, or "
        "take the original checkpoint");
  return cannot(method, kTakeOriginal);
}

}  // namespace

Result<Storage> storage_of(const Config& config) {
  const json* found = data::find_object(config.json(), "quantization_config");
  if (found == nullptr)
    found = data::find_object(config.json(), "compression_config");
  Storage out = found != nullptr ? HUG_TRY(by_method(*found)) : Storage();
  const auto dtype = config.find_string({"torch_dtype", "dtype"});
  if (dtype == "float16") out.compute = tensor::DType::kF16;
  if (dtype == "float32") out.compute = tensor::DType::kF32;
  return out;
}

Result<format::Checkpoint> open_weights(const FileSet& files,
                                        const Config& config) {
  const Storage storage = HUG_TRY(storage_of(config));
  format::Checkpoint out = HUG_TRY(format::open_checkpoint(files));
  HUG_TRY(expand(storage, out));
  return out;
}

}  // namespace hug::arch
