// hug auth whoami
#include "app/app.h"
#include "hug/auth.h"
#include "spec/command.h"

namespace hug::cli::cmd {

namespace {

constexpr Example kExamples[] = {{"hug auth whoami"},
                                 {"hug auth whoami --json"}};

Result<void> run(App& app, const Args&) {
  Hub* hub = HUG_TRY(app.hub());
  const ActiveToken token = HUG_TRY(active_token(*hub));
  if (token.source == TokenSource::kNone) {
    return Error(Code::kUnauthorized, "not signed in")
        .hint("run 'hug auth login', or set HF_TOKEN");
  }
  const Identity me = HUG_TRY(whoami(*hub));
  std::string orgs;
  for (const Organization& org : me.organizations) {
    if (!orgs.empty()) orgs += ',';
    orgs += org.name;
  }
  const bool usual = hub->endpoint() == "https://huggingface.co";
  app.out().result("Logged in",
                   {{"user", me.name},
                    {"orgs", Value::text_or_null(orgs)},
                    {"endpoint", usual ? Value() : Value(hub->endpoint())}});
  return {};
}

}  // namespace

extern constexpr Command kAuthWhoami{
    .name = "whoami",
    .summary = "Say which account the token in use belongs to.",
    .examples = kExamples,
    .run = run,
};
static_assert(well_formed(kAuthWhoami));

}  // namespace hug::cli::cmd
