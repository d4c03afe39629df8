// Texts that commands are given: in files, or on standard input.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "hug/result.h"

namespace hug::cli::cmd {

/// All of standard input. Errors: kIo, kLimit beyond 1 GiB.
Result<std::string> read_standard_input();
/// A local file's text, or standard input's for "-". Errors: kNotFound, kIo,
/// kLimit beyond `most` bytes.
Result<std::string> read_text_file(const std::string& path,
                                   std::uint64_t most = 256'000'000);
/// The argument's own text, or standard input's for "-" or nothing.
Result<std::string> read_text_argument(const std::optional<std::string>& text);

}  // namespace hug::cli::cmd
