#include "hug/inspect.h"

#include <algorithm>

#include "base/base.h"
#include "format/inspect/describe.h"
#include "format/safetensors.h"
#include "format/torch/torch.h"

namespace hug {
namespace {

// gguf files of the set but for the parts that are not first and projectors.
std::vector<std::string> gguf_models(const FileSet& files) {
  std::vector<std::string> out;
  for (const FileInfo& f : files.files()) {
    if (!base::to_lower(f.path).ends_with(".gguf")) continue;
    const auto split = format::parse_split_name(f.path);
    if (split && split->number != 0) continue;
    if (f.path.find("mmproj") != std::string::npos) continue;
    out.push_back(f.path);
  }
  return out;
}

Result<Inspection> inspect_set(const FileSet& files,
                               const InspectOptions& options) {
  if (!options.gguf.empty())
    return format::describe_gguf(files, options.gguf, options);
  // A single file is what its bytes say.
  if (files.files().size() == 1) {
    const std::string& path = files.files().front().path;
    const auto source = HUG_TRY(files.open(path));
    if (format::looks_like_gguf(*source))
      return format::describe_gguf(files, path, options);
    if (format::looks_like_safetensors(*source) ||
        format::looks_like_torch(*source))
      return format::describe_checkpoint(files, options);
    return Error(Code::kUnsupported,
                 "'" + path + "' is no gguf, safetensors or PyTorch file");
  }
  const auto ggufs = gguf_models(files);
  auto checkpoint = format::describe_checkpoint(files, options);
  if (checkpoint || ggufs.empty() ||
      checkpoint.error().code() != Code::kNotFound)
    return checkpoint;
  if (ggufs.size() == 1)
    return format::describe_gguf(files, ggufs.front(), options);
  return Error(Code::kUsage, "'" + files.name() + "' holds " +
                                 std::to_string(ggufs.size()) + " gguf models")
      .hint("name one of them: " + ggufs.front() + " ...");
}

}  // namespace

Result<Inspection> inspect(const FileSet& files,
                           const InspectOptions& options) {
  return inspect_set(files, options).with("inspecting '" + files.name() + "'");
}

}  // namespace hug
