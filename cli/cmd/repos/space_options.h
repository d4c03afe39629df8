// What makes a new repository, above all a space: shared by create and
// duplicate.
#pragma once

#include "app/app.h"
#include "cmd/options.h"
#include "hug/repo.h"

namespace hug::cli::cmd {

inline constexpr std::string_view kHardware[] = {
    "cpu-basic", "cpu-upgrade", "t4-small",   "t4-medium",
    "l4x1",      "l40sx1",      "a10g-small", "a100-large"};
inline constexpr std::string_view kSpaces = "Of spaces";

inline constexpr Option kResourceGroup{.name = "resource-group-id",
                                       .kind = Kind::kValue,
                                       .value = "ID",
                                       .help = "Resource group to make it in."};
inline constexpr Option kFlavor{.name = "flavor",
                                .kind = Kind::kValue,
                                .value = "HARDWARE",
                                .help = "Hardware to run on.",
                                .choices = kHardware,
                                .open_choices = true,
                                .complete = Complete::kChoices,
                                .group = kSpaces};
inline constexpr Option kSleepTime{
    .name = "sleep-time",
    .kind = Kind::kValue,
    .type = Type::kInteger,
    .value = "SECONDS",
    .help = "Idle time before it sleeps; -1 is never.",
    .minimum = -1,
    .maximum = kMany,
    .group = kSpaces};
inline constexpr Option kSecrets{
    .name = "secrets",
    .letter = 's',
    .kind = Kind::kValue,
    .value = "KEY[=VALUE]",
    .help = "A secret; without a value it is taken from the environment.",
    .many = true,
    .group = kSpaces};
inline constexpr Option kSecretsFile{.name = "secrets-file",
                                     .kind = Kind::kValue,
                                     .type = Type::kPath,
                                     .value = "FILE",
                                     .help = "Secrets from a dotenv file.",
                                     .group = kSpaces};
inline constexpr Option kEnv{
    .name = "env",
    .letter = 'e',
    .kind = Kind::kValue,
    .value = "KEY[=VALUE]",
    .help = "A variable; without a value it is taken from the environment.",
    .many = true,
    .group = kSpaces};
inline constexpr Option kEnvFile{.name = "env-file",
                                 .kind = Kind::kValue,
                                 .type = Type::kPath,
                                 .value = "FILE",
                                 .help = "Variables from a dotenv file.",
                                 .group = kSpaces};
inline constexpr Option kVolume{.name = "volume",
                                .letter = 'v',
                                .kind = Kind::kValue,
                                .value = "URI:/MOUNT[:ro|:rw]",
                                .help = "Repository or bucket to mount.",
                                .many = true,
                                .group = kSpaces};

/// All of the above from the command line. Errors: kUsage, kIo.
Result<CreateRepoOptions> creation_options(App& app, const Args& args);

/// --private, --public and --protected; at most one of them. Errors: kUsage.
Result<Visibility> chosen_visibility(const Args& args);

}  // namespace hug::cli::cmd
