// The texts that embed, fill-mask, classify and translate work on.
#pragma once

#include <string>
#include <vector>

#include "out/out.h"
#include "spec/args.h"
#include "spec/command.h"

namespace hug::cli::cmd {

inline constexpr Option kTexts{
    .name = "text",
    .kind = Kind::kPositional,
    .value = "TEXT",
    .help = "A text; '-', or none at all, takes every line of standard input.",
    .many = true};

inline constexpr Option kTextsFile{.name = "file",
                                   .letter = 'f',
                                   .kind = Kind::kValue,
                                   .type = Type::kPath,
                                   .value = "FILE",
                                   .help = "Take every line of a file.",
                                   .complete = Complete::kFile};

/// Empty lines are left out. Errors: kUsage when there is nothing.
Result<std::vector<std::string>> read_texts(const Args& args);
/// A float as the shortest number that is read as the same float.
double short_double(float value);
/// The beginning of a text, for a table.
std::string beginning(std::string_view text, std::size_t columns = 40);
/// A probability: short for people, as it is for programs.
Value probability_of(const Out& out, float p);
/// Begins a row with its text, which people see only beside others.
Value row_for(const Out& out, const std::string& text, std::size_t texts);

}  // namespace hug::cli::cmd
