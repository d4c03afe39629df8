// From global options and environment to the settings of the output.
#include <algorithm>
#include <charconv>
#include <cstdlib>

#include "app/app.h"

namespace hug::cli {

namespace {

std::string variable(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? std::string() : std::string(value);
}

Mode mode_of(std::string_view format, bool as_hf) {
  if (format == "json") return Mode::kJson;
  if (format == "quiet") return Mode::kQuiet;
  if (format == "agent") return Mode::kAgent;
  // Scripts must not read something else because an agent runs them; only
  // the name `hf` promises that.
  const bool agent =
      as_hf && format == "auto" &&
      (!variable("AI_AGENT").empty() || !variable("AGENT").empty());
  return agent ? Mode::kAgent : Mode::kHuman;
}

bool colored(std::string_view when, bool terminal) {
  if (when == "always") return true;
  if (when == "never" || !variable("NO_COLOR").empty()) return false;
  const std::string force = variable("CLICOLOR_FORCE");
  if (!force.empty() && force != "0") return true;
  return terminal && variable("TERM") != "dumb";
}

std::size_t width_of(const Stream& out) {
  const std::string columns = variable("COLUMNS");
  std::size_t value = 0;
  const char* end = columns.data() + columns.size();
  if (std::from_chars(columns.data(), end, value).ptr == end && value > 0) {
    return std::min<std::size_t>(value, 10'000);
  }
  const std::size_t terminal = out.columns();
  return terminal == 0 ? 80 : terminal;
}

}  // namespace

Mode guess_mode(const std::vector<std::string>& words) {
  for (std::size_t i = 0; i < words.size(); ++i) {
    if (words[i] == "--") break;
    if (words[i] == "--json" || words[i] == "--format=json") {
      return Mode::kJson;
    }
    if (words[i] == "--format" && i + 1 < words.size() &&
        words[i + 1] == "json") {
      return Mode::kJson;
    }
  }
  return Mode::kHuman;
}

Result<void> check_globals(const Args& args) {
  const bool own =
      std::ranges::any_of(args.command().options, [](const Option& option) {
        return option.name == "format" || option.name == "json";
      });
  if (own) return {};
  std::string first;
  for (const std::string_view name : {"json", "quiet", "format"}) {
    if (!args.has(name)) continue;
    if (!first.empty()) {
      return Error(Code::kUsage, "'--" + first + "' and '--" +
                                     std::string(name) +
                                     "' are mutually exclusive");
    }
    first = name;
  }
  return {};
}

Out::Options output_options(const Args& args, Out& out, bool as_hf) {
  Out::Options options;
  options.as_hf = as_hf;
  options.mode = args.flag("json")    ? Mode::kJson
                 : args.flag("quiet") ? Mode::kQuiet
                                      : mode_of(args.text("format"), as_hf);
  const std::string when = args.text("color");
  options.color = colored(when, out.standard_output().terminal());
  options.color_err = colored(when, out.standard_error().terminal());
  options.no_truncate = args.flag("no-truncate");
  options.columns = width_of(out.standard_output());
  return options;
}

}  // namespace hug::cli
