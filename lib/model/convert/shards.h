// A set of safetensors files while it is made: shards of bounded size and their
// index.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "convert/stream.h"
#include "format/safetensors.h"
#include "hug/context.h"
#include "hug/convert.h"
#include "hug/result.h"

namespace hug::convert {

/// Makes the stream item of a tensor, but for its offset.
using ItemOf =
    std::function<Result<StreamItem>(const format::SafeTensorPlan& tensor)>;

/// Writes `tensors`, dealt out in their order, into the folder `output`
/// (made when absent) and adds to the report. Errors: as write_stream.
Result<void> write_shards(Context& context, const std::string& output,
                          std::vector<format::SafeTensorPlan> tensors,
                          const ItemOf& item_of,
                          std::span<const ByteSourcePtr> sources,
                          const ConvertOptions& options, ConvertReport& report);
/// A small file beside them.
Result<void> write_small(Context& context, const std::string& output,
                         const std::string& name, std::string_view content,
                         ConvertReport& report);

}  // namespace hug::convert
