// The words of one command, cut into options and arguments. CLI11 does the
// cutting, and nothing else.
#pragma once

#include <cstddef>
#include <map>
#include <string>
#include <vector>

#include "hug/result.h"
#include "spec/vocabulary.h"

namespace hug::cli {

/// Values as given, unchecked.
struct Cut {
  /// By the names of options; a flag has one value for each time it stands.
  std::map<std::string, std::vector<std::string>, std::less<>> options = {};
  std::vector<std::string> arguments = {};
};

/// `front` are global options that stood before the command. Behind
/// `literal_after` arguments (0: never) all words are arguments. Errors:
/// kUsage.
Result<Cut> cut(const Vocabulary& vocabulary, std::vector<std::string> front,
                const std::vector<std::string>& words,
                std::size_t literal_after);

}  // namespace hug::cli
