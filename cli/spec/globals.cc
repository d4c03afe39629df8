#include "spec/globals.h"

namespace hug::cli {

namespace {

constexpr std::string_view kOutput = "Output";
constexpr std::string_view kNetwork = "Hub and network";

constexpr std::string_view kFormats[] = {"auto", "human", "agent", "json",
                                         "quiet"};
constexpr std::string_view kColors[] = {"auto", "always", "never"};
constexpr std::string_view kProgress[] = {"auto", "bar", "plain", "json",
                                          "none"};

constexpr Option kGlobals[] = {
    {.name = "format",
     .kind = Kind::kValue,
     .value = "FORMAT",
     .help = "How results are written; auto is human.",
     .choices = kFormats,
     .fallback = "auto",
     .complete = Complete::kChoices,
     .group = kOutput},
    {.name = "json",
     .help = "JSON results, the same as --format json.",
     .group = kOutput},
    {.name = "quiet",
     .letter = 'q',
     .help = "Only the essential value of each result, one a line.",
     .group = kOutput},
    {.name = "no-truncate",
     .help = "Never shorten the cells of a table.",
     .group = kOutput},
    {.name = "progress",
     .kind = Kind::kValue,
     .value = "STYLE",
     .help = "How progress is shown on standard error.",
     .choices = kProgress,
     .fallback = "auto",
     .complete = Complete::kChoices,
     .group = kOutput},
    {.name = "color",
     .kind = Kind::kValue,
     .value = "WHEN",
     .help = "Colour the output: auto is on a terminal only.",
     .choices = kColors,
     .fallback = "auto",
     .complete = Complete::kChoices,
     .group = kOutput},
    {.name = "verbose",
     .help = "Say what is done on standard error.",
     .group = kOutput},
    {.name = "token",
     .kind = Kind::kValue,
     .value = "TOKEN",
     .help = "Access token; better kept in HF_TOKEN or 'hug auth login'.",
     .group = kNetwork},
    {.name = "endpoint",
     .kind = Kind::kValue,
     .value = "URL",
     .help = "Hub to talk to, or file:DIR for the hub in a directory.",
     .group = kNetwork,
     .env = "HF_ENDPOINT"},
    {.name = "offline",
     .help = "Send no request; use what is on this machine.",
     .group = kNetwork},
    {.name = "retries",
     .kind = Kind::kValue,
     .type = Type::kInteger,
     .value = "N",
     .help = "Attempts after one that brought nothing new.",
     .fallback = "5",
     .maximum = 1000,
     .group = kNetwork},
    {.name = "timeout",
     .kind = Kind::kValue,
     .type = Type::kDuration,
     .value = "TIME",
     .help = "Silence after which an attempt has failed.",
     .fallback = "60s",
     .minimum = 0.001,
     .maximum = 86400,
     .group = kNetwork,
     .env = "HF_HUB_DOWNLOAD_TIMEOUT"},
    {.name = "connections",
     .kind = Kind::kValue,
     .type = Type::kInteger,
     .value = "N",
     .help = "Connections at once to the hub.",
     .minimum = 1,
     .maximum = 1024,
     .group = kNetwork,
     .env = "HUG_CONNECTIONS"},
    {.name = "limit-rate",
     .kind = Kind::kValue,
     .type = Type::kBytes,
     .value = "BYTES",
     .help = "Bytes a second for all transfers together, such as 10M.",
     .group = kNetwork,
     .env = "HUG_MAX_SPEED"},
    {.name = "help",
     .letter = 'h',
     .help = "Show this help.",
     .group = kOutput},
};

constexpr bool all_well_formed() {
  for (const Option& option : kGlobals) {
    if (!well_formed(option)) return false;
  }
  return true;
}

static_assert(all_well_formed());

}  // namespace

std::span<const Option> global_options() {
  return kGlobals;
}

}  // namespace hug::cli
