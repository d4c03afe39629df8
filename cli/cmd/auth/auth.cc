// hug auth
#include "spec/command.h"

namespace hug::cli::cmd {

extern const Command kAuthList;
extern const Command kAuthLogin;
extern const Command kAuthLogout;
extern const Command kAuthSwitch;
extern const Command kAuthToken;
extern const Command kAuthWhoami;

namespace {

constexpr const Command* kChildren[] = {&kAuthLogin, &kAuthLogout, &kAuthWhoami,
                                        &kAuthList,  &kAuthSwitch, &kAuthToken};

}  // namespace

extern constexpr Command kAuth{
    .name = "auth",
    .summary = "Sign in and out, and choose among tokens.",
    .children = kChildren,
    .section = "Keep",
};
static_assert(well_formed(kAuth));

}  // namespace hug::cli::cmd
