// KEY=VALUE pairs from options and dotenv files.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "app/app.h"
#include "hug/repo.h"

namespace hug::cli::cmd {

/// File first, then the options, which win. A key without a value takes it
/// from the environment and is left out when it is not set there; HF_TOKEN is
/// the token in use. Errors: kUsage, kNotFound, kIo.
Result<std::vector<NameValue>> key_values(App& app,
                                          const std::vector<std::string>& items,
                                          const std::string& file);

struct DotenvLine {
  std::string key = {};
  std::string value = {};
  bool has_value = false;
};

/// Comments, `export`, quotes and their escapes as dotenv has them.
std::vector<DotenvLine> parse_dotenv(std::string_view text);

}  // namespace hug::cli::cmd
