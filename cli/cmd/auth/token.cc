// hug auth token
#include "app/app.h"
#include "hug/auth.h"
#include "spec/command.h"

namespace hug::cli::cmd {

namespace {

constexpr Example kExamples[] = {
    {"hug auth token"},
    {"curl -H \"Authorization: Bearer $(hug auth token -q)\" "
     "https://huggingface.co/api/whoami-v2"},
};

Result<void> run(App& app, const Args&) {
  Hub* hub = HUG_TRY(app.hub());
  const ActiveToken token = HUG_TRY(active_token(*hub));
  if (token.source == TokenSource::kNone) {
    return Error(Code::kUnauthorized, "not signed in")
        .hint("run 'hug auth login', or set HF_TOKEN");
  }
  app.out().line(token.value);
  app.out().hint(
      "run `hug auth whoami` to see which account this token "
      "belongs to");
  return {};
}

}  // namespace

extern constexpr Command kAuthToken{
    .name = "token",
    .summary = "Print the token in use.",
    .examples = kExamples,
    .run = run,
};
static_assert(well_formed(kAuthToken));

}  // namespace hug::cli::cmd
