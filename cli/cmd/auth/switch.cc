// hug auth switch
#include <charconv>

#include "app/app.h"
#include "hug/auth.h"
#include "spec/command.h"

namespace hug::cli::cmd {

namespace {

constexpr Option kOptions[] = {
    {.name = "token-name",
     .kind = Kind::kValue,
     .value = "NAME",
     .help = "Token to use from now on.",
     .complete = Complete::kToken},
    {.name = "add-to-git-credential",
     .help = "Give the token to git's credential helper too.",
     .negation = true},
};

constexpr Example kExamples[] = {{"hug auth switch --token-name work"}};

Result<std::string> choose(App& app, const StoredTokens& stored) {
  Out& out = app.out();
  if (!out.can_ask()) {
    return Error(Code::kUsage, "no token was named, and nobody can be asked")
        .hint("give --token-name NAME");
  }
  std::string menu;
  for (std::size_t i = 0; i < stored.tokens.size(); ++i) {
    menu += std::to_string(i + 1) + "  " +
            Out::one_line(stored.tokens[i].name) + '\n';
  }
  const auto answer = out.ask(menu + "Number: ", false);
  std::size_t number = 0;
  if (answer) {
    std::from_chars(answer->data(), answer->data() + answer->size(), number);
  }
  if (number == 0 || number > stored.tokens.size()) {
    return Error(Code::kFailure, "no token was chosen");
  }
  return stored.tokens[number - 1].name;
}

Result<void> run(App& app, const Args& args) {
  Context* context = HUG_TRY(app.context());
  std::string name = args.text("token-name");
  if (name.empty()) {
    const StoredTokens stored = HUG_TRY(list_tokens(*context));
    if (stored.tokens.empty()) {
      app.out().log("No stored tokens found. Please login first.");
      return {};
    }
    name = HUG_TRY(choose(app, stored));
  }
  const LoginResult done = HUG_TRY(switch_token(*context, name));
  if (args.flag("add-to-git-credential")) {
    Hub* hub = HUG_TRY(app.hub());
    const ActiveToken token = HUG_TRY(active_token(*hub));
    HUG_TRY(save_git_credential(*hub, token.value));
  }
  app.out().log("The current active token is: " + done.token_name);
  return {};
}

}  // namespace

extern constexpr Command kAuthSwitch{
    .name = "switch",
    .summary = "Use another of the tokens kept on this machine.",
    .options = kOptions,
    .examples = kExamples,
    .run = run,
};
static_assert(well_formed(kAuthSwitch));

}  // namespace hug::cli::cmd
