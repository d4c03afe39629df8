// argv against the command tree. CLI11 cuts the words into options and values
// and does nothing else: names, checks, messages and help are ours.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "hug/result.h"
#include "spec/args.h"
#include "spec/command.h"

namespace hug::cli {

struct Parsed {
  enum class Outcome : std::uint8_t {
    kRun,
    kHelp,        // --help was given, or a group named without a command
    kGroupAlone,  // as kHelp, but nothing was asked for
  };
  Outcome outcome = Outcome::kRun;
  std::vector<const Command*> path = {};  // from the root to the command
  Args args;
};

/// "hug repos tag" for the commands from the root on.
std::string path_text(const std::vector<const Command*>& path);

/// The value of a variable of the environment; "" when it is not set.
using Variables = std::function<std::string(std::string_view)>;

/// `words` are the arguments without argv[0]. Options that were not given take
/// their variable. Errors: kUsage, with the nearest two names where a name is
/// unknown; the hint names the help to read.
Result<Parsed> parse(const Command& root, const std::vector<std::string>& words,
                     const Variables& variables = {});

}  // namespace hug::cli
