#include "arch/checkpoint/pooling.h"

#include <nlohmann/json.hpp>

#include "data/json.h"

namespace hug::arch {

using nlohmann::json;

Result<std::optional<std::uint32_t>> pooling_type(Repository& files) {
  using Found = std::optional<std::uint32_t>;
  const json* modules = HUG_TRY(files.json("modules.json"));
  if (modules == nullptr || !modules->is_array()) return Found();
  std::string path;
  bool found = false;
  for (const json& module : *modules) {
    const auto type = data::find_string(module, "type");
    if (found || !type || !type->ends_with("Pooling")) continue;
    path = data::find_string(module, "path").value_or("");
    found = true;
  }
  if (!found) return Found();
  const std::string file = path.empty() ? "config.json" : path + "/config.json";
  const json* config = HUG_TRY(files.json(file));
  if (config == nullptr)
    return Error(Code::kNotFound, "the checkpoint has no '" + file + "'");
  const std::string mode =
      data::find_string(*config, "pooling_mode").value_or("");
  if (data::find_bool(*config, "pooling_mode_mean_tokens") || mode == "mean")
    return Found(1);
  if (data::find_bool(*config, "pooling_mode_cls_token") || mode == "cls")
    return Found(2);
  if (data::find_bool(*config, "pooling_mode_lasttoken") || mode == "lasttoken")
    return Found(3);
  return Error(Code::kUnsupported,
               "'" + file + "' pools in a way that gguf has no number for");
}

}  // namespace hug::arch
