// Renders chat templates for a peer's comparison: one JSON request a line on
// stdin ({"source", "input", "settings"}), one JSON answer a line on stdout
// ({"text", "input_bytes"} or {"error"}).
#include <iostream>
#include <nlohmann/json.hpp>
#include <string>

#include "text/template.h"

namespace {

using nlohmann::ordered_json;

ordered_json answer(const ordered_json& request) {
  auto parsed =
      hug::text::Template::parse(request.at("source").get<std::string>());
  if (!parsed.has_value()) return {{"error", parsed.error().message()}};
  hug::text::Template::Inputs inputs;
  inputs.input = &request.at("input");
  inputs.settings = &request.at("settings");
  // 2026-07-26, a fixed day that the peer uses too.
  inputs.now = std::chrono::sys_days{std::chrono::year{2026} / 7 / 26};
  auto out = parsed->render(inputs);
  if (!out.has_value()) {
    std::string message = out.error().message();
    for (const auto& context : out.error().chain())
      message += "; " + context;
    return {{"error", message}};
  }
  std::size_t from_input = 0;
  for (const auto& s : *out)
    from_input += s.from_input ? s.text.size() : 0;
  return {{"text", hug::text::joined(*out)}, {"input_bytes", from_input}};
}

}  // namespace

int main() {
  for (std::string line; std::getline(std::cin, line);) {
    std::cout << answer(ordered_json::parse(line))
                     .dump(-1, ' ', false,
                           ordered_json::error_handler_t::replace)
              << '\n';
  }
  return 0;
}
