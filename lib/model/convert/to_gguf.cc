// A checkpoint to one gguf file: what was planned, and the bytes.
#include "arch/checkpoint/gather.h"
#include "arch/families.h"
#include "convert/gguf_plan.h"
#include "convert/identity.h"
#include "convert/stream.h"
#include "hug/convert.h"

namespace hug {

using namespace convert;
using arch::Family;
using arch::Gather;
using arch::PlannedTensor;
using arch::TensorPlan;

namespace {

Result<std::uint64_t> write(Context& context, const std::string& output,
                            const TensorPlan& plan, format::GgufLayout layout,
                            const format::Checkpoint& checkpoint,
                            const ConvertOptions& options) {
  StreamPlan stream;
  stream.path = output;
  stream.file_bytes = layout.file_bytes;
  stream.identity = HUG_TRY(stream_identity(layout.header, checkpoint));
  std::vector<Gather> gathers;
  gathers.reserve(plan.tensors.size());
  for (const PlannedTensor& tensor : plan.tensors)
    gathers.emplace_back(tensor, plan.geometry);
  for (std::size_t i = 0; i < gathers.size(); ++i) {
    const Gather* gather = &gathers[i];
    stream.items.push_back(
        {plan.tensors[i].name, layout.file_offset(i), gather->n_rows(),
         gather->row_bytes(), gather->block_rows(),
         [gather](std::uint64_t first, std::uint64_t n,
                  std::span<std::byte> out, arch::GatherBuffers& buffers) {
           return gather->make(first, n, out, buffers);
         }});
  }
  stream.header = std::move(layout.header);
  return write_stream(context, stream, {options.threads, options.restart});
}

}  // namespace

Result<ConvertReport> convert_to_gguf(Context& context, const FileSet& files,
                                      const std::string& output,
                                      const ConvertOptions& options) {
  GgufPlanner planner(files, options);
  HUG_TRY(planner.read());
  GgufPlan plan = HUG_TRY(planner.last_plan(options.type));
  auto layout =
      HUG_TRY(format::layout_gguf(plan.metadata, HUG_TRY(plan.table())));
  plan.metadata = {};
  ConvertReport report;
  report.architecture = planner.family().arch;
  report.type = plan.type.name;
  report.outputs = {output};
  report.bytes = layout.file_bytes;
  report.n_tensors = plan.tensors.tensors.size();
  report.n_parameters = count_parameters(plan.tensors).total;
  report.warnings = planner.warnings();
  report.reused_bytes =
      HUG_TRY(write(context, output, plan.tensors, std::move(layout),
                    planner.checkpoint(), options));
  return report;
}

std::vector<std::string> convertible_classes() {
  std::vector<std::string> out;
  for (const Family* family : arch::all_families())
    for (const std::string_view name : family->classes)
      out.emplace_back(name);
  return out;
}

}  // namespace hug
