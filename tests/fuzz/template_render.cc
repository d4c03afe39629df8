// Hostile chat templates: parsing and rendering end within their limits.
#include <cstddef>
#include <cstdint>
#include <nlohmann/json.hpp>
#include <string_view>

#include "check.h"
#include "text/template.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data,
                                      std::size_t size) {
  using nlohmann::ordered_json;
  static const ordered_json kInput = ordered_json::parse(
      R"({"messages":[{"role":"system","content":"s"},)"
      R"({"role":"user","content":"hi"},{"role":"assistant","content":null,)"
      R"("tool_calls":[{"function":{"name":"f","arguments":{"a":1.5}}}]}],)"
      R"("tools":[{"type":"function","function":{"name":"f"}}]})");
  static const ordered_json kSettings = ordered_json::parse(
      R"({"add_generation_prompt":true,"bos_token":"<s>"})");
  const auto t =
      hug::text::Template::parse({reinterpret_cast<const char*>(data), size});
  if (!t) return 0;
  hug::text::Template::Inputs inputs;
  inputs.input = &kInput;
  inputs.settings = &kSettings;
  inputs.now = std::chrono::sys_days{std::chrono::year{2026} / 7 / 26};
  inputs.limits.steps = 20'000;
  inputs.limits.output = 1u << 16;
  const auto out = t->render(inputs);
  if (out) {
    FUZZ_CHECK(hug::text::joined(*out).size() <= inputs.limits.output);
  }
  return 0;
}
