// hug: everything people do with model hubs, in one binary.
#include <string>
#include <vector>

#include "app/run.h"
#include "app/signals.h"
#include "cmd/cmd.h"
#include "hug/mapped_files.h"

int main(int argc, char** argv) {
  hug::guard_mapped_files();
  const std::vector<std::string> words(argv + (argc > 0 ? 1 : 0), argv + argc);
  const std::string_view program = argc > 0 ? argv[0] : "hug";
  const int status =
      hug::cli::run_program(hug::cli::cmd::kRoot, program, words);
  if (status < 0) hug::cli::Signals::die_by(-status);
  return status;
}
