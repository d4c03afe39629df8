#include "spec/help.h"

namespace hug::cli {

namespace {

constexpr ExitRow kExits[] = {
    {0, "it worked, or there was nothing to do"},
    {1, "it failed for a reason that has no number of its own"},
    {2, "the command line makes no sense"},
    {3, "there is no such repo, revision, file or name"},
    {4, "not signed in, not allowed, or access must be asked for first"},
    {5, "the network: unreachable, timed out, or no valid certificate"},
    {6, "bytes are not what they should be"},
    {7, "the disk: full, or the system refused a file operation"},
    {8, "somebody else changed it, it exists already, or it is locked"},
    {9, "the hub asked to slow down, and went on asking"},
    {10, "understood, but this program cannot do it"},
    {11, "offline, and the answer is not in the cache"},
    {12, "a limit on memory or on untrusted input was reached"},
    {130, "stopped with Ctrl-C (the process ends by the signal)"},
};

}  // namespace

std::span<const ExitRow> exit_table() {
  return kExits;
}

}  // namespace hug::cli
