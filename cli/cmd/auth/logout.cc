// hug auth logout
#include "app/app.h"
#include "hug/auth.h"
#include "spec/command.h"

namespace hug::cli::cmd {

namespace {

constexpr Option kOptions[] = {
    {.name = "token-name",
     .kind = Kind::kValue,
     .value = "NAME",
     .help = "Forget this token only.",
     .complete = Complete::kToken},
};

constexpr Example kExamples[] = {{"hug auth logout"},
                                 {"hug auth logout --token-name ci"}};

Result<void> run(App& app, const Args& args) {
  Context* context = HUG_TRY(app.context());
  const std::string name = args.text("token-name");
  const LogoutResult done = HUG_TRY(logout(*context, name));
  Out& out = app.out();
  if (!done.was_logged_in) {
    out.log("Not logged in!");
    return {};
  }
  if (done.environment_active) {
    return Error(Code::kFailure,
                 "HF_TOKEN is set, so you are still signed in with it")
        .hint("unset HF_TOKEN and HUGGING_FACE_HUB_TOKEN");
  }
  if (name.empty() || done.was_active) {
    Hub* hub = HUG_TRY(app.hub());
    (void)forget_git_credential(*hub);  // no helper is no failure
  }
  out.log(name.empty()
              ? "Successfully logged out from all access tokens."
              : "Successfully logged out from access token: " + name + '.');
  return {};
}

}  // namespace

extern constexpr Command kAuthLogout{
    .name = "logout",
    .summary = "Forget one token, or all of them.",
    .options = kOptions,
    .examples = kExamples,
    .run = run,
};
static_assert(well_formed(kAuthLogout));

}  // namespace hug::cli::cmd
