// What may come next on a command line: names of commands and options from the
// tree; for values, what kind of thing is wanted.
#pragma once

#include <string>
#include <vector>

#include "spec/command.h"

namespace hug::cli {

struct Candidate {
  std::string value = {};
  std::string meaning = {};
};

struct Completion {
  std::vector<Candidate> candidates = {};
  Complete wanted = Complete::kNothing;  // for a value
  std::string repo = {};                 // the positional before, for revisions
};

/// `words` are what follows the program's name; the last one is being typed.
Completion complete(const Command& root, const std::vector<std::string>& words);

}  // namespace hug::cli
