// Weights to weights: PyTorch to safetensors, another type, other shards.
#include <algorithm>
#include <nlohmann/json.hpp>

#include "arch/checkpoint/stored/storage.h"
#include "base/strings.h"
#include "convert/shards.h"
#include "data/json.h"
#include "format/checkpoint.h"
#include "hug/convert.h"
#include "sys/context.h"
#include "sys/paths.h"
#include "tensor/codec.h"

namespace hug {

using namespace convert;
using format::CheckpointTensor;
using tensor::DType;

namespace {

constexpr std::uint64_t kBlockElements = 1 << 20;
constexpr std::uint64_t kMaxConfig = 64 << 20;

Result<std::optional<DType>> wanted_type(const std::string& text) {
  if (text == "auto" || text.empty()) return std::optional<DType>();
  const auto type = tensor::find_dtype(text);
  if (!type || tensor::info(*type).safetensors.empty() ||
      tensor::info(*type).family != tensor::Family::kFloat)
    return Error(Code::kUsage,
                 "safetensors cannot hold weights of type '" + text + "'")
        .hint("use f32, f16, bf16 or auto");
  return std::optional<DType>(*type);
}

StreamItem item_of(const CheckpointTensor& tensor, DType to) {
  StreamItem item;
  item.name = tensor.name;
  const std::uint64_t from_bytes = tensor::info(tensor.type).bytes;
  item.row_bytes = tensor::info(to).bytes;
  item.n_rows = tensor.bytes / from_bytes;
  item.block_rows = kBlockElements;
  item.make = [&tensor, to, from_bytes](
                  std::uint64_t first, std::uint64_t n,
                  std::span<std::byte> out,
                  arch::GatherBuffers& buffers) -> Result<void> {
    const bool same = tensor.type == to;
    if (!same) buffers.raw.resize(n * from_bytes);
    const std::span<std::byte> in = same ? out : std::span(buffers.raw);
    HUG_TRY(tensor.source->read_at(first * from_bytes, in));
    tensor.source->release(first * from_bytes, in.size());
    if (same) return {};
    buffers.floats.resize(n);
    HUG_TRY(tensor::decode_rows(tensor.type, in, buffers.floats));
    return tensor::encode_rows(to, buffers.floats, n, {}, out);
  };
  return item;
}

// Weights of few bits as numbers: their scales have no place in another type.
Result<format::Checkpoint> open_expanded(const FileSet& files) {
  const auto text = HUG_TRY(files.read_text("config.json", kMaxConfig));
  return arch::open_weights(files, HUG_TRY(arch::Config::parse(text)));
}

// Nothing in it is stored in few bits any more.
Result<std::string> expanded_config(const std::string& text) {
  auto config = HUG_TRY(data::parse_json(text, "config.json"));
  if (!config.is_object()) return text;
  const bool had =
      config.erase("quantization_config") + config.erase("compression_config") >
      0;
  return had ? data::dump_json(config, {.indent = 2}) + "\n" : text;
}

bool holds_weights(std::string_view path) {
  for (const std::string_view end :
       {".safetensors", ".bin", ".pt", ".pth", ".index.json"})
    if (path.ends_with(end)) return true;
  return false;
}

// What stands beside the weights; nothing large.
Result<void> copy_others(Context& context, const FileSet& files,
                         const std::string& output, bool expanded,
                         ConvertReport& report) {
  for (const FileInfo& file : files.files()) {
    if (holds_weights(file.path) || file.path.ends_with(".gguf")) continue;
    if (file.size > (256U << 20)) {
      report.warnings.push_back("'" + file.path + "' was not copied");
      continue;
    }
    const std::string name = HUG_TRY(sys::check_file_name(file.path));
    const auto slash = name.rfind('/');
    if (slash != std::string::npos)
      (void)HUG_TRY(
          context.parts().fs->make_dirs(output + "/" + name.substr(0, slash)));
    std::string text = HUG_TRY(files.read_text(file.path, 256U << 20));
    if (expanded && name == "config.json")
      text = HUG_TRY(expanded_config(text));
    HUG_TRY(write_small(context, output, name, text, report));
  }
  return {};
}

}  // namespace

Result<ConvertReport> rewrite_safetensors(Context& context,
                                          const FileSet& files,
                                          const std::string& output,
                                          const ConvertOptions& options) {
  const auto wanted = HUG_TRY(wanted_type(options.type));
  const bool expands = wanted && files.find("config.json") != nullptr;
  const auto checkpoint =
      HUG_TRY(expands ? open_expanded(files) : format::open_checkpoint(files));
  const bool expanded = std::any_of(
      checkpoint.tensors.begin(), checkpoint.tensors.end(),
      [](const CheckpointTensor& t) { return t.rounded.has_value(); });
  ConvertReport report;
  report.type = options.type;
  std::vector<format::SafeTensorPlan> plans;
  for (const CheckpointTensor& tensor : checkpoint.tensors) {
    const bool floats =
        tensor::info(tensor.type).family == tensor::Family::kFloat;
    plans.push_back(
        {tensor.name, wanted && floats ? *wanted : tensor.type, tensor.shape});
    report.n_parameters += HUG_TRY(tensor::element_count(tensor.shape));
  }
  std::vector<ByteSourcePtr> sources;
  for (const auto& file : checkpoint.files)
    sources.push_back(file.source);
  const auto find =
      [&](const format::SafeTensorPlan& plan) -> Result<StreamItem> {
    const CheckpointTensor* tensor = checkpoint.find(plan.name);
    if (tensor == nullptr)
      return Error(Code::kInternal, "no tensor '" + plan.name + "'");
    return item_of(*tensor, plan.type);
  };
  HUG_TRY(write_shards(context, output, std::move(plans), find, sources,
                       options, report));
  HUG_TRY(copy_others(context, files, output, expanded, report));
  return report;
}

}  // namespace hug
