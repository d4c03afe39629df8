#include "convert/shards.h"

#include "convert/identity.h"
#include "sys/atomic_file.h"
#include "sys/context.h"

namespace hug::convert {

namespace {

Result<void> write_shard(Context& context, const std::string& path,
                         const format::ShardPlan& shard, const ItemOf& item_of,
                         std::span<const ByteSourcePtr> sources,
                         const ConvertOptions& options, ConvertReport& report) {
  auto layout =
      HUG_TRY(format::layout_safetensors(shard.tensors, {{"format", "pt"}}));
  StreamPlan stream;
  stream.path = path;
  stream.file_bytes = layout.file_bytes;
  stream.identity = HUG_TRY(stream_identity(layout.header, sources));
  for (const format::SafeTensor& tensor : layout.tensors) {
    StreamItem item =
        HUG_TRY(item_of({tensor.name, tensor.type, tensor.shape}));
    item.offset = layout.header.size() + tensor.begin;
    stream.items.push_back(std::move(item));
  }
  stream.header = std::move(layout.header);
  report.reused_bytes += HUG_TRY(
      write_stream(context, stream, {options.threads, options.restart}));
  report.bytes += stream.file_bytes;
  report.outputs.push_back(path);
  return {};
}

}  // namespace

Result<void> write_shards(Context& context, const std::string& output,
                          std::vector<format::SafeTensorPlan> tensors,
                          const ItemOf& item_of,
                          std::span<const ByteSourcePtr> sources,
                          const ConvertOptions& options,
                          ConvertReport& report) {
  (void)HUG_TRY(context.parts().fs->make_dirs(output));
  report.n_tensors += tensors.size();
  const auto shards =
      HUG_TRY(format::plan_shards(std::move(tensors), options.max_shard_bytes));
  for (const format::ShardPlan& shard : shards)
    HUG_TRY(write_shard(context, output + "/" + shard.file, shard, item_of,
                        sources, options, report));
  if (shards.size() < 2) return {};
  const auto index = HUG_TRY(format::index_of(shards));
  return write_small(context, output, "model.safetensors.index.json",
                     format::print_safetensors_index(index), report);
}

Result<void> write_small(Context& context, const std::string& output,
                         const std::string& name, std::string_view content,
                         ConvertReport& report) {
  const std::string path = output + "/" + name;
  HUG_TRY(sys::write_file(*context.parts().fs, path, content));
  report.outputs.push_back(path);
  report.bytes += content.size();
  return {};
}

}  // namespace hug::convert
