#include "app/run.h"

#include <new>
#include <optional>

#include "app/app.h"
#include "app/signals.h"
#include "hug/version.h"
#include "spec/help.h"
#include "spec/parse.h"

namespace hug::cli {

namespace {

HelpStyle help_style(const Out::Options& options) {
  HelpStyle style{.width = std::min<std::size_t>(options.columns, 100)};
  if (options.color) {
    style.strong = "\x1b[1m";
    style.plain = "\x1b[0m";
  }
  return style;
}

int status_of(const Error& error, bool as_hf) {
  if (!as_hf) return exit_status(error.code());
  return error.code() == Code::kUsage ? 2 : 1;
}

// Python speaks of "Aborted!" and leaves with 1; a shell wants the signal.
int report(Out& out, const Error& error) {
  const bool as_hf = out.options().as_hf;
  if (error.code() == Code::kCancelled && Signals::caught() != 0) {
    if (as_hf) out.log("Aborted!");
    return as_hf ? 1 : -Signals::caught();
  }
  if (error.code() == Code::kCancelled && out.standard_output().closed()) {
    return 0;
  }
  out.error(error);
  return status_of(error, as_hf);
}

int show_help(Out& out, const Command& root, const Parsed& parsed) {
  const HelpStyle style = help_style(out.options());
  const bool top = parsed.path.size() == 1;
  const std::string page =
      top ? overview(root, style) : help_page(parsed.path, style);
  // As hf, a group without a command is a usage error that explains itself.
  if (parsed.outcome == Parsed::Outcome::kGroupAlone && out.options().as_hf) {
    out.standard_error().write(page);
    return 2;
  }
  out.standard_output().write(page);
  return 0;
}

int run_parsed(const Command& root, Out& out, const Parsed& parsed,
               Signals& signals) {
  if (auto sane = check_globals(parsed.args); !sane) {
    return report(out, sane.error());
  }
  Result<void> result;
  int status = 0;
  {
    App app(root, out, parsed.args, signals.token());
    result = parsed.args.command().run(app, parsed.args);
    status = app.status();
  }
  if (!result) return report(out, result.error());
  if (auto written = out.standard_output().check(); !written) {
    return report(out, written.error());
  }
  return status;
}

bool asks_version(const std::vector<std::string>& words) {
  return words.size() == 1 && (words[0] == "--version" || words[0] == "-v");
}

}  // namespace

int run_program(const Command& root, std::string_view program,
                const std::vector<std::string>& words) {
  const auto slash = program.rfind('/');
  const bool as_hf =
      program.substr(slash == program.npos ? 0 : slash + 1) == "hf";
  Out out;
  Signals signals;
  if (asks_version(words)) {
    out.line(version());
    return 0;
  }
  auto parsed = parse(root, words, App::environment);
  if (!parsed) {
    Out::Options options;
    options.mode = guess_mode(words);
    options.as_hf = as_hf;
    out.configure(options);
    return report(out, parsed.error());
  }
  out.configure(output_options(parsed->args, out, as_hf));
  if (parsed->outcome != Parsed::Outcome::kRun) {
    return show_help(out, root, *parsed);
  }
  return run_parsed(root, out, *parsed, signals);
}

}  // namespace hug::cli
