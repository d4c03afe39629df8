// hug auth login
#include "app/app.h"
#include "hug/auth.h"
#include "spec/command.h"

namespace hug::cli::cmd {

namespace {

constexpr Option kOptions[] = {
    {.name = "add-to-git-credential",
     .help = "Give the token to git's credential helper too.",
     .negation = true},
    {.name = "force",
     .help = "Sign in again although a token is there.",
     .negation = true},
};

constexpr Example kExamples[] = {
    {"hug auth login", "through a browser, on this or another machine"},
    {"hug auth login --token $HF_TOKEN"},
};

Result<void> finish(App& app, Hub& hub, const Args& args,
                    const LoginResult& done) {
  Out& out = app.out();
  if (args.flag("add-to-git-credential")) {
    const ActiveToken token = HUG_TRY(active_token(hub));
    HUG_TRY(save_git_credential(hub, token.value));
  }
  if (!done.role.empty()) {
    out.log("Token is valid (permission: " + done.role + ").");
  }
  out.log("The token `" + done.token_name + "` has been saved to " +
          done.stored_path);
  out.log("Your token has been saved to " + done.token_path);
  out.log("Login successful.");
  out.log("The current active token is: `" + done.token_name + "`");
  return {};
}

Result<LoginResult> through_browser(App& app, Hub& hub) {
  Out& out = app.out();
  const DeviceLogin device = HUG_TRY(start_device_login(hub));
  const std::string& address = device.verification_uri_complete.empty()
                                   ? device.verification_uri
                                   : device.verification_uri_complete;
  out.text("Open " + address + " in a browser and enter the code " +
           device.user_code + " (valid for " +
           std::to_string(device.expires_in.count() / 60) + " minutes).");
  return finish_device_login(hub, device);
}

Result<void> run(App& app, const Args& args) {
  Hub* hub = HUG_TRY(app.hub());
  Out& out = app.out();
  if (args.has("token")) {
    return finish(app, *hub, args, HUG_TRY(login(*hub, args.text("token"))));
  }
  if (out.mode() == Mode::kJson || out.quiet()) {
    return Error(Code::kUsage,
                 "signing in is a dialogue, which json and quiet "
                 "have no place for")
        .hint("give --token for a sign-in without questions");
  }
  const ActiveToken token = HUG_TRY(active_token(*hub));
  if (token.source != TokenSource::kNone && !args.flag("force")) {
    out.log(
        "User is already logged in. Use `hug auth login --force` to force "
        "re-login.");
    return {};
  }
  if (out.can_ask()) {
    const auto typed =
        out.ask("Token (empty: sign in through a browser): ", true);
    if (!typed) return Error(Code::kFailure, "no token was entered");
    if (!typed->empty()) {
      return finish(app, *hub, args, HUG_TRY(login(*hub, *typed)));
    }
  }
  return finish(app, *hub, args, HUG_TRY(through_browser(app, *hub)));
}

}  // namespace

extern constexpr Command kAuthLogin{
    .name = "login",
    .summary = "Sign in with a token, or through a browser.",
    .details =
        "The token is checked against the hub, then kept in the token "
        "file that the Python client uses as well.",
    .options = kOptions,
    .examples = kExamples,
    .run = run,
};
static_assert(well_formed(kAuthLogin));

}  // namespace hug::cli::cmd
